"""The database file: there, whole, and of this version."""
from peewee import DatabaseError, OperationalError

from kuma_lite import db
from kuma_lite.findings import Finding, count

LARGE = 200 * 2 ** 20       # bytes beyond which to read it all takes too long for a request
SHOWN = 3                   # of SQLite's complaints
RESTORE = 'Stop the site and restore a backup into another folder: `restore FILE --data NEW`'


def whole(visit):
    """`is_last` in what is found: whatever else would be asked of the tables cannot be known."""
    file = visit.data / 'wiki.db'
    if not file.exists():
        yield Finding(f'There is no wiki in {visit.data}.',
                      'Name its folder with --data, or begin one: `serve`', is_last=True)
        return
    try:
        yield from _version()
        if visit.thorough or file.stat().st_size < LARGE:
            yield from _pages()
    except (db.Unusable, DatabaseError) as error:
        yield _unusable(file, error)


def _unusable(file, error):
    if isinstance(error, db.Unusable):
        what, _, do = str(error).partition('; ')
        return Finding(f'{what.rstrip(".")}.', f'{do[:1].upper()}{do[1:]}', is_last=True)
    if isinstance(error, OperationalError) and db.cannot_write(error) == 'busy':
        return Finding(f'{file} cannot be read now: {error}.',
                       f'Try again in a minute; if it stays so, see who holds it: `fuser {file}`',
                       is_last=True)
    return Finding(f'{file} is damaged ({error}).', RESTORE, is_last=True)


def _version():
    names = db.pending()
    if names:
        yield Finding(f'The tables are of an older version: {count(len(names), "migration")} to go, the last '
                      f'is {names[-1]}.', 'Start the site, or type `migrate`; it makes a copy first.',
                      is_last=True)


def _pages():
    """What SQLite finds when it reads all of it: a second for a GB or two."""
    with db.connection():
        found = [row[0] for row in db.database.execute_sql(f'PRAGMA quick_check({SHOWN})').fetchall()]
        orphans = db.database.execute_sql('PRAGMA foreign_key_check').fetchall() if found == ['ok'] else []
    if found != ['ok']:
        yield Finding(f'The database is damaged: {"; ".join(found)}.', RESTORE, is_last=True)
    if orphans:
        yield Finding(f'{count(len(orphans), "row")} of {orphans[0][0]} and perhaps other tables belong to '
                      'something that is not there.', 'Make a backup, and restore an older one beside it to '
                      'compare: something other than the wiki wrote into its database.')
