"""A process of a site: the parts of its role, started in order, watched, and stopped in order.

`serve` is web and work in one process; `web` and `worker` are the halves. The main thread does no work
of its own: it waits for a signal and looks after the others.
"""
import contextlib
import logging
import os
import queue
import signal
import sys
import time
from typing import NamedTuple

import redis

from kuma_lite import __version__, app, chosen, db, folder, logs
from kuma_lite.accounts import actions as accounts
from kuma_lite.config import settings
from kuma_lite.queue import broker, consumer, modes
from kuma_lite.server import CannotListen, Server
from kuma_lite.stats import counts
from kuma_lite.web import absolute

log = logging.getLogger(__name__)

LOOK = 0.2          # seconds between two looks at the parts
TRIES, PAUSE = 100, 0.05    # of a start to be alone with old tables, and seconds between them
VIEWS = 5           # seconds in which the last views are written
FAILURES = (folder.FolderError, db.Unusable, broker.BrokerError, CannotListen)


class Role(NamedTuple):
    """What a process does of the work of a site."""
    web: bool = True            # answer requests
    work: bool = True           # run tasks
    periodic: bool = True       # if it works: queue the slots of periodic tasks
    burst: bool = False         # if it works: end when nothing is left to do


SERVE = Role()
WEB = Role(work=False)


class CannotStart(Exception):
    """The site cannot start; the message is a sentence for the person at the terminal."""


def migrate():
    """Bring the database up to this version, alone; returns the names of what was applied.

    A running process must not have its tables changed: raises FolderError if there is one.
    """
    alone = folder.Lock(settings.server.data)
    with alone if db.pending() else contextlib.nullcontext():
        names = db.migrate()
    chosen.refresh()
    return names


def run(loaded, role=SERVE):
    """Run until a signal comes, or nothing is left. Returns the exit status; raises CannotStart."""
    site = Site(role)
    stopping = Stopping()
    _handle_signals(site, stopping)
    try:
        site.start(loaded, stopping)
        print(_screen(role), flush=True)
        return site.watch(stopping)
    except FAILURES as error:
        raise CannotStart(str(error)) from None
    finally:
        site.stop()


class Stopping:
    """Whether a signal has come. Python calls handlers between any two steps of the main thread, also inside
    of `wait()`; so nothing here takes a lock: an Event would wait for itself in `set()`, for ever."""

    def __init__(self):
        self.is_asked = False
        self._wake = queue.SimpleQueue()

    def ask(self):
        self.is_asked = True
        self._wake.put(None)    # may be called in the middle of get()

    def wait(self, seconds):
        """Wait until a signal comes, at most for so many seconds; whether one has come."""
        if not self.is_asked:
            with contextlib.suppress(queue.Empty):
                self._wake.get(timeout=seconds)
        return self.is_asked


class Site:
    """The parts of one process. `start()` and `stop()` may stop half-way and be called again."""

    def __init__(self, role=SERVE):
        self.role = role
        self.locks = []
        self.valkey = self.tasks = self.server = self.views = None

    def start(self, loaded, stopping):
        if loaded.redis.url:
            _say_if_away(loaded.redis.url)
        app.configure(loaded)
        if self.role.web:
            self._hold(folder.Lock(settings.server.data, 'web.lock'))
        logs.install(sys.stderr, settings.log.level, settings.log.format)
        server = self._bind() if self.role.web else None        # a port in use is told first
        self._share_tables(stopping)
        self._start_tasks()
        if server:
            self.server = server
            self.server.start(app.make_app(self.problems), settings.server.threads)
            self.views = counts.Writer()
            self.views.start()

    def _hold(self, lock):
        lock.acquire()
        self.locks.append(lock)

    def _bind(self):
        server = Server(settings.server.host, settings.server.port)
        settings.server.port = server.port
        return server

    def _share_tables(self, stopping):
        """Hold the folder's lock with the others, over tables of this version.

        Of processes that start at the same moment one migrates, and the others wait for it. One that runs on
        with older tables is not waited for: FolderError.
        """
        lock = folder.Lock(settings.server.data, shared=True)
        self.locks.append(lock)
        left = TRIES
        while True:
            _acquire(lock, stopping)
            if not db.pending():
                return chosen.refresh()
            lock.release()
            try:
                migrate()
            except folder.FolderError:      # others just look, as we did, or run on
                left -= 1
                if not left:
                    raise
                time.sleep(PAUSE)

    def _start_tasks(self):
        if settings.tasks.immediate and self.role.web:
            log.warning('Tasks run in the requests that cause them; periodic and delayed ones wait.')
            modes.start_inline()
            return
        url = self._redis_url()
        self.tasks = consumer.Workers(settings.tasks.workers, url, self.role.periodic) if self.role.work \
            else consumer.Publisher(url)
        self.tasks.start()

    def _redis_url(self):
        if settings.redis.url:
            return settings.redis.url
        self.valkey = broker.Broker(settings.server.data)
        self.valkey.start()
        return self.valkey.url

    def watch(self, stopping):
        """Look after the parts until a signal comes, or nothing is left. Returns the exit status."""
        try:
            while not stopping.wait(LOOK):
                if self.role.burst and self.tasks.nothing_left():
                    return 0
                self._check(stopping)
            log.warning('Stopping: finishing what is running (again to stop at once) …')
            return 0
        except BaseException:
            log.critical('Nobody looks after this process any more; stopping', exc_info=True)
            return 1

    def _check(self, stopping):
        """Each part starts again what died of it."""
        for part in filter(None, (self.valkey, self.tasks, self.server, self.views)):
            try:
                part.check()
            except Exception as error:
                log.error('%s cannot be started again yet: %s', type(part).__name__, error)
                stopping.wait(1)

    def problems(self):
        """`{part: sentence}` of what is not well, for /readyz."""
        return self.tasks.problems() if self.tasks else {}

    def stop(self):
        """No new tasks and requests, then the end of the running ones, then Valkey. Read it from below."""
        deadline = time.monotonic() + settings.tasks.shutdown_timeout
        with contextlib.ExitStack() as parts:       # each is stopped even if one before it fails
            for lock in self.locks:
                parts.callback(lock.release)
            if self.valkey:
                parts.callback(self.valkey.stop)
            if self.tasks:
                parts.callback(lambda: self.tasks.stop(max(0, deadline - time.monotonic())))
            if self.views:
                parts.callback(self.views.stop, VIEWS)
            if self.server:
                parts.callback(self.server.stop, deadline)
            if self.tasks:
                parts.callback(self.tasks.retire, settings.tasks.shutdown_timeout)

    def kill(self):
        """At once; whatever was running is queued again by the next process that works."""
        if self.valkey:
            self.valkey.kill()
        os._exit(130)


def _acquire(lock, stopping):
    """Take a lock that others share. Who is in the way holds it alone, to change the tables: that may take
    minutes in a large wiki, and ends with that process or with a signal at the latest."""
    is_told = False
    while not lock.held:
        try:
            lock.acquire()
        except folder.FolderError:
            if not is_told:
                log.warning('Waiting for another process, which changes the tables …')
            is_told = True
            if stopping.wait(PAUSE):
                raise CannotStart('Stopped before the tables were changed.') from None


def _handle_signals(site, stopping):
    def handle(signum, frame):
        if stopping.is_asked:
            site.kill()
        stopping.ask()
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


def _screen(role):
    """What is told at the start: one line for each thing that somebody needs to know."""
    name, version = settings.site.name, f'Kuma Lite {__version__}'
    title = version if name == 'Kuma Lite' else f'{name} ({version})'
    lines = [*(_addresses() if role.web else ()), *_about_tasks(role),
             f'Data     {os.path.abspath(settings.server.data)}',
             f'Stop     Ctrl-C{", or when no task is left" if role.burst else ""}']
    return f'\n  {title} is {"running" if role.web else "working"}.\n\n  ' + '\n  '.join(lines) + '\n'


def _addresses():
    with db.connection():
        token = accounts.setup_token()
    yield f'Open     {absolute("/")}'
    if token:
        yield f'Set up   {absolute("/setup/" + token)}   (makes the first account)'


def _about_tasks(role):
    if not role.work:
        yield 'Tasks    wait for a process that runs them: the command worker'
    elif not role.web:
        yield f'Tasks    {settings.tasks.workers} at a time{"" if role.periodic else ", no periodic ones"}'
        yield f'Links    {absolute("/")}   (in mails; [site] base_url)'
