"""Periodic tasks: each due slot becomes one row in the ledger, whoever runs the scheduler.

Huey's scheduler calls `tick()` once a second. A slot and the cursor that remembers it are one
transaction, and a slot's name is unique, so several schedulers and restarts change nothing.
"""
import logging

from peewee import CharField, DoubleField, PeeweeException

from kuma_lite import clock, db
from kuma_lite.queue import ledger, workers
from kuma_lite.queue.crontab import MINUTE, to_minute
from kuma_lite.queue.engine import TASKS, engine

log = logging.getLogger(__name__)

HORIZON = 366 * 24 * 60     # minutes that a catch-up looks back, at most
BEAT = 5                    # seconds between two heartbeats
GRACE = 10                  # seconds that a task has to stop after its deadline


class Schedule(db.BaseModel):
    """How far the slots of a periodic task have been dealt with."""
    name = CharField(primary_key=True)
    cursor = DoubleField()          # the last minute that was looked at


class Ticker:
    """What happens each second: heartbeat, rescue, and if this process schedules, slots."""

    def __init__(self, periodic=True):
        self._periodic = periodic
        self._beaten = 0
        self._minute = None

    def tick(self):
        try:
            self._tick(clock.now())
        except PeeweeException as error:
            log.warning('No heartbeat and no slots now: %s', error)

    def _tick(self, now):
        with db.connection():
            ledger.tell_late_ones()
            if abs(now - self._beaten) >= BEAT:
                self._beat()
                self._beaten = now
            if self._periodic and to_minute(now) != self._minute:
                insert_slots()
                self._minute = to_minute(now)

    def _beat(self):
        if not workers.beat(engine.worker_id):
            log.warning('This worker was given up by another; it goes on under a new number')
            engine.worker_id = workers.register()
        for task in ledger.deaf(engine.worker_id, GRACE):
            _take_from_thread(task)
        count = workers.rescue(engine.worker_id, engine.active)
        if count:
            log.warning('%d tasks of dead workers are queued again', count)
            engine.bell()


def _take_from_thread(task):
    try:
        ledger.stop(task)
    except ledger.Fenced:
        return      # it has ended at the last moment
    log.error('%s (task %d) does not stop; its thread is replaced', task.name, task.id)
    engine.replace_thread(task)


def insert_slots():
    """Queue the due slot of each periodic task; returns the names of those that had one."""
    names = [name for name, wrapper in TASKS.items() if wrapper.schedule_by]
    return [name for name in names if _insert_slot(TASKS[name])]


def _insert_slot(wrapper):
    """Look for a due slot, which can take a while, and queue it if nobody else has looked meanwhile."""
    now = to_minute(clock.now())
    cursor = _cursor(wrapper, now)
    slot = _due_slot(wrapper, cursor, now)
    with db.atomic(retraceable=True):
        moved = Schedule.update(cursor=now.timestamp()).where(
            Schedule.name == wrapper.name, Schedule.cursor == cursor, Schedule.cursor < now.timestamp())
        if moved.execute() and slot:
            engine.insert(wrapper, (), {}, slot=f'{wrapper.name} {slot:%Y-%m-%dT%H:%MZ}')
            return slot
    return None


def _cursor(wrapper, now):
    """Up to which minute the slots are dealt with; a task that is new has none before this minute."""
    with db.atomic(retraceable=True):
        Schedule.insert(name=wrapper.name, cursor=now.timestamp() - 60).on_conflict_ignore().execute()
    return Schedule.get_by_id(wrapper.name).cursor


def _due_slot(wrapper, cursor, now):
    """The latest due minute after `cursor`, or None; without catching up only this very minute."""
    minutes = int((now.timestamp() - cursor) // 60)
    for back in range(min(minutes, HORIZON if wrapper.catch_up == 'latest' else 1)):
        minute = now - back * MINUTE
        if wrapper.schedule_by.matches(minute):
            return minute
    return None


