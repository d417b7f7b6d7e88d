"""A mail to try out the settings of [mail]: every line that goes to and fro, without the password."""
import smtplib
import ssl
from email.utils import formatdate

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.mail import connections, smtp, wire

TEXT = 'This mail was sent to see whether the wiki can send mail. It can.\n'


class _Heard:
    """What both of smtplib's classes say and hear, told to `tell`."""

    def __init__(self, **where):
        self._is_secret = False
        super().__init__(**where)

    def putcmd(self, cmd, args=''):
        words = f'{cmd} {args}'.strip()
        if cmd.upper() == 'AUTH':
            words, self._is_secret = ' '.join(words.split()[:2]) + ' …', True
        elif self._is_secret:
            words = '…'
        self.tell(f'> {words}')
        super().putcmd(cmd, args)

    def getreply(self):
        code, words = super().getreply()
        self._is_secret = self._is_secret and code == 334       # asked for more of the log-in
        for line in words.decode('utf-8', 'replace').splitlines() or ['']:
            self.tell(f'< {code} {line}')
        return code, words


def hold(address, tell):
    """Send a mail to one address, and `tell(line)` the whole conversation; whether the server took it."""
    mail = settings.mail
    if not mail.host:
        tell('[mail] host is empty, so mails become files in the outbox of the data folder.')
        return False
    plain = type('Plain', (_Heard, smtplib.SMTP), {'tell': staticmethod(tell)})
    tls = type('Tls', (_Heard, smtplib.SMTP_SSL), {'tell': staticmethod(tell)})
    tell(f'{mail.host}:{mail.port}, security {mail.security}, timeout {mail.timeout} s')
    try:
        data = _mail(address)
        server = connections.connect(plain, tls)
    except (OSError, smtplib.SMTPException, wire.Undeliverable) as error:
        tell(f'{_sentence(error)} {_advice(error)}')
        return False
    with server:        # says goodbye
        took = _send(server, address, data, tell)
    tell('The server took it.' if took else 'The server did not take it; its words above say why.')
    return took


def _send(server, address, data, tell):
    if isinstance(server.sock, ssl.SSLSocket):
        tell(f'({server.sock.version()}, {server.sock.cipher()[0]})')
    try:
        for code, _ in (server.mail(settings.mail.sender), server.rcpt(address)):
            if code >= 300:
                return False
        tell(f'({len(data):,} bytes follow)')
        code, _ = server.data(data)
    except (OSError, smtplib.SMTPException) as error:
        tell(_sentence(error))
        return False
    return code == 250


def _mail(address):
    return wire.build({'From': wire.checked_address(settings.mail.sender),
                       'To': wire.checked_address(address),
                       'Subject': f'[{settings.site.name}] A mail to try it out',
                       'Date': formatdate(clock.now()), 'Auto-Submitted': 'auto-generated'}, TEXT)


def _sentence(error):
    return f'{smtp.describe(error).rstrip(".")}.'


def _advice(error):
    if isinstance(error, ssl.SSLCertVerificationError):
        return 'The name in [mail] host must be the one in its certificate.'
    if isinstance(error, ssl.SSLError):
        return 'Port 465 wants security = tls, port 587 wants starttls.'
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return 'Look at [mail] user and password.'
    return 'Look at [mail] host, port and security.'
