"""Who runs the tasks: real workers, the committing request itself, or a test when it says so.

All three run the same rows through the same `engine.execute`; they differ in what the bell does.
"""
import contextlib
import logging
import threading
import time

from huey.consumer import Consumer, ConsumerStopped

from kuma_lite import db
from kuma_lite.queue import capture, ledger, relay, schedule, window, workers
from kuma_lite.queue.engine import engine

log = logging.getLogger(__name__)

# Redis answers at once or is gone: no caller of ours waits longer than this, in seconds.
TIMEOUTS = 'socket_connect_timeout=2&socket_timeout=2'

_draining = threading.Lock()
_drainer = threading.local()


class Workers:
    """Mode `worker`: Huey's consumer, the relay and a row in the table of workers."""

    def __init__(self, count, url, periodic=True):
        self._url = url + ('&' if '?' in url else '?') + TIMEOUTS
        self._count = count
        self._periodic = periodic
        self.relay = relay.Relay(count)
        self.consumer = self._watch = None

    def start(self):
        capture.install()
        engine.connect(self._url)
        with db.connection():
            engine.worker_id = workers.register()
        engine.tick = schedule.Ticker(self._periodic).tick
        engine.bell = self.relay.ring
        self.consumer = QuietConsumer(engine, workers=self._count, periodic=False, backoff=1.5,
                                      max_delay=1, health_check_interval=5)
        engine.new_thread = self._replace
        self.consumer.start()
        self.relay.start()
        self._watch = threading.Thread(target=self._keep_alive, name='consumer', daemon=True)
        self._watch.start()
        self.relay.ring()

    def _keep_alive(self):
        """Huey's own loop, which starts dead threads again, until the stop flag is set."""
        checked = time.monotonic()
        with contextlib.suppress(ConsumerStopped):
            while True:
                checked = self.consumer.loop(checked)

    def _replace(self, thread):
        """Start a worker thread in the place of one that hangs, which ends if it ever wakes up."""
        threads = self.consumer.worker_threads
        place = next(number for number, (_, other) in enumerate(threads) if other is thread)
        worker = self.consumer._create_worker()
        threads[place] = (worker, self.consumer._create_process(worker, f'Worker-{place + 1}'))
        threads[place][1].start()

    def stop(self, timeout):
        """Let running tasks finish for `timeout` seconds, then hand back the others."""
        if self._watch is None:
            return
        self.relay.stop()
        self.consumer.stop_flag.set()
        _wake(self._count)
        deadline = time.monotonic() + timeout
        for _, thread in self.consumer.worker_threads:
            thread.join(max(0, deadline - time.monotonic()))
        self.consumer.scheduler.join(2)
        with db.connection():
            workers.stop(engine.worker_id)
        engine.tick = engine.bell = _nothing

    def problems(self):
        """`{'relay': …, 'workers': …}`: what is wrong with these threads, for the parts where anything is."""
        found = {}
        if not (self.relay.is_alive() and self.relay.healthy):
            found['relay'] = 'it does not run' if not self.relay.is_alive() else 'it cannot publish'
        idle = [name for name, thread in self._threads() if not thread.is_alive()]
        if idle:
            found['workers'] = f'not running: {", ".join(idle)}'
        return found

    def _threads(self):
        yield 'consumer', self._watch
        yield 'scheduler', self.consumer.scheduler
        for number, (_, thread) in enumerate(self.consumer.worker_threads, 1):
            yield f'worker {number}', thread


class QuietConsumer(Consumer):
    """Huey's consumer inside a larger process: the signals belong to that one."""

    def _set_signal_handlers(self):
        pass


def start_inline():
    """Mode `inline`: Huey's immediate mode; each commit runs what it queued before it returns."""
    _start_immediate(_drain_elsewhere)


def start_manual():
    """Mode `manual`: tasks wait until a test calls `drain()`."""
    _start_immediate(_nothing)


def _start_immediate(bell):
    capture.install()
    engine.connect('')
    with db.connection():
        engine.worker_id = workers.register()
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
            relay.push_lost()       # what an earlier process had taken into its memory
            _run_published()
            while relay.step() or window.expire():
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


def _wake(count):
    """Messages for nobody, so that workers that wait for Redis see the stop flag at once."""
    try:
        relay.push([0] * count)
    except Exception as error:
        log.info('Redis is gone already: %s', error)


def _nothing():
    pass
