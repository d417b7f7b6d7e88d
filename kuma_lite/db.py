"""The database: one deferred SQLite file, fair write transactions, connections, migrations.

What only SQLite speaks stands here, in `queue/ledger.py` and in `search/`.
"""
import contextlib
import dataclasses
import logging
import os
import re
import secrets
import threading
import time
from pathlib import Path

import cysqlite
from peewee import DatabaseError, Model, OperationalError, __exception_wrapper__
from playhouse.cysqlite_ext import PooledCySqliteDatabase
from playhouse.migrations import Runner

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / 'migrations'
HISTORY = 'schema_migration'     # the table of those that are applied
PRAGMAS = {
    'journal_mode': 'wal',
    'synchronous': 'full',      # writes outside transactions too; see atomic()
    'foreign_keys': 1,
    'busy_timeout': 5000,       # milliseconds that a writer waits for other processes
    'cache_size': -4000,        # 4 MB a connection
}
LOCKED = 'database is locked'   # in SQLite's words
GIVEN_UP = 'a transaction was given up: the disk is full or there was an I/O error'
BUSY, FULL = re.compile('database is locked|readonly database'), re.compile('disk is full|I/O error')
RETRACEABLE, IMPATIENT = 'retraceable', 'impatient'
LOCK_TIMEOUT = 5                # seconds a writer waits for the other threads' turns
IMPATIENCE = 0.05               # seconds that an impatient one waits for threads and processes
GLANCE = 0.02                   # seconds between two looks of who waits whether others get on
STUCK = 1                       # seconds of one waiting for other processes, after which nobody joins it
MEMORY = 10                     # seconds for which it counts that somebody could not write


class Unusable(Exception):
    """The database cannot be used: damaged, or written by a newer version. The message says what to do."""


class Database(PooledCySqliteDatabase):
    """SQLite, with one line for all writers of this process.

    SQLite's own lock lets one busy thread starve the others, so whoever begins a transaction
    takes `_turn` first. It is given back before the commit's callbacks run: they may start
    transactions of their own, on other threads too.
    """

    def __init__(self):
        super().__init__(None, rank_functions=False, autoconnect=False, max_connections=None)
        self._turn = threading.Lock()
        self._holder = None
        self._watches = {}              # thread -> connection
        self._changes = 0               # of this connection, when the transaction began

    def init(self, *args, **kwargs):
        super().init(*args, **kwargs)
        self._waiting_since = None      # when the one whose turn it is began to wait for other processes
        self._trouble = None, 0         # why somebody could not write, and until when that counts

    @property
    def problem(self):
        """Why nothing can be written now, as those who tried a moment ago found out; or None."""
        since = self._waiting_since
        if since is not None and time.monotonic() - since > STUCK:
            return LOCKED
        why, until = self._trouble
        return why if time.monotonic() < until else None

    def begin(self, lock_type=None):
        self._take_turn(IMPATIENCE if lock_type == IMPATIENT else LOCK_TIMEOUT)
        try:
            self.connection().pragma('synchronous', 'normal' if lock_type == RETRACEABLE else 'full')
            if lock_type == IMPATIENT:
                self._begin_impatiently()
            else:
                self._begin()
        except BaseException:
            self._give_back()
            raise
        self._changes = self.connection().total_changes()

    def _take_turn(self, patience):
        """Wait for the threads before this one, as long as they get on.

        Readers need threads too: those who wait because another process holds the database must not
        be many.
        """
        until, seen = time.monotonic() + patience, None
        while not self._turn.acquire(timeout=GLANCE):
            seen, before = commits(), seen
            nobody_gets_on = self.problem == LOCKED and seen == before
            if nobody_gets_on or time.monotonic() >= until:
                raise OperationalError(LOCKED)
        self._holder = threading.get_ident()

    def _begin(self):
        """Wait for other processes; for a moment only where somebody has just waited in vain."""
        try:
            if self.problem:
                self._begin_impatiently()
            else:
                self._begin_patiently()
        except OperationalError:
            self._note(LOCKED)
            raise

    def _begin_patiently(self):
        self._waiting_since = time.monotonic()
        try:
            super().begin('immediate')      # a deferred one fails at once if it reads first, then writes
        finally:
            self._waiting_since = None

    def _begin_impatiently(self):
        """Once begun, nobody else is in the way."""
        self.connection().pragma('busy_timeout', int(IMPATIENCE * 1000))
        try:
            super().begin('immediate')
        finally:
            self.connection().pragma('busy_timeout', PRAGMAS['busy_timeout'])

    def _note(self, why):
        self._trouble = why, time.monotonic() + MEMORY

    def execute_sql(self, sql, params=None):
        # On some errors SQLite rolls all of a transaction back by itself. What came then would stand alone.
        if self.in_transaction() and self.autocommit:
            raise OperationalError(GIVEN_UP)
        return super().execute_sql(sql, params)

    def commit(self):
        if self.autocommit:
            raise OperationalError(GIVEN_UP)
        super().commit()
        if self.connection().total_changes() != self._changes:
            self._trouble = None, 0
        self._give_back()

    def rollback(self):
        try:
            if self.autocommit:         # done by SQLite; its error, which is on the way, says why
                self._note(GIVEN_UP)
            else:
                super().rollback()
        finally:
            self._give_back()

    def watch(self):
        """This thread's connection that never writes; it stays open until `close_all()`."""
        thread = threading.get_ident()
        if thread not in self._watches:
            self._watches[thread] = cysqlite.Connection(self.database)
        return self._watches[thread]

    def close_all(self):
        super().close_all()
        while self._watches:
            self._watches.popitem()[1].close()

    def leave_nothing(self):
        """A thread that was ended between BEGIN and the block that would roll back still holds up all."""
        if not self.autocommit:
            self.rollback()
        self._give_back()

    def callbacks(self):
        """What will be called when this thread's transaction commits."""
        return self._state.commit_callbacks

    def _give_back(self):
        if self._holder == threading.get_ident():
            self._holder = None
            self._turn.release()


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
    with __exception_wrapper__:
        return database.watch().execute_scalar('PRAGMA data_version')


def open_file(path):
    """Use the database at `path` from now on; connections to an earlier one are closed."""
    if not database.deferred:
        database.close_all()
    database.init(str(path), pragmas=PRAGMAS)


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
    database.execute_sql('VACUUM INTO ?', (str(partial),))
    os.replace(partial, target)
    log.info('Copied the database to %s before migrating it', target)
