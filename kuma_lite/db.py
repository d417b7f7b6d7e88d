"""The database: one deferred SQLite file, its transactions, connections and migrations.

How its writers take turns stands in `sqlite.py`. What only SQLite speaks stands there, here, in
`queue/ledger.py` and in `search/`.
"""
import contextlib
import dataclasses
import logging
import re
from pathlib import Path

from peewee import DatabaseError, Model, OperationalError
from playhouse.migrations import Runner

from kuma_lite import snapshots
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

    A database with data is copied first, see `snapshots`. Raises Unusable, and then nothing has changed.
    """
    if not pending():
        return []
    with connection(), _refusals(), _unchecked_foreign_keys(), atomic():
        names = pending()       # a second process that does the same has waited, and finds nothing to do
        if names and database.table_exists(HISTORY):
            snapshots.take(_backups(), f'before-{names[-1]}', _copy_committed)
        orphans = _orphans()
        for name in names:
            _apply(name)
        if _orphans() > orphans:
            raise _refused(names[-1], 'rows would belong to something that is not there')
    return names


def known():
    """The names of all migrations that this version has."""
    return [path.stem for path in sorted(MIGRATIONS.glob('[0-9]*.py'))]


def copy_to(path):
    """Write a copy of the database, consistent and compact, to a new file; writers need not wait for it.

    It may not be on disk yet: as many bytes at once would hold up who waits for a few.
    """
    database.pragma('synchronous', 'off')
    try:
        database.execute_sql('VACUUM INTO ?', (str(path),))
    finally:
        database.pragma('synchronous', PRAGMAS['synchronous'])


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
        raise Unusable(_damaged(error)) from None


def _damaged(error):
    return f'{database.database} is damaged or no database ({error}); restore a backup.'


def _check_known(status):
    unknown = [row.name for row in status if row.path is None]
    if unknown:
        raise Unusable('The database was written by a newer version of Kuma Lite '
                       f'(it knows "{unknown[-1]}"); install that version or restore a backup.')


def _backups():
    return Path(database.database).parent / 'backups'


def _copy_committed(path):
    """What `copy_to` does, on another connection: this one is in a transaction."""
    database.glance('VACUUM INTO ?', (str(path),))


def _apply(name):
    try:
        _runner().up(name)
    except Exception as error:
        if _is_of_the_file(error):
            raise
        raise _refused(name, f'{type(error).__name__}: {error}') from error


def _is_of_the_file(error):
    """Whether this says that the database cannot be written, or is damaged: no mistake of ours."""
    return type(error) is DatabaseError or bool(cannot_write(error))


def _refused(name, why):
    return Unusable(f'The database stays at the version before, because {name} failed '
                    f'({" ".join(why.split())}); install that version again, and report this.')


@contextlib.contextmanager
def _refusals():
    """What can stop a migration but for itself, as Unusable; that others are writing stays what it is."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if cannot_write(error) == 'busy':
            raise
        raise Unusable('The database stays at the version before, because the disk is full or '
                       f'{_backups()} cannot be written ({error}); see to that, and start again.') from error
    except DatabaseError as error:
        raise Unusable(_damaged(error)) from error


@contextlib.contextmanager
def _unchecked_foreign_keys():
    """To rebuild a table, it is dropped, and with it would go all rows that belong to its rows. SQLite hears
    this only outside of a transaction."""
    database.pragma('foreign_keys', 0)
    try:
        yield
    finally:
        database.pragma('foreign_keys', 1)


def _orphans():
    """How many rows belong to something that is not there."""
    return len(database.execute_sql('PRAGMA foreign_key_check').fetchall())
