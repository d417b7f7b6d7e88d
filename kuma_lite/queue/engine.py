"""The one Huey instance, and the decorators that features use.

Huey decides what a task is, reads Redis and runs the threads. What it would forget stands in
the ledger: calling a task writes a row, Redis carries its id, running it claims the row.
Only public methods of Huey are replaced, so that its documentation holds for everything else.
"""
import inspect
import json
import logging
import sys
import threading
import traceback
from pathlib import Path
from typing import NamedTuple

import huey
from huey import Huey
from huey.api import Task as HueyTask
from huey.api import TaskWrapper as HueyTaskWrapper
from huey.api import chord, group
from huey.storage import RedisStorage
from peewee import PeeweeException

from kuma_lite import clock, db
from kuma_lite.queue import context, ledger, running
from kuma_lite.queue.capture import captured
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import PRIORITIES

log = logging.getLogger(__name__)

TASKS = {}              # name -> TaskWrapper: all that may run
SETTINGS = {'context', 'default_expires', 'default_priority', 'default_retries', 'default_retry_backoff',
            'default_retry_delay', 'default_timeout', 'crontab', 'catch_up'}
PACKAGE = Path(__file__).parents[1]
SKIPPED_FOLDERS = (str(Path(__file__).parent), str(Path(huey.__file__).parent))
REPLACED = 'the ledger replaces it; see the table in kuma_lite/queue/__init__.py'


def _nothing(*args):
    pass


class Handle(NamedTuple):
    """What a call of a task returns."""
    id: int


class TaskWrapper(HueyTaskWrapper):
    """Huey's wrapper of a function, under a name of ours: feature.function."""

    def __init__(self, huey, func, name=None, atomic=False, unique=None, one_at_a_time=None, subject='',
                 rate=None, deadline=None, **settings):
        _check_settings(settings)
        super().__init__(huey, func, name=name, **settings)
        self.name = name or task_name(func)
        self.atomic = atomic
        self.unique = unique
        self.one_at_a_time = one_at_a_time
        self.deadline = deadline
        self.subject = subject
        self.rate = rate and _rate(rate)
        self.schedule_by = settings.get('crontab')
        self.catch_up = settings.get('catch_up')
        self._signature = inspect.signature(func)
        self.task_class.wrapper = self
        TASKS[self.name] = self

    def columns(self, args, kwargs):
        """The options of one call, as the ledger keeps them. Raises TypeError as the call itself would."""
        call, task = self._signature.bind(*args, **kwargs), self.task_class
        call.apply_defaults()

        def filled(template):
            return template and template.format(**call.arguments)
        return {'priority': task.default_priority or 0, 'retries': task.default_retries,
                'retry_delay': task.default_retry_delay, 'retry_backoff': task.default_retry_backoff,
                'expires_at': task.default_expires and clock.now() + task.default_expires,
                'unique_key': self.unique and f'{self.name}:{filled(self.unique)}',
                'lane': filled(self.one_at_a_time), 'deadline': self.deadline,
                'subject': filled(self.subject)}

    def schedule(self, args=(), kwargs=None, delay=0):
        """Call the task `delay` seconds from now."""
        return self.huey.insert(self, args, kwargs or {}, run_at=clock.now() + delay)

    def unregister(self):
        TASKS.pop(self.name, None)
        return super().unregister()

    def _replaced(self, *args, **kwargs):
        raise NotImplementedError(REPLACED)

    revoke = restore = is_revoked = _replaced


def _check_settings(settings):
    """Raise for a misspelt option, which Huey would keep without a word, and for what we have not."""
    if settings.get('default_timeout') or settings.get('context'):
        raise NotImplementedError(f'timeout, context: {REPLACED}')
    unknown = [name for name in settings if name not in SETTINGS]
    if unknown:
        raise TypeError(f'a task has no option called {", ".join(unknown)}')


def task_name(func):
    """'watch.notify_watchers' for kuma_lite.watch.tasks.notify_watchers: it outlives a moved file."""
    feature = func.__module__.removeprefix('kuma_lite.').removesuffix('.tasks')
    return f'{feature}.{func.__name__}'


class Engine(Huey):
    """Huey with a ledger. `worker_id` is this process's row; `active` what it is working on."""

    def __init__(self):
        # Immediate until `connect()`, so that importing opens nothing.
        super().__init__('kuma', results=False, immediate=True, storage_class=RedisStorage)
        self.worker_id = None
        self.active = {}            # (id, claim) -> the thread that runs it
        self.replaced = set()       # threads that hung in a task too long
        self.new_thread = _nothing  # fn(thread): start another in its place
        self.bell = _nothing        # called after each commit that queued or finished a task
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
        row_id = ledger.insert(
            name=wrapper.name, args=_to_json(wrapper.name, args, kwargs), slot=slot, batch_id=batch_id,
            created_at=now, run_at=run_at or now, **wrapper.columns(args, kwargs), origin=_origin(),
            request_id=who.request_id, user=who.user, address=who.address, cause=who.cause,
            parent_id=who.parent)
        db.after_commit(self.bell)
        return Handle(row_id)

    # Run

    def deserialize_task(self, data):
        """What Redis carried: the id of a row, and nothing that could run by itself."""
        try:
            task_id = json.loads(data)
            if type(task_id) is int and 0 <= task_id < 2 ** 63:
                return HueyTask(id=task_id) if task_id else None    # 0 only wakes a worker
        except (ValueError, RecursionError):
            pass
        log.warning('Redis held a message that is none of ours (%d bytes); dropped it', len(data))
        return None

    def execute(self, task, timestamp=None):
        """Claim the row, run it, complete it. Never raises: what goes wrong is in the ledger."""
        row = None
        try:
            with db.connection():
                row = self._claim(task.id)
                if row:
                    self._run(row)
        except Exception:
            # The database itself failed. The row stays as it is, and a tick queues it again.
            log.exception('Task %s could not be claimed or completed', task.id)
        finally:
            if row:
                self.active.pop(row[:2], None)
                self.bell()
        if threading.current_thread() in self.replaced:
            self.replaced.discard(threading.current_thread())
            raise SystemExit        # another has taken the place of this thread

    def _claim(self, task_id):
        with db.atomic(retraceable=True):
            row = ledger.claim(task_id, self.worker_id)
            if row:
                # Inside the transaction, for which the rescue has to wait.
                self.active[row[:2]] = threading.current_thread()
            return row

    def replace_thread(self, task):
        """A task of ours neither ends nor listens: let another thread do the work of its one."""
        thread = self.active.pop((task.id, task.claim), None)
        if thread:
            self.replaced.add(thread)
            self.new_thread(thread)

    def _run(self, row):
        with context.use(user=row.user, address=row.address, request_id=row.request_id, cause=row.cause,
                         parent=row.id, last_try=row.attempt > row.retries), running.of(row), \
                captured() as lines:
            try:
                completed = _call(row, lines)
            except (ledger.Fenced, Incomplete) as reason:
                log.warning('%s: %s', row.name, reason)
            except running.Stopped as stopped:
                log.warning('%s (task %d) stopped: %s', row.name, row.id, stopped)
                ledger.stop(row, lines.text())
            except Exception as error:
                log.warning('%s (task %d, attempt %d) failed: %r', row.name, row.id, row.attempt, error)
                delay = ledger.fail(row, _traceback(error), lines.text())
                log.info('task %d: %s', row.id, f'next try in {delay:.0f} s' if delay else 'dead')
            else:
                if not completed:
                    ledger.complete(row, lines.text())

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


def _call(row, lines):
    """Run the function of a row. Returns whether it is completed by that: an atomic task's effects
    and its completion are one transaction."""
    wrapper = TASKS.get(row.name)
    if wrapper is None:
        ledger.bury(row, 'failed', f'There is no task called {row.name}.')
        return True
    args, kwargs = ledger.arguments(row)
    if not wrapper.atomic:
        wrapper.func(*args, **kwargs)
        failpoint('ran')
        return False
    with db.atomic():
        wrapper.func(*args, **kwargs)
        failpoint('ran')
        _complete_inside(row, lines)
    return True


def _complete_inside(row, lines):
    """Complete, so that an error of the ledger is not taken for one of the task."""
    try:
        ledger.complete(row, lines.text())
    except PeeweeException as error:
        raise Incomplete(f'its effects are undone, the ledger failed: {error}') from error


class Incomplete(Exception):
    """A task ran, but its completion could not be written; it will be run again."""


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
    return engine.task(retries=retries, retry_delay=retry_delay, retry_backoff=retry_backoff,
                       priority=PRIORITIES[priority], **options)


def periodic_task(when, catch_up='latest', retries=3, **options):
    """Run a function at the times of a `crontab()`; `catch_up` says what becomes of missed ones:
    'latest' runs one of them, 'none' forgets them."""
    return task(retries=retries, crontab=when, catch_up=catch_up, **options)


def _rate(text):
    """'60/m' -> (60, 60): at most so many starts in so many seconds."""
    count, _, unit = text.partition('/')
    return int(count), {'s': 1, 'm': 60, 'h': 3600}[unit]


def _to_json(name, args, kwargs):
    try:
        return json.dumps([list(args), kwargs], ensure_ascii=False)
    except TypeError as error:
        raise TypeError(f'{name}: arguments of tasks are plain JSON values ({error})') from None


def _origin():
    """file:line of the nearest caller outside this package and Huey."""
    frame = sys._getframe(2)
    while frame and frame.f_code.co_filename.startswith(SKIPPED_FOLDERS):
        frame = frame.f_back
    return f'{_short(frame.f_code.co_filename)}:{frame.f_lineno}' if frame else ''


def _short(filename):
    """'wiki/actions.py' for a file of this package; every feature has an actions.py."""
    path = Path(filename)
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else path.name


def _traceback(error):
    return ''.join(traceback.format_exception(error))
