"""A real mail server for tests, which accepts, refuses, stalls or hangs up as it is told.

    with smtp.Server() as server:       # [mail] points at it
        server.mode = 'hang'
"""
import asyncio
import email
import email.policy
import socket
import ssl
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from kuma_lite.config import settings
from kuma_lite.mail import connections

CERTIFICATE = Path(__file__).with_name('tls.pem')    # for 127.0.0.1, with its key; trusted by nobody else


class Server:
    """`mails` holds what was accepted; `refused` the addresses that get a 550.

    mode: 'accept', 'refuse' (550 for every recipient), 'later' (451), 'hang' (no answer to MAIL),
    'drop' (takes the mail, then the line goes dead before it says so), 'stall' (takes it and never says
    so), 'close' (says so, and closes), 'reject' (554 after DATA). `most`: how many mails it takes over one
    connection; more get a 421, or with `abrupt` no answer at all. `hanging` is set once it hangs.
    security: as in [mail]. password: what a sender must log in with.
    """

    def __init__(self, security='none', password=None, port=None):
        self._port = port
        self.mode = 'accept'
        self._security = security
        self._password = password
        self.mails = []
        self.refused = set()
        self.refusal = '550 No such person here'
        self.most, self.abrupt = 1000, False
        self.transports = {}    # that of each connection over which a mail was begun, by the sender's port
        self.hanging = threading.Event()
        self.tries = []         # every RCPT, also the refused ones

    def __enter__(self):
        self._port = self._port or free_port()
        self._controller = Controller(self, hostname='127.0.0.1', port=self._port, **self._options())
        self._controller.start()
        settings.mail.host, settings.mail.port = '127.0.0.1', self._controller.port
        settings.mail.security = self._security
        settings.mail.timeout = 0.3
        return self

    def __exit__(self, *error):
        connections.close_all()
        self._controller.stop()

    def _options(self):
        options = {}
        if self._security != 'none':
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            options['ssl_context' if self._security == 'tls' else 'tls_context'] = context
            options['require_starttls'] = self._security == 'starttls'
        if self._password:
            options.update(auth_required=True, auth_require_tls=False, authenticator=self._log_in)
        return options

    def _log_in(self, server, session, envelope, mechanism, login):
        return AuthResult(success=login.password == self._password.encode(), handled=False)

    @property
    def recipients(self):
        return [address for mail in self.mails for address in mail.recipients]

    async def _say_goodbye(self, server):
        if self.abrupt:
            server.transport.abort()
            await asyncio.sleep(60)
        asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return '421 Too many mails over this connection'

    async def handle_MAIL(self, server, session, envelope, address, options):    # noqa: N802 (aiosmtpd's name)
        if self.mode == 'hang':
            self.hanging.set()
            await asyncio.sleep(60)
        self.transports[session.peer] = server.transport
        session.mails = getattr(session, 'mails', 0) + 1
        if session.mails > self.most:
            return await self._say_goodbye(server)
        envelope.mail_from = address
        return '250 OK'

    async def handle_RCPT(self, server, session, envelope, address, options):    # noqa: N802 (aiosmtpd's name)
        self.tries.append(address)
        if self.mode == 'later':
            return '451 Come back later'
        if self.mode == 'refuse' or address in self.refused:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):    # noqa: N802 (aiosmtpd's name)
        if self.mode == 'reject':
            return '554 This looks like spam'
        self.mails.append(Mail(envelope))
        if self.mode == 'drop':
            server.transport.abort()
        if self.mode in ('drop', 'stall'):
            await asyncio.sleep(60)
        if self.mode == 'close':
            asyncio.get_running_loop().call_later(0.01, server.transport.close)
        return '250 Accepted'


class Mail:
    """One mail as the server took it: `data` are its bytes, `parsed` what a reader makes of them."""

    def __init__(self, envelope):
        self.sender = envelope.mail_from
        self.recipients = list(envelope.rcpt_tos)
        self.data = envelope.content
        self.parsed = email.message_from_bytes(self.data, policy=email.policy.default)
        self.text = self._body('plain')
        self.html = self._body('html')      # '' where there is none

    def _body(self, kind):
        part = self.parsed.get_body([kind])
        return part.get_content().replace('\r\n', '\n') if part else ''

    def __getitem__(self, name):
        return self.parsed[name]


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]
