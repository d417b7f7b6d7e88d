"""Waitress on threads of our own process: bound first, served later, stopped without cutting anyone off.

One thread, the loop, reads requests and hands them to the threads that answer them. What the application
knows already it answers itself: passing it on would take longer than the answer, and the two threads would
wait for each other's turn of the interpreter.
"""
import collections
import logging
import re
import socket
import threading
import time

import waitress
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from kuma_lite.web import headers, limits

try:
    import resource
except ImportError:     # Windows
    resource = None

log = logging.getLogger(__name__)

LOOP = 'web'            # the name of its thread
TRANSFER_CODINGS = re.compile(rb'^transfer-encoding:[ \t]*(.*?)[ \t]*\r?$', re.I | re.M)
MOST_CONNECTIONS = 2000
SPARE_FILES = 200       # descriptors that the database, the log and Redis need besides

# Waitress as it comes falls to 99 idle sockets and takes 256 KB of headers.
LIMITS = {
    'asyncore_use_poll': True, 'max_request_header_size': 16384,
    'max_request_body_size': limits.SERVED, 'channel_request_lookahead': 0, 'channel_timeout': 30,
    'cleanup_interval': 5, 'expose_tracebacks': False, 'ident': None,
}


class CannotListen(Exception):
    """The address cannot be used; the message says what to do."""


class Server:
    """Binds at once (raises CannotListen), answers after `start()`. `port` is the real one, also for 0."""

    def __init__(self, host, port):
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        try:
            self._socket = socket.create_server((host, port), family=family, backlog=1024)
        except OSError as error:
            raise CannotListen(f'Cannot listen on {host}:{port} ({error.strerror}); stop what uses it '
                               'or choose another with --port.') from None
        self.port = self._socket.getsockname()[1]
        self._map = {}
        self._deadline = None

    def start(self, app, threads):
        self._threads = Threads(getattr(app, 'knows', _nothing))
        self._threads.set_thread_count(threads)
        self._waitress = waitress.create_server(
            app, map=self._map, sockets=[self._socket], connection_limit=_connection_limit(),
            _dispatcher=self._threads, **LIMITS,
            clear_untrusted_proxy_headers=not getattr(app, 'reads_proxy_headers', False))
        self._waitress.channel_class = Channel
        self._start_loop()

    def _start_loop(self):
        self._thread = threading.Thread(target=self._loop, name=LOOP, daemon=True)
        self._thread.start()

    def check(self):
        """Start the loop again if it died; its connections are still there."""
        if not self._thread.is_alive():
            log.error('The loop of the web server died; it is started again')
            self._start_loop()

    def stop(self, deadline):
        """Accept no more, finish what has begun until `deadline` (of the monotonic clock), close."""
        self._deadline = deadline
        self._waitress.pull_trigger()
        self._thread.join()
        self._threads.shutdown(timeout=max(0, deadline - time.monotonic()))
        wasyncore.close_all(self._map)

    def _loop(self):
        while self._deadline is None:
            self._step(timeout=1)
        self._waitress.del_channel()
        self._socket.close()
        while self._busy() and time.monotonic() < self._deadline:
            self._step(timeout=0.05)

    def _step(self, timeout):
        # Waitress plans its next look at idle connections by the time of day, which may be put back.
        self._waitress.next_channel_cleanup = min(self._waitress.next_channel_cleanup, time.time() + 5)
        wasyncore.loop(timeout=timeout, map=self._map, use_poll=True, count=1)
        self._threads.begin()

    def _busy(self):
        """Whether a request is being answered or an answer is still on its way."""
        return any(channel.requests or channel.total_outbufs_len
                   for channel in list(self._waitress.active_channels.values()))


class Parser(HTTPRequestParser):
    """What reads a request. One whose length can be read in two ways is refused, and its connection closed:
    of a proxy that reads it the other way, the rest of it would be somebody else's request (RFC 9112, 6)."""

    def parse_header(self, header_plus):
        try:
            super().parse_header(header_plus)
        except ValueError:      # more digits than Python makes a number of
            raise ParsingError('Content-Length is invalid') from None
        codings = TRANSFER_CODINGS.findall(header_plus)
        if codings and (self.version != '1.1' or 'CONTENT_LENGTH' in self.headers
                        or [coding.lower() for coding in codings] != [b'chunked']):
            raise ParsingError('A Transfer-Encoding is "chunked", in HTTP/1.1, and without Content-Length')


class Refusal(ErrorTask):
    """The plain sentence with which waitress refuses what is no request."""

    def execute(self):
        self.response_headers.extend(headers.of_no_view())
        super().execute()


class Channel(HTTPChannel):
    """A connection. If the thread that answers on it is ended, it is closed: nobody else would answer."""
    parser_class = Parser
    error_task_class = Refusal
    _task = None

    def task_class(self, channel, request):
        task, self._task = self._task or WSGITask(channel, request), None
        return task

    def may_be_served_at_once(self, knows):
        """Whether the loop can answer without waiting, also for whoever reads it: there is one request, which
        the application knows, and nothing before it that has yet to be sent."""
        if len(self.requests) > 1 or self.requests[0].error or self.total_outbufs_len:
            return False
        self._task = WSGITask(self, self.requests[0])
        return knows(self._task.get_environment())

    def service(self):
        try:
            super().service()
        except BaseException:
            self.cancel()
            self.server.pull_trigger()
            raise


class Threads(ThreadedTaskDispatcher):
    """Waitress's threads for requests. One that dies begins again at once: nobody else would miss it."""

    def __init__(self, knows):
        super().__init__()
        self._knows = knows
        self._arrived = collections.deque()     # connections on which the loop has read a request, in turn

    def add_task(self, channel):
        if threading.current_thread().name == LOOP:
            self._arrived.append(channel)
        else:
            super().add_task(channel)

    def begin(self):
        """Called by the loop: answer what is known, and hand the rest to the threads."""
        while self._arrived:
            channel = self._arrived.popleft()
            if self._is_known(channel):
                channel.service()
            else:
                super().add_task(channel)

    def _is_known(self, channel):
        try:
            return channel.may_be_served_at_once(self._knows)
        except Exception:
            log.exception('Whether an answer is known could not be found out')
            return False

    def handler_thread(self, thread_no):
        while thread_no in self.threads:        # it leaves this set when it is told to end
            try:
                super().handler_thread(thread_no)
            except BaseException:
                log.exception('A thread for requests died; it begins again')


def _nothing(environ):
    return False


def _connection_limit():
    """As many connections as there are file descriptors for: accepting more would spin without end."""
    if resource is None:
        return 400      # what select() takes there
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(50, min(MOST_CONNECTIONS, soft - SPARE_FILES))
