"""One process: Valkey, workers and web, started in order, watched, and stopped in order.

The main thread does no work of its own: it waits for a signal and looks after the others.
"""
import contextlib
import logging
import os
import signal
import sys
import threading
import time

import redis

from kuma_lite import __version__, app, db, folder
from kuma_lite.accounts import actions as accounts
from kuma_lite.config import settings
from kuma_lite.queue import broker, modes
from kuma_lite.server import CannotListen, Server
from kuma_lite.web import absolute

log = logging.getLogger(__name__)

LOOK = 0.2          # seconds between two looks at the children
FAILURES = (folder.FolderError, db.Unusable, broker.BrokerError, CannotListen)


class CannotStart(Exception):
    """The site cannot start; the message is a sentence for the person at the terminal."""


def run(loaded):
    """Serve until a signal comes. Returns the exit status; raises CannotStart."""
    site = Site()
    stopping = threading.Event()
    _handle_signals(site, stopping)
    try:
        site.start(loaded)
        print(_welcome(), flush=True)
        return site.watch(stopping)
    except FAILURES as error:
        raise CannotStart(str(error)) from None
    finally:
        site.stop()


class Site:
    """The parts of a running site. `start()` and `stop()` may stop half-way and be called again."""

    def __init__(self):
        self.lock = self.valkey = self.workers = self.server = None

    def start(self, loaded):
        if loaded.redis.url:
            _say_if_away(loaded.redis.url)
        app.configure(loaded)
        lock = folder.Lock(settings.server.data)
        lock.acquire()
        self.lock = lock
        _log_to_stderr()
        server = Server(settings.server.host, settings.server.port)     # a port in use is told first
        settings.server.port = server.port
        db.migrate()
        self._start_tasks()
        self.server = server
        self.server.start(app.make_app(self.problems), settings.server.threads)

    def _start_tasks(self):
        if settings.tasks.immediate:
            log.warning('Tasks run in the requests that cause them; periodic and delayed ones wait.')
            modes.start_inline()
            return
        self.workers = modes.Workers(settings.tasks.workers, self._redis_url())
        self.workers.start()

    def _redis_url(self):
        if settings.redis.url:
            return settings.redis.url
        self.valkey = broker.Broker(settings.server.data)
        self.valkey.start()
        return self.valkey.url

    def watch(self, stopping):
        """Look after the parts until `stopping` is set. Returns the exit status."""
        while not stopping.wait(LOOK):
            if not self.server.alive():
                log.critical('The web server ended by itself; stopping')
                return 1
            self._check_valkey()
        return 0

    def _check_valkey(self):
        try:
            if self.valkey and self.valkey.check():
                self.workers.relay.ring()
        except (broker.BrokerError, OSError) as error:
            log.error('Valkey cannot be started again; tasks wait in the ledger: %s', error)
            time.sleep(1)

    def problems(self):
        """`{part: sentence}` of what is not well, for /readyz."""
        return self.workers.problems() if self.workers else {}

    def stop(self):
        """No new requests, then the running ones and the running tasks, then Valkey."""
        deadline = time.monotonic() + settings.tasks.shutdown_timeout
        with contextlib.ExitStack() as parts:       # each is stopped even if one before it fails
            if self.lock:
                parts.callback(self.lock.release)
            if self.valkey:
                parts.callback(self.valkey.stop)
            if self.workers:
                parts.callback(lambda: self.workers.stop(max(0, deadline - time.monotonic())))
            if self.server:
                parts.callback(self.server.stop, deadline)

    def kill(self):
        """At once; whatever was running is queued again at the next start."""
        if self.valkey:
            self.valkey.kill()
        os._exit(130)


def _handle_signals(site, stopping):
    def handle(signum, frame):
        if stopping.is_set():
            site.kill()
        stopping.set()
        with contextlib.suppress(OSError):
            print('\nStopping: finishing what is running (again to stop at once) …', file=sys.stderr,
                  flush=True)
    for name in ('SIGINT', 'SIGTERM', 'SIGHUP'):     # the last: its terminal was closed
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handle)


def _say_if_away(url):
    """A Redis that does not answer is only reported: pages are served and rows are queued without it."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        place = url.rpartition('@')[2].removeprefix('redis://')      # a password in it is nobody's business
        print(f'Redis at {place} cannot be reached ({type(error).__name__}). Pages are served; tasks wait in '
              'the ledger.', file=sys.stderr)


def _log_to_stderr():
    logging.basicConfig(level=settings.log.level.upper(), stream=sys.stderr, force=True,
                        format='%(asctime)s %(levelname)-7s %(name)s: %(message)s')
    logging.getLogger('huey').setLevel(logging.WARNING)
    # A Redis that is away is told once, by the relay, and not by each worker each second.
    logging.getLogger('huey.consumer.Worker').setLevel(logging.CRITICAL)


def _welcome():
    with db.connection():
        token = accounts.setup_token()
    name, version = settings.site.name, f'Kuma Lite {__version__}'
    title = version if name == 'Kuma Lite' else f'{name} ({version})'
    first = f'  Set up   {absolute("/setup/" + token)}   (makes the first account)\n' if token else ''
    return (f'\n  {title} is running.\n\n'
            f'  Open     {absolute("/")}\n{first}'
            f'  Data     {os.path.abspath(settings.server.data)}\n'
            f'  Stop     Ctrl-C\n')
