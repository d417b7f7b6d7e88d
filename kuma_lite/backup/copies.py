"""A copy of a database that nobody else uses: what is in it, and whether it is whole. Reads only."""
import contextlib
from typing import NamedTuple
from urllib.parse import quote

import cysqlite

from kuma_lite import db
from kuma_lite.backup.archive import Damaged


class Facts(NamedTuple):
    migrations: list
    pages: int
    revisions: int
    people: int
    generation: int


@contextlib.contextmanager
def _opened(path):
    """Read as it lies there: no journal is looked for, and nothing in it is run."""
    connection = None
    try:
        connection = cysqlite.Connection(f'file:{quote(str(path))}?mode=ro&immutable=1', uri=True)
        connection.pragma('trusted_schema', 0)
        connection.pragma('cell_size_check', 1)
        yield connection
    except cysqlite.DatabaseError as error:
        raise Damaged(f'its database cannot be read: {" ".join(str(error).split())}') from None
    finally:
        if connection:
            connection.close()


def facts(path):
    """What the manifest says of it. Raises Damaged."""
    with _opened(path) as connection:
        migrations = [name for name, in connection.execute(f'SELECT name FROM {db.HISTORY} ORDER BY name')]
        numbers = [connection.execute_scalar(sql) for sql in (
            'SELECT count(*) FROM page WHERE key IS NOT NULL', 'SELECT count(*) FROM revision',
            'SELECT count(*) FROM person', 'SELECT coalesce(max(number), 0) FROM generation')]
        return Facts(migrations, *numbers)


def check(path):
    """Raise Damaged unless every page, row and index of it is as SQLite left it. About a second for a GB."""
    with _opened(path) as connection:
        found = connection.execute_scalar('PRAGMA integrity_check(1)')
    if found != 'ok':
        raise Damaged(f'its database is damaged: {" ".join(found.split())}')
