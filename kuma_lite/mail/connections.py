"""Connections to the SMTP server of [mail], kept for the next mail: TLS and a log-in cost more than a mail.

Each is lent to one thread at a time. What is kept is asked whether it still listens before it is lent again,
and closed after some idle seconds.
"""
import contextlib
import smtplib
import ssl
import threading
import time

from kuma_lite.config import settings
from kuma_lite.mail.message import host_name
from kuma_lite.mail.wire import Undeliverable

IDLE = 10       # seconds; mail servers wait for minutes
MAILS = 100     # over one connection; some servers want no more
LOST = (smtplib.SMTPException, OSError)

_kept = []      # Connections, the one used last at the end
_lock = threading.Lock()
_sweeper = None


class Connection:
    """A conversation with the server of [mail] as it was set when this was opened."""

    def __init__(self):
        self.renew()

    def renew(self):
        """Open it, again where it was open before. Raises OSError and SMTPException."""
        self.is_new, self.mails = True, 0
        self._settings = _settings()
        self.server = connect()

    def listens(self):
        """Whether it can be used for another mail; ends whatever the last one left unfinished."""
        if self._settings != _settings() or self.mails >= MAILS:
            return False
        try:
            return self.server.rset()[0] == 250
        except LOST:
            return False

    def close(self):
        """Say goodbye, where somebody listens."""
        with contextlib.suppress(*LOST):
            self.server.quit()
        self.server.close()


@contextlib.contextmanager
def lent():
    """A connection for one mail. Raises OSError and SMTPException if there is none to be had."""
    connection = _take() or Connection()
    try:
        yield connection
    except (Undeliverable, smtplib.SMTPResponseException):
        _keep(connection)       # an answer; the conversation goes on
        raise
    except BaseException:
        connection.server.close()
        raise
    _keep(connection)


def close_all():
    """Close what is kept; what is lent now is kept afterwards."""
    global _sweeper
    with _lock:
        if _sweeper:
            _sweeper.cancel()
        _sweeper = None
    _close(_remove(lambda connection: True))


def _take():
    """A kept connection that still listens, or None."""
    while True:
        with _lock:
            connection = _kept.pop() if _kept else None
        if connection is None or connection.listens():
            return connection
        connection.close()


def _keep(connection):
    global _sweeper
    if connection.server.sock is None:      # closed by one side or the other
        return
    connection.is_new, connection.used_at = False, time.monotonic()
    connection.mails += 1
    with _lock:
        _kept.append(connection)
        if _sweeper is None:
            _sweeper = _later()


def _later():
    timer = threading.Timer(IDLE, _sweep)
    timer.daemon = True
    timer.start()
    return timer


def _sweep():
    """Close those that nobody has used for a while; come again while there are others."""
    global _sweeper
    before = time.monotonic() - IDLE
    _close(_remove(lambda connection: connection.used_at <= before))
    with _lock:
        _sweeper = _later() if _kept else None


def _remove(which):
    with _lock:
        removed = [connection for connection in _kept if which(connection)]
        _kept[:] = [connection for connection in _kept if connection not in removed]
    return removed


def _close(connections):
    for connection in connections:
        connection.close()


def _settings():
    return *vars(settings.mail).items(), host_name()


def connect(plain=smtplib.SMTP, tls=smtplib.SMTP_SSL):
    """A conversation that is as protected as [mail] security asks for, and logged in."""
    mail = settings.mail
    where = {'host': mail.host, 'port': mail.port, 'timeout': mail.timeout, 'local_hostname': host_name()}
    if mail.security == 'tls':
        server = tls(context=ssl.create_default_context(), **where)
    else:
        server = plain(**where)
    try:
        if mail.security == 'starttls':
            server.starttls(context=ssl.create_default_context())
        if mail.user:
            server.login(mail.user, mail.password)
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server
