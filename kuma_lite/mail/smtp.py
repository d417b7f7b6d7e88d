"""One mail in a conversation with the SMTP server of [mail], and what its answers mean.

Nothing here may be called inside a transaction: a mail server can take its time.
"""
import re
import smtplib

from kuma_lite.config import settings
from kuma_lite.mail import connections
from kuma_lite.mail.wire import Undeliverable

LOST = (smtplib.SMTPServerDisconnected, OSError)
CLOSING, UNREADABLE = 421, -1           # answers after which there is nothing more to say
LOG_IN_FIRST = (530, 534, 535, 538)     # about [mail], which can be put right, and not about a mail
POLICY = re.compile(rb'5\.7\.')         # RFC 3463: about who sends, not about where to


class AddressRefused(Undeliverable):
    """The server takes no mail for this address; the message is what it said."""


class NotNow(smtplib.SMTPResponseException):
    """The server did not say yes; it may do so later."""


class NoAnswer(smtplib.SMTPException):
    """The connection was lost while the mail was handed over: it may have arrived, or not."""


def send(address, data):
    """Hand a mail for one address to the server; returns what it said when it took it.

    Raises Undeliverable when trying again is useless, OSError or SMTPException when it is not.
    """
    with connections.lent() as connection:
        _address(connection, address, len(data))
        return _hand_over(connection.server, data)


def describe(error):
    """What went wrong in one line: the server's own words where it said some."""
    if isinstance(error, smtplib.SMTPResponseException):
        return said(error.smtp_code, error.smtp_error)
    if isinstance(error, (NoAnswer, Undeliverable)):
        return str(error)
    where = f'{settings.mail.host}:{settings.mail.port}' if settings.mail.host else 'The outbox'
    return f'{where}: {" ".join(str(error).split()) or "no answer"} ({type(error).__name__})'


def said(code, words):
    """'550 No such person here': what a server answered, on one line."""
    words = words.decode('utf-8', 'replace') if isinstance(words, bytes) else str(words)
    return f'{code} {" ".join(words.split())}'


def _address(connection, address, size):
    """Say from whom and to whom. A kept connection that proves useless is replaced: none of the mail has
    been sent yet."""
    try:
        _envelope(connection.server, address, size)
    except (*LOST, NotNow) as error:
        if connection.is_new or getattr(error, 'smtp_code', CLOSING) != CLOSING:
            raise
        connection.renew()
        _envelope(connection.server, address, size)


def _envelope(server, address, size):
    options = [f'size={size}'] if server.has_extn('size') else []
    _check(server, *server.mail(settings.mail.sender, options))
    code, words = server.rcpt(address)
    _check(server, code, words, Undeliverable if POLICY.match(words) else AddressRefused)


def _hand_over(server, data):
    try:
        answer = server.data(data)
    except smtplib.SMTPDataError as error:
        answer = error.smtp_code, error.smtp_error
    except LOST as error:
        raise NoAnswer('The connection was lost while the mail was handed over. It may have arrived, and is '
                       f'sent again under the same Message-ID. ({error})') from error
    _check(server, *answer)
    return said(*answer)


def _check(server, code, words, final=Undeliverable):
    """Raise `final` for a refusal that will be the same tomorrow, NotNow for any other."""
    if 200 <= code <= 299:
        return
    if code in (CLOSING, UNREADABLE):
        server.close()
    if 500 <= code <= 599 and code not in LOG_IN_FIRST:
        raise final(said(code, words))
    raise NotNow(code, words)
