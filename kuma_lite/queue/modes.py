"""Tasks without a consumer: run by the commit that queued them, or by a test when it says so.

The rows go through the same `engine.execute` as on real workers (`consumer`); what differs is what the
bell does.
"""
import threading
import time

from kuma_lite import db
from kuma_lite.queue import capture, ledger, relay, window, workers
from kuma_lite.queue.engine import engine

_draining = threading.Lock()
_drainer = threading.local()


def start_inline():
    """Mode `inline`: Huey's immediate mode; each commit runs what it queued before it returns."""
    _start_immediate(_drain_elsewhere)


def start_manual():
    """Mode `manual`: tasks wait until a test calls `drain()`."""
    _start_immediate(_nothing)


def _start_immediate(bell):
    capture.install()
    engine.connect('')
    engine.stopping = False
    with db.connection():
        engine.worker_id = workers.register()
        workers.rescue(engine.worker_id, engine.active)     # nobody else looks for what a dead one left
    engine.bell = bell


def _drain_elsewhere():
    """Run what is due on a thread of its own, so with its own connection, transaction and
    context, as a worker would; wait for it."""
    if getattr(_drainer, 'busy', False):
        return      # called by a task: the drain that runs it goes on until nothing is left
    thread = threading.Thread(target=_drain_alone, name='inline')
    thread.start()
    thread.join()


def _drain_alone():
    with _draining:
        drain()


def drain():
    """Run everything that is due, and what that queues, until nothing is left."""
    _drainer.busy = True
    try:
        with db.connection():
            if window.room() <= 0:      # no ticker rescues here what ended without a word
                workers.rescue(engine.worker_id, engine.active)
            relay.push_lost()       # what an earlier process had taken into its memory
            _run_published()
            while relay.step() or ledger.expire():
                _run_published()
    finally:
        _drainer.busy = False


def _run_published():
    while (task := engine.dequeue()) is not None:
        engine.execute(task)


def settle(timeout=20):
    """Wait until nothing runs and nothing that is due waits; raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while True:
        with db.connection():
            if ledger.at_rest():
                return
        if engine.immediate:
            _drain_elsewhere()
        if time.monotonic() > deadline:
            raise TimeoutError('the ledger did not come to rest')
        time.sleep(0.005)


def _nothing():
    pass
