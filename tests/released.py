"""The databases of released versions, see databases/make.py, and what is compared of one before and after."""
import lzma
from pathlib import Path

from kuma_lite import db

DATABASES = Path(__file__).parent / 'databases'
VERSIONS = sorted(path.name.removesuffix('.db.xz') for path in DATABASES.glob('*.db.xz'))
CHANGED = {'schema_migration.applied'}      # what migrations mean to change


def unpack(version, data):
    """Put the wiki of a version into the folder `data`, and use its database; returns its path."""
    data.mkdir(mode=0o700, exist_ok=True)
    path = data / 'wiki.db'
    path.write_bytes(lzma.decompress((DATABASES / f'{version}.db.xz').read_bytes()))
    db.open_file(path)
    return path


def schema():
    """{name: SQL} of every table and index, spelled alike."""
    rows = db.database.execute_sql('SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL').fetchall()
    return {name: sql.replace('IF NOT EXISTS ', '') for name, sql in rows
            if name != 'schema_migration' and not name.startswith(('sqlite_', 'schema_migration_'))}


def content():
    """{table: {column: [value of each row, in their order]}} of everything that is there."""
    found = {}
    for table in db.database.get_tables():
        columns = [column.name for column in db.database.get_columns(table)
                   if f'{table}.{column.name}' not in CHANGED]
        if columns:
            names = [f'"{name}"' for name in columns]
            rows = db.database.execute_sql(f'SELECT {", ".join(names)} FROM "{table}" '
                                           f'ORDER BY {", ".join(names[:2])}').fetchall()
            found[table] = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return found


def lost(old, new):
    """The columns of `old` that `new` has, too, with something else in them; history only grows."""
    return [f'{table}.{column}' for table in old.keys() & new.keys()
            for column in old[table].keys() & new[table].keys()
            if new[table][column][:len(old[table][column]) if table == db.HISTORY else None]
            != old[table][column]]


def complaints():
    """What SQLite finds wrong with the open database."""
    found = [row[0] for row in db.database.execute_sql('PRAGMA integrity_check').fetchall()]
    return [words for words in found if words != 'ok'] + db.database.execute_sql(
        'PRAGMA foreign_key_check').fetchall()
