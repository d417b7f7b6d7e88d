"""Real workers: Huey's consumer inside a process of ours, the relay that wakes it, and their end.

`Publisher` is for a process that only calls tasks, `Workers` for one that runs them too.
"""
import logging
import threading
import time

from huey.consumer import Consumer
from peewee import PeeweeException

from kuma_lite import clock, db
from kuma_lite.queue import capture, relay, ticker, window, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import one, run

log = logging.getLogger(__name__)

# Redis answers at once or is gone: no caller of ours waits longer than this, in seconds.
TIMEOUTS = 'socket_connect_timeout=2&socket_timeout=2'

LEFT = ("SELECT 1 WHERE EXISTS (SELECT 1 FROM task WHERE state = 'running') OR EXISTS (SELECT 1 FROM task "
        f"WHERE state = 'queued' AND run_at <= ? AND {window.NOT_PAUSED})")


class Publisher:
    """A process that calls tasks and leaves them to others: a relay, which wakes their workers.

    The relays of several processes count the same workers and rows, so together they publish no more
    than one would.
    """

    def __init__(self, url):
        self._url = url + ('&' if '?' in url else '?') + TIMEOUTS
        self.relay = None

    def start(self):
        engine.connect(self._url)
        engine.stopping = False
        engine.bell = self.ring
        self._start_relay()

    def _start_relay(self):
        self.relay = relay.Relay()
        self.relay.start()
        self.ring()

    def ring(self):
        self.relay.ring()

    def check(self):
        """Start again what died."""
        if not self.relay.is_alive():
            log.error('The relay died; another one is started')
            self._start_relay()

    def problems(self):
        """`{part: sentence}` of what is not well, for the parts `redis`, `database`, `relay`, `workers`."""
        with db.connection():
            alive = one('SELECT 1 FROM worker WHERE stopped_at IS NULL AND beat_at > ?',
                        clock.now() - workers.DEAD_AFTER)
        return self._relay_problem() | ({} if alive else {'workers': 'no process works'})

    def _relay_problem(self):
        if not self.relay.is_alive():
            return {'relay': 'it does not run'}
        return {self.relay.lacks: 'the relay cannot publish'} if self.relay.lacks else {}

    def retire(self, timeout=0):
        """Begin nothing new; what runs has `timeout` seconds, until `stop()`."""
        engine.stopping = True

    def stop(self, timeout=0):
        if self.relay:
            engine.bell = _nothing
            self.relay.stop()


class Workers(Publisher):
    """Mode `worker`: the same with Huey's consumer, and a row in the table of workers."""

    def __init__(self, count, url, periodic=True):
        super().__init__(url)
        self._count = count
        self._periodic = periodic
        self._changing = threading.Lock()   # the list of threads
        self.consumer = None

    def start(self):
        capture.install()
        super().start()
        with db.connection():
            engine.worker_id = workers.register(self._count)
        engine.tick = ticker.Ticker(self._periodic).tick
        self.consumer = QuietConsumer(engine, workers=self._count, periodic=False, backoff=1.5, max_delay=1)
        engine.new_thread = self._replace
        self.consumer.start()

    def check(self):
        """Start again what died: Huey's own look at its threads, without the thread for it."""
        super().check()
        with self._changing:
            self.consumer.check_worker_health()

    def _replace(self, thread):
        """Start a worker thread in the place of one that hangs, which ends if it ever wakes up."""
        with self._changing:
            threads = self.consumer.worker_threads
            place = next(number for number, (_, other) in enumerate(threads) if other is thread)
            worker = self.consumer._create_worker()
            threads[place] = (worker, self.consumer._create_process(worker, f'Worker-{place + 1}'))
            threads[place][1].start()

    def nothing_left(self):
        """Whether no task runs and none is due that may start, after a look for slots and abandoned ones."""
        try:
            engine.tick()
            with db.connection():
                return one(LEFT, clock.now()) is None
        except PeeweeException as error:
            log.warning('It is not known whether tasks wait: %s', error)
            return False

    def retire(self, timeout=0):
        super().retire()
        if self.consumer:
            self.consumer.stop_flag.set()
            self.consumer.scheduler.join(2)
            self._say_goodbye(timeout)

    def _say_goodbye(self, timeout):
        """The last heartbeat covers the time until the end, or others would take over what still runs."""
        try:
            with db.connection(), db.atomic(retraceable=True):
                run('UPDATE worker SET beat_at = ? WHERE id = ?', clock.now() + timeout, engine.worker_id)
        except PeeweeException as error:
            log.warning('No last heartbeat: %s', error)

    def stop(self, timeout=0):
        """Let running tasks finish for `timeout` seconds, then hand back the others."""
        self.retire(timeout)
        super().stop()
        if self.consumer is None:
            return
        _wake(self._count)
        deadline = time.monotonic() + timeout
        for _, thread in self.consumer.worker_threads:
            thread.join(max(0, deadline - time.monotonic()))
        with db.connection():
            workers.stop(engine.worker_id)
        engine.tick = _nothing

    def problems(self):
        dead = [name for name, thread in self._threads() if not thread.is_alive()]
        return self._relay_problem() | ({'workers': f'not running: {", ".join(dead)}'} if dead else {})

    def _threads(self):
        yield 'scheduler', self.consumer.scheduler
        for number, (_, thread) in enumerate(self.consumer.worker_threads, 1):
            yield f'worker {number}', thread


class QuietConsumer(Consumer):
    """Huey's consumer inside a larger process: the signals belong to that one."""

    def _set_signal_handlers(self):
        pass


def _wake(count):
    """Messages for nobody, so that workers that wait for Redis see the stop flag at once."""
    try:
        relay.push([0] * count)
    except Exception as error:
        log.info('Redis is gone already: %s', error)


def _nothing():
    pass
