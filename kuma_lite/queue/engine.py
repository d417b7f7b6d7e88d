"""The one Huey instance, and the decorators that features use.

Huey decides what a task is, reads Redis and runs the threads. What it would forget stands in
the ledger: calling a task writes a row, Redis carries its id, running it claims the row.
Only public methods of Huey are replaced, so that its documentation holds for everything else.
"""
import json
import logging
import sys
import threading
from pathlib import Path
from typing import NamedTuple

import huey
from huey import Huey
from huey.api import Task as HueyTask
from huey.api import chord, group
from huey.storage import RedisStorage

from kuma_lite import clock, db
from kuma_lite.queue import attempt, context, ledger, refused, running, window
from kuma_lite.queue.capture import captured
from kuma_lite.queue.tables import PRIORITIES
from kuma_lite.queue.wrapper import REPLACED, TaskWrapper, rates

log = logging.getLogger(__name__)

LAST_MOMENT = 253402300799      # the end of the year 9999, in epoch seconds
PACKAGE = Path(__file__).parents[1]
SKIPPED = (str(Path(__file__).parent), str(Path(huey.__file__).parent), threading.__file__)


def _nothing(*args):
    pass


class Handle(NamedTuple):
    """What a call of a task returns."""
    id: int


class Engine(Huey):
    """Huey with a ledger. `worker_id` is this process's row; `active` what it is working on."""

    def __init__(self):
        # Immediate until `connect()`, so that importing opens nothing.
        super().__init__('kuma', results=False, immediate=True, storage_class=RedisStorage)
        self.worker_id = None
        self.active = {}            # (id, claim) -> the thread that runs it
        self.stopping = False       # what runs may finish, nothing else starts
        self.replaced = set()       # threads that hung in a task too long
        self.new_thread = _nothing  # fn(thread): start another in its place
        self.bell = _nothing        # rings the relay: after a commit that queued a task, when a lane is free
        self.tick = _nothing        # called each second by Huey's scheduler

    def get_task_wrapper_class(self):
        return TaskWrapper

    def connect(self, url):
        """Use the Redis at `url`; an empty one means memory, for the immediate modes."""
        self.storage_kwargs = {'url': url} if url else {}
        self.immediate = not url
        self.storage = self.create_storage()

    # Enqueue

    def enqueue(self, task):
        """Huey's entry for every call: one INSERT in the caller's transaction, nothing else."""
        if isinstance(task, (group, chord)) or task.on_complete or task.on_error:
            raise NotImplementedError(f'group, chord, .then() and .error(): {REPLACED}')
        return self.insert(type(task).wrapper, task.args, task.kwargs)

    def insert(self, wrapper, args, kwargs, run_at=None, slot=None, batch_id=None):
        """Add a row for a call; `run_at` is in epoch seconds, `slot` names a periodic one."""
        now, who = clock.now(), context.current()
        if run_at and not 0 <= run_at <= LAST_MOMENT:
            raise ValueError(f'{wrapper.name} cannot be called at {run_at}: that is no time')
        row_id = ledger.insert(
            name=wrapper.name, args=_to_json(wrapper.name, args, kwargs), slot=slot, batch_id=batch_id,
            created_at=now, run_at=run_at or now, **wrapper.columns(args, kwargs),
            origin=who.origin or _origin(), request_id=who.request_id, user=who.user,
            address=who.address, cause=who.cause, parent_id=who.parent)
        db.after_commit(self.bell)
        return Handle(row_id)

    # Run

    def deserialize_task(self, data):
        """What Redis carried: the id of a row, and nothing that could run by itself."""
        # The length first: nothing reads a message of 10 MB only to find that it is none of ours.
        if len(data) < 20 and data.isdigit() and int(data) < 2 ** 63:
            return HueyTask(id=int(data)) if int(data) else None    # 0 only wakes a worker
        refused.note_garbage(data)
        return None

    def execute(self, task, timestamp=None):
        """Claim the row, run it, and go on with what is due next: who is awake needs no bell.

        Never raises: what goes wrong is in the ledger.
        """
        try:
            with db.connection():
                row = self._first(task.id)
                if row is None:
                    refused.note_number(task.id, ledger.state(task.id))
                while row:
                    row = self._run(row)
        except Exception as error:
            # The database itself failed. The row stays as it is, and a tick queues it again.
            log.warning('Task %s, or one after it, could not be claimed or completed: %s', task.id, error,
                        exc_info=None if db.cannot_write(error) else error)
        if threading.current_thread() in self.replaced:
            self.replaced.discard(threading.current_thread())
            raise SystemExit        # another has taken the place of this thread

    def _first(self, task_id):
        with db.atomic(retraceable=True):
            return self._hold(ledger.claim(task_id, self.worker_id))

    def _next(self):
        """Claim the most urgent row that is due, for this thread, in the caller's transaction."""
        if self.stopping or threading.current_thread() in self.replaced:
            return None
        return self._hold(window.take(self.worker_id, rates()))

    def _hold(self, row):
        """Note a claim before it is committed, so that no rescue can come between. Of one that then does
        not commit, the note stays and means nothing: its row says that it is not ours."""
        if row:
            self.active[row.id, row.claim] = threading.current_thread()
        return row

    def replace_thread(self, task):
        """A task of ours neither ends nor listens: let another thread do the work of its one."""
        thread = self.active.pop((task.id, task.claim), None)
        if thread:
            self.replaced.add(thread)
            self.new_thread(thread)

    def _run(self, row):
        """One attempt. Its end and the claim of the next row are one transaction; returns that row."""
        try:
            with context.use(user=row.user, address=row.address, request_id=row.request_id, cause=row.cause,
                             parent=row.id, last_try=row.attempt > row.retries), running.of(row), \
                    captured() as lines:
                end = attempt.run(row, lines)
            with db.atomic(retraceable=True):
                attempt.write(end, row, lines)
                return self._next()
        finally:
            self.active.pop((row.id, row.claim), None)
            if row.lane or row.suspect:
                self.bell()     # the next of them may start, also on a worker that sleeps

    # Schedule

    def read_schedule(self, timestamp=None):
        """Huey's scheduler asks each second: the moment for heartbeat, rescue and periodic slots."""
        self.tick()
        return []

    def read_periodic(self, timestamp):
        return []

    def _replaced(self, *args, **kwargs):
        raise NotImplementedError(REPLACED)

    lock_task = rate_limit = revoke = restore = result = _replaced


engine = Engine()


def task(retries=0, retry_delay=10, retry_backoff=2, priority='normal', **options):
    """Make a function a task. Calling it inside a transaction runs it if, and only if, that commits.

    retries: tries after the first. retry_delay: seconds before the second try; each further wait
    is `retry_backoff` times longer. priority: 'urgent', 'normal' or 'low'. unique: a key such as
    'page:{page_id}'; one task with it waits at a time. one_at_a_time: a lane such as
    'page:{page_id}'; one task in it runs at a time. expires: seconds within which it must start, or
    it is cancelled. deadline: seconds after which a running attempt is told to stop; see `running`.
    subject: what it is about. rate: '60/m', how often it may start. atomic: what it writes and its
    completion are one transaction, so it must not be slow.
    """
    if priority not in PRIORITIES:
        raise ValueError(f'priority is one of {", ".join(PRIORITIES)}, not {priority!r}')
    return engine.task(retries=retries, retry_delay=retry_delay, retry_backoff=retry_backoff,
                       priority=PRIORITIES[priority], **options)


def periodic_task(when, catch_up='latest', retries=3, **options):
    """Run a function at the times of a `crontab()`; `catch_up` says what becomes of missed ones:
    'latest' runs one of them, 'all' each (the last 1,000 of a year), 'none' forgets them."""
    return task(retries=retries, crontab=when, catch_up=catch_up, **options)


def _to_json(name, args, kwargs):
    try:
        return json.dumps([list(args), kwargs], ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f'{name}: arguments of tasks are plain JSON values ({error})') from None


def _origin():
    """file:line of the nearest caller outside this package and Huey; '' where a thread of ours calls."""
    frame = sys._getframe(2)
    while frame and frame.f_code.co_filename.startswith(SKIPPED):
        frame = frame.f_back
    return f'{_short(frame.f_code.co_filename)}:{frame.f_lineno}' if frame else ''


def _short(filename):
    """'wiki/actions.py' for a file of this package; every feature has an actions.py."""
    path = Path(filename)
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else path.name
