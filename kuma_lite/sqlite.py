"""SQLite with one line for all writers of this process, and an end for whoever holds it up.

SQLite's own lock lets one busy thread starve the others, so whoever begins a transaction takes a turn
first. Who holds the turn for too long loses it, and the transaction with it.
"""
import sys
import threading
import time
import traceback
from typing import NamedTuple

import cysqlite
from peewee import OperationalError, __exception_wrapper__
from playhouse.cysqlite_ext import PooledCySqliteDatabase

PRAGMAS = {
    'journal_mode': 'wal',
    'synchronous': 'full',      # writes outside transactions too; see atomic()
    'foreign_keys': 1,
    'busy_timeout': 5000,       # milliseconds that a writer waits for other processes
    'cache_size': -4000,        # 4 MB a connection
}
LOCKED = 'database is locked'   # in SQLite's words
GIVEN_UP = 'a transaction was given up: the disk is full or there was an I/O error'
TOO_LONG = 'a transaction was given up: it had held up all others for too long'
RETRACEABLE, IMPATIENT = 'retraceable', 'impatient'
LOCK_TIMEOUT = 5                # seconds a writer waits for the other threads' turns
IMPATIENCE = 0.05               # seconds that an impatient one waits for threads and processes
GLANCE = 0.02                   # seconds between two looks of who waits whether others get on
STUCK = 1                       # seconds of one waiting for other processes, after which nobody joins it
LONGEST = 20                    # seconds that a transaction may take
MEMORY = 10                     # seconds for which it counts that somebody could not write


class Open(NamedTuple):
    """A write transaction."""
    thread: int
    connection: cysqlite.Connection
    since: float        # monotonic

    def where(self):
        frame = sys._current_frames().get(self.thread)
        return ''.join(traceback.format_stack(frame)) if frame else 'a thread that has ended'

    def roll_back(self):
        """From another thread. A query that is running there is interrupted if it goes on for a second; not
        at once, because an interrupt also stops what comes next while one is only half read."""
        interrupt = threading.Timer(1, self.connection.interrupt)
        interrupt.start()
        try:
            self.connection.pragma('query_only', 1)     # its thread may be about to write: not after this
            self.connection.rollback()
        finally:
            interrupt.cancel()


class Database(PooledCySqliteDatabase):
    """The turn is given back before the commit's callbacks run: they may start transactions of their
    own, on other threads too."""

    def __init__(self):
        super().__init__(None, rank_functions=False, autoconnect=False, max_connections=None)
        self._turn = threading.Lock()
        self._holder = None             # the thread whose turn it is
        self._open = None               # its transaction
        self._ending = threading.Lock() # held by whoever ends a transaction, be it another's
        self._ended = set()             # threads whose transaction was ended by another
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
        self._open = Open(threading.get_ident(), self.connection(), time.monotonic())

    def _take_turn(self, patience):
        """Wait for the threads before this one, as long as they get on.

        Readers need threads too: those who wait because another process holds the database must not
        be many.
        """
        until, seen = time.monotonic() + patience, None
        while not self._turn.acquire(timeout=GLANCE):
            seen, before = self.commits(), seen
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
        if self.in_transaction():
            self._check_whole()
        return super().execute_sql(sql, params)

    def commit(self):
        self._close_open()
        self._check_whole()
        super().commit()
        if self.connection().total_changes() != self._changes:
            self._trouble = None, 0
        self._give_back()

    def rollback(self):
        self._close_open()
        try:
            if threading.get_ident() in self._ended:
                self._ended.discard(threading.get_ident())
                self.connection().pragma('query_only', 0)
            elif self.autocommit:       # done by SQLite; its error, which is on the way, says why
                self._note(GIVEN_UP)
            else:
                super().rollback()
        finally:
            self._give_back()

    def end_stuck(self, counted_from=0):
        """Roll back a transaction that is open for too long, under the hands of its thread; time before
        `counted_from` (monotonic) does not count.

        Whatever that thread does in it afterwards raises TOO_LONG. Returns where it was, as the lines of a
        traceback; '' if no transaction is that old.
        """
        with self._ending:
            stuck = self._open
            if stuck is None or time.monotonic() - max(stuck.since, counted_from) < LONGEST:
                return ''
            self._ended.add(stuck.thread)
            try:
                stuck.roll_back()
            except BaseException:
                self._ended.discard(stuck.thread)
                raise
            self._open = self._holder = None
            self._turn.release()
            return stuck.where()

    def glance(self, sql, params=()):
        """The rows of a question that waits for nobody, on a connection of this thread that never writes; it
        stays open until `close_all()`. OperationalError: that is not known just now."""
        with __exception_wrapper__:
            return self._watch().execute(sql, params).fetchall()

    def _watch(self):
        thread = threading.get_ident()
        if thread not in self._watches:
            self._watches[thread] = cysqlite.Connection(self.database, timeout=0)
        return self._watches[thread]

    def close_all(self):
        super().close_all()
        while self._watches:
            self._watches.popitem()[1].close()

    def commits(self):
        """See db.commits()."""
        with __exception_wrapper__:
            return self._watch().execute_scalar('PRAGMA data_version')

    def leave_nothing(self):
        """A thread that was ended between BEGIN and the block that would roll back still holds up all."""
        if not self.autocommit or threading.get_ident() in self._ended:
            self.rollback()
        self._give_back()

    def callbacks(self):
        """What will be called when this thread's transaction commits."""
        return self._state.commit_callbacks

    def _check_whole(self):
        """SQLite rolls all of a transaction back on some errors. What came after that would stand alone."""
        if self.autocommit:
            raise OperationalError(TOO_LONG if threading.get_ident() in self._ended else GIVEN_UP)

    def _close_open(self):
        """From here on nobody else ends this thread's transaction."""
        with self._ending:
            if self._open and self._open.thread == threading.get_ident():
                self._open = None

    def _give_back(self):
        if self._holder == threading.get_ident():
            self._holder = None
            self._turn.release()
