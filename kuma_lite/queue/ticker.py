"""What happens each second, and every five: heartbeat, rescue, deadlines, jumps of the clock, slots.

Huey's scheduler, a thread of the consumer, calls `tick()`.
"""
import logging
import time

from peewee import PeeweeException

from kuma_lite import clock, db
from kuma_lite.queue import jumps, ledger, schedule, workers
from kuma_lite.queue.crontab import to_minute
from kuma_lite.queue.engine import engine

log = logging.getLogger(__name__)

BEAT = 5                    # seconds between two heartbeats
ASLEEP = 3                  # seconds between two ticks that tell that this process was asleep
GRACE = 10                  # seconds that a task has to stop after its deadline


class Ticker:
    """What happens each second: heartbeat, rescue, and if this process schedules, slots."""

    def __init__(self, periodic=True):
        self._periodic = periodic
        self._beaten = 0
        self._began = time.monotonic()      # when that was done last, by the clock that nobody sets
        self._minute = None
        self._ahead = jumps.ahead()
        self._ticked = self._awake_since = time.monotonic()
        self._patient_until = 0     # (monotonic) after a jump: until everybody has beaten again

    def tick(self):
        try:
            self._end_stuck_transaction()
            self._tick(clock.now())
        except PeeweeException as error:
            log.warning('No heartbeat and no slots now: %s', error)
        except Exception:
            log.exception('A tick failed; the next one follows in a second')
        self._ticked = time.monotonic()

    def _tick(self, now):
        with db.connection():
            self._follow_clock()
            if abs(now - self._beaten) >= BEAT:
                self._doubt()
                self._beat()
                self._began = time.monotonic()
                self._beaten = now
            if not self._patient():
                ledger.tell_late_ones()
            if to_minute(now) != self._minute:
                jumps.pull_back()
                if self._periodic:
                    schedule.insert_slots()
                self._minute = to_minute(now)

    def _end_stuck_transaction(self):
        """Time in which all of this process slept is nobody's fault."""
        if time.monotonic() - self._ticked > ASLEEP:
            self._awake_since = time.monotonic()
        where = db.database.end_stuck(self._awake_since)
        if where:
            log.error('A transaction was given up that had held up all others for too long. It was here:\n%s',
                      where)

    def _follow_clock(self):
        """Notice that the clock was set. Until all have, nobody's silence and nobody's deadline counts."""
        jump = jumps.ahead() - self._ahead
        if abs(jump) > jumps.SLACK:
            log.warning('The clock has jumped by %+.0f seconds', jump)
            self._patient_until = time.monotonic() + workers.DEAD_AFTER
            jumps.move_starts(engine.worker_id, jump)
        self._ahead += jump

    def _doubt(self):
        """Who was asleep itself, or could not write, knows nothing of the others' silence: nor could they."""
        if time.monotonic() - self._began > workers.DEAD_AFTER * 0.6:
            self._patient_until = time.monotonic() + 2 * BEAT

    def _patient(self):
        return time.monotonic() < self._patient_until

    def _beat(self):
        if not workers.beat(engine.worker_id):
            log.warning('This worker was given up by another; it goes on under a new number')
            engine.worker_id = workers.register_again(engine.worker_id)
        for task in ledger.past_grace(engine.worker_id, GRACE):
            _take_from_thread(task)
        count = 0 if self._patient() else workers.rescue(engine.worker_id, engine.active)
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
