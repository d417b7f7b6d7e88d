"""Committed rows -> Redis, one for each worker that sleeps.

What waits, waits in the ledger, where priorities count, and a worker that is awake finds it there.
The relay may die or meet a dead Redis at any moment: a row that was published and never claimed is
pushed again, and a message that comes twice is refused by the claim.
"""
import logging
import threading
import time

import redis
from peewee import PeeweeException

from kuma_lite import clock, db
from kuma_lite.queue import ledger, refused, window
from kuma_lite.queue.engine import engine
from kuma_lite.queue.wrapper import rates

log = logging.getLogger(__name__)

PUSH_AGAIN = 30         # seconds until a published row is pushed again, if some messages are missing
EMPTY_AGAIN = 1         # the same, if all are
IDLE = 1                # seconds between two looks when no bell rings: other processes write too


def push(task_ids):
    """Hand ids to Huey's storage; raises what the Redis client raises."""
    for task_id in task_ids:
        engine.storage.enqueue(b'%d' % task_id)


def step():
    """Publish what is due, one row for each worker that sleeps; returns how many."""
    if window.room() <= 0:      # read first: most rings come while everybody works
        return 0
    with db.atomic(retraceable=True):       # and again: another relay may have been quicker
        task_ids = window.publish(max(0, window.room()), rates())
    push(task_ids)
    return len(task_ids)


def push_lost(patience=None):
    """Push again what must have been lost on the way or, with a `patience` of 0 seconds, may have been;
    returns how many.

    As long as Redis holds as many messages as there are published rows, none is.
    """
    waiting, held = window.published(), _held()
    if held >= waiting:
        return 0
    if patience is None:
        patience = PUSH_AGAIN if held else EMPTY_AGAIN
    task_ids = window.publish_again(patience)
    push(task_ids)
    return len(task_ids)


def _held():
    """How many messages Redis holds. What lies in their place and is no list would refuse them all."""
    try:
        return engine.storage.queue_size()
    except redis.ResponseError as error:
        if not str(error).startswith('WRONGTYPE'):
            raise
        log.warning('The key %s in Redis was not a list, so not ours; removed it', engine.storage.queue_key)
        engine.storage.flush_queue()
        return 0


class Relay(threading.Thread):
    """The thread that publishes, and pushes again what was lost: whenever the bell rings, and each second."""

    def __init__(self):
        super().__init__(name='relay', daemon=True)
        self._bell = threading.Event()
        self._stopping = False
        self._looked = 0
        self.lacks = ''             # what the last step did not reach: 'redis', 'database'

    def ring(self):
        self._bell.set()

    def stop(self):
        self._stopping = True
        self.ring()
        self.join()

    def run(self):
        while not self._stopping:
            self._bell.wait(self._patience())
            self._bell.clear()
            self._step()
        refused.tell(now=True)

    def _step(self):
        try:
            with db.connection():
                if self.lacks:
                    push_lost(patience=0)
                while step():
                    pass
                if time.monotonic() - self._looked >= IDLE:
                    self._look()
            self._report('')
        except PeeweeException as error:
            self._report('database', error)
        except Exception as error:
            self._report('redis', error)

    def _look(self):
        push_lost()
        ledger.expire()
        refused.tell()
        self._looked = time.monotonic()

    def _report(self, lacks, error=None):
        if self.lacks and not lacks:
            log.info('The relay publishes again')
        elif lacks and not self.lacks:
            log.warning('The relay cannot publish; tasks wait in the ledger: %s', error)
        self.lacks = lacks

    def _patience(self):
        """Seconds to wait for the bell: until the next delayed task is due, at most IDLE.

        What is due already waits for a worker, and the first that is free takes it; or for a rate, a lane
        or a pause, for which a look each second is enough.
        """
        try:
            with db.connection():
                due = window.next_due()
        except Exception:
            return IDLE
        wait = due - clock.now() if due else IDLE
        return min(IDLE, wait) if wait > 0 else IDLE
