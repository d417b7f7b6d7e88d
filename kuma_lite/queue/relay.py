"""Committed rows -> Redis, a small window ahead of the workers.

The relay keeps Redis short: what waits, waits in the ledger, where priorities count. It may
die or meet a dead Redis at any moment: a row that was published and never claimed is pushed
again, and a message that comes twice is refused by the claim.
"""
import logging
import threading
import time

from kuma_lite import clock, db
from kuma_lite.queue import window
from kuma_lite.queue.engine import TASKS, engine

log = logging.getLogger(__name__)

PUSH_AGAIN = 30         # seconds until a published row is pushed again, if some messages are missing
EMPTY_AGAIN = 1         # the same, if all are
IDLE = 1                # seconds between two looks when no bell rings: other processes write too


def push(task_ids):
    """Hand ids to Huey's storage; raises what the Redis client raises."""
    for task_id in task_ids:
        engine.storage.enqueue(b'%d' % task_id)


def step(size=8):
    """Publish what is due and fits the window; returns how many."""
    task_ids = window.publish(size, {name: task.rate for name, task in TASKS.items() if task.rate})
    push(task_ids)
    return len(task_ids)


def push_lost():
    """Push again what must have been lost on the way; returns how many.

    As long as Redis holds as many messages as there are published rows, none is.
    """
    waiting, held = window.published(), engine.storage.queue_size()
    if held >= waiting:
        return 0
    task_ids = window.publish_again(PUSH_AGAIN if held else EMPTY_AGAIN)
    push(task_ids)
    return len(task_ids)


class Relay(threading.Thread):
    """The thread that does both, whenever the bell rings and once a second.

    Its window holds one row for each worker: more would lie in Redis, where an urgent one could not
    overtake it.
    """

    def __init__(self, size):
        super().__init__(name='relay', daemon=True)
        self._size = size
        self._bell = threading.Event()
        self._stopping = False
        self._looked = 0
        self.healthy = True         # the last step reached Redis

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

    def _step(self):
        try:
            with db.connection():
                while step(self._size):
                    pass
                if time.monotonic() - self._looked >= IDLE:
                    push_lost()
                    window.expire()
                    self._looked = time.monotonic()
            self._report(True)
        except Exception as error:
            self._report(False, error)

    def _report(self, healthy, error=None):
        if healthy and not self.healthy:
            log.info('The relay publishes again')
        elif self.healthy and not healthy:
            log.warning('The relay cannot publish; tasks wait in the ledger: %s', error)
        self.healthy = healthy

    def _patience(self):
        """Seconds to wait for the bell: until the next delayed task is due, at most IDLE.

        What is due already waits for room in the window, and a finished task rings the bell.
        """
        try:
            with db.connection():
                due = window.next_due()
        except Exception:
            return IDLE
        wait = due - clock.now() if due else IDLE
        return min(IDLE, wait) if wait > 0 else IDLE
