"""Periodic tasks: each due slot becomes one row in the ledger, whoever runs the scheduler.

The ticker calls `insert_slots()` once a minute. A slot and the cursor that remembers it are one
transaction, and a slot's name is unique, so several schedulers and restarts change nothing.

When the clock is put back, the cursor follows it: minutes that come a second time find their slots
in the ledger (for [tasks] keep_done days), and after a year that was a mistake the tasks run on as
before. When it is put forward, the minutes between are missed ones. A paused task's cursor stands
still; what it missed is caught up by its policy once it is resumed.
"""
import itertools
import logging

from peewee import CharField, DoubleField, PeeweeException

from kuma_lite import clock, db
from kuma_lite.queue import context, window
from kuma_lite.queue.crontab import CATCH_UP, to_minute
from kuma_lite.queue.engine import engine
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import Paused, Task
from kuma_lite.queue.wrapper import TASKS

log = logging.getLogger(__name__)

RUNS = 5                    # last and next slots that people are shown


class Schedule(db.BaseModel):
    """How far the slots of a periodic task have been dealt with."""
    name = CharField(primary_key=True)
    cursor = DoubleField()          # the last minute that was looked at


def insert_slots():
    """Queue the due slots of each periodic task; returns the names of those that had one."""
    paused = {row.name for row in Paused.select()}
    names = [name for name, wrapper in TASKS.items() if wrapper.schedule_by]
    if window.EVERYTHING in paused:
        return []
    return [name for name in names if name not in paused and _try_to_insert(name)]


def _try_to_insert(name):
    """One task that cannot be called must not keep the others from their slots."""
    try:
        return _insert_slots(TASKS[name])
    except PeeweeException:
        raise
    except Exception:
        log.exception('The slots of %s cannot be queued', name)
        return []


def _insert_slots(wrapper):
    """Look for due slots, and queue them if nobody else has looked meanwhile."""
    now = to_minute(clock.now())
    cursor = _cursor(wrapper, now)
    slots = _due_slots(wrapper, cursor, now)
    with db.atomic(retraceable=True):
        moved = Schedule.update(cursor=now.timestamp()).where(
            Schedule.name == wrapper.name, Schedule.cursor == cursor, Schedule.cursor != now.timestamp())
        if not moved.execute():
            return []
        for slot in slots:
            name = f'{wrapper.name} {slot:%Y-%m-%dT%H:%MZ}'
            with context.use(cause=f'slot {name}'):
                engine.insert(wrapper, (), {}, slot=name)
        failpoint('slot')
    return slots


def _cursor(wrapper, now):
    """Up to which minute the slots are dealt with; a task that is new has none before this minute."""
    row = Schedule.get_or_none(name=wrapper.name)
    if row is None:
        with db.atomic(retraceable=True):
            Schedule.insert(name=wrapper.name, cursor=now.timestamp() - 60).on_conflict_ignore().execute()
        row = Schedule.get_by_id(wrapper.name)
    return row.cursor


def _due_slots(wrapper, cursor, now):
    """The minutes after `cursor` that are due, in order, as the policy of the task has it."""
    back, most = CATCH_UP[wrapper.catch_up]
    oldest = max(cursor, now.timestamp() - back * 60)
    if cursor > now.timestamp():
        oldest = now.timestamp() - 60       # the clock was put back
    due = itertools.takewhile(lambda slot: slot.timestamp() > oldest, wrapper.schedule_by.until(now))
    slots = list(itertools.islice(due, most))
    if wrapper.catch_up == 'all' and next(due, None):
        log.warning('%s missed too many runs; only the last %d of them are caught up', wrapper.name, most)
    return slots[::-1]


# For people

def last_runs(name):
    """The last RUNS slots of a task, the latest first: ('2026-11-22T05:00Z', state, id)."""
    rows = (Task.select(Task.slot, Task.state, Task.id).where(Task.name == name, Task.slot.is_null(False))
            .order_by(Task.id.desc()).limit(RUNS))
    return [(row.slot.rpartition(' ')[2], row.state, row.id) for row in rows]


def next_runs(name):
    """The next RUNS minutes in which a task is due, as aware UTC datetimes; fewer if those are years away."""
    return TASKS[name].schedule_by.next(to_minute(clock.now()), RUNS)
