"""The database: one deferred SQLite file, its transactions, connections and migrations.

How its writers take turns stands in `sqlite.py`. What only SQLite speaks stands there, here, in
`queue/ledger.py` and in `search/`.
"""
import contextlib
import dataclasses
import logging
import os
import re
import secrets
from pathlib import Path

from peewee import DatabaseError, Model, OperationalError
from playhouse.migrations import Runner

from kuma_lite.sqlite import IMPATIENT, PRAGMAS, RETRACEABLE, Database

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / 'migrations'
HISTORY = 'schema_migration'     # the table of those that are applied
LOOKING = {name: value for name, value in PRAGMAS.items() if name != 'journal_mode'}     # which is written
BUSY, FULL = re.compile('database is locked|readonly database'), re.compile('disk is full|I/O error')


class Unusable(Exception):
    """The database cannot be used: damaged, or written by a newer version. The message says what to do."""


database = Database()


class BaseModel(Model):
    class Meta:
        database = database
        legacy_table_names = False


def cannot_write(error):
    """'busy' or 'full' for an error which means that nobody can write just now, '' for any other."""
    if isinstance(error, OperationalError):
        return 'full' if FULL.search(str(error)) else 'busy' if BUSY.search(str(error)) else ''
    return ''


def atomic(retraceable=False, impatient=False):
    """A write transaction, or a savepoint inside one. Keep it short: no mail, HTTP or rendering.

    It is on disk when it ends, also if the power fails then. `retraceable` ones survive the death
    of the process only: for steps that are simply taken again, such as the claim of a task.
    `impatient` ones raise OperationalError at once when others are writing: for what can wait.
    """
    return database.atomic(RETRACEABLE if retraceable else IMPATIENT if impatient else 'immediate')


def joined(retraceable=False):
    """The caller's transaction, or one of its own where there is none."""
    return contextlib.nullcontext() if database.in_transaction() else atomic(retraceable)


def delete_in_chunks(model, which, size):
    """Delete the rows for which the expression holds, so many in one transaction that nobody waits long."""
    deleted = size
    while deleted == size:
        with atomic():
            chunk = model.select(model.id).where(which).limit(size)
            deleted = model.delete().where(model.id.in_(chunk)).execute()


def after_commit(fn):
    """Call `fn()` once the outermost transaction has committed; the same `fn` is called once.

    Its errors are logged, not raised: the commit has happened, and whoever waits for it must not
    be told otherwise.
    """
    call = _Quietly(fn)
    if call not in database.callbacks():
        database.after_commit(call)


@dataclasses.dataclass(frozen=True)
class _Quietly:
    fn: object

    def __call__(self):
        try:
            self.fn()
        except Exception:
            log.exception('%r failed after a commit', self.fn)


@contextlib.contextmanager
def connection():
    """An open connection for this thread during the block; an inner block shares the outer one's."""
    if not database.is_closed():
        yield
        return
    database.connect()
    try:
        yield
    finally:
        database.leave_nothing()
        database.close()


def commits():
    """A number that is another after every commit, of any thread and process; asking takes 2 µs.

    It is this thread's own, counted on a connection that never writes.
    """
    return database.commits()


def glance(sql, params=()):
    """The rows of what can be answered at once; raises OperationalError rather than wait for other processes.

    It asks on a connection of its own, and sees nothing of a transaction that is still open.
    """
    return database.glance(sql, params)


def open_file(path):
    """Use the database at `path` from now on; connections to an earlier one are closed."""
    if not database.deferred:
        database.close_all()
    database.init(str(path), pragmas=PRAGMAS)


def open_to_look(path):
    """The same for somebody who only looks: whatever would write is refused."""
    if not database.deferred:
        database.close_all()
    database.init(str(path), pragmas={**LOOKING, 'query_only': 1})


def pending():
    """The names of the migrations that the database still needs. Raises Unusable."""
    with _open_checked():
        status = _runner().status()
    _check_known(status)
    return [row.name for row in status if not row.applied]


def migrate():
    """Apply the pending migrations, all of them or none; returns their names.

    A database with data is copied to backups/ first. Raises Unusable.
    """
    with _open_checked():
        is_new = not database.table_exists(HISTORY)     # asked first: another process may be making it
    names = pending()
    if not names:
        return []
    with connection():
        if not is_new:
            _snapshot(f'before-{names[-1]}')
        with atomic():      # a second process that does the same waits here, and then finds nothing to do
            return _runner().up()


def known():
    """The names of all migrations that this version has."""
    return [path.stem for path in sorted(MIGRATIONS.glob('[0-9]*.py'))]


def copy_to(path):
    """Write a copy of the database, consistent and compact, to a new file; writers need not wait for it."""
    database.execute_sql('VACUUM INTO ?', (str(path),))


def _runner():
    return Runner(database, str(MIGRATIONS), HISTORY)


@contextlib.contextmanager
def _open_checked():
    """A connection; Unusable for a file that SQLite refuses."""
    try:
        with connection():
            yield
    except DatabaseError as error:
        if isinstance(error, OperationalError):     # locked, a full disk, a mistake in a migration
            raise
        raise Unusable(f'{database.database} is damaged or no database ({error}); '
                       'restore a backup.') from None


def _check_known(status):
    unknown = [row.name for row in status if row.path is None]
    if unknown:
        raise Unusable('The database was written by a newer version of Kuma Lite '
                       f'(it knows "{unknown[-1]}"); install that version or restore a backup.')


def _snapshot(name):
    """Copy the database, consistent and compact, to backups/NAME.db beside it."""
    folder = Path(database.database).parent / 'backups'
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / f'{name}.db'
    partial = target.with_suffix(f'.{secrets.token_hex(4)}.partial')
    copy_to(partial)
    os.replace(partial, target)
    log.info('Copied the database to %s before migrating it', target)
