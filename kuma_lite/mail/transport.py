"""Where a finished mail goes: to the SMTP server of [mail], or without one to a file in data/outbox.

Nothing here may be called inside a transaction: a mail server can take its time.
"""
import contextlib
import os
import smtplib
import ssl
from pathlib import Path

from kuma_lite.config import settings
from kuma_lite.mail.message import Undeliverable, host_name

# A 5xx from these is about the mail. Others, and "log in first", are about [mail], which can be put right.
FINAL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
LOG_IN_FIRST = (530, 534, 535, 538)


def send(address, data, name):
    """Hand over a mail for one address; `name` is that of its file if it becomes one.

    Raises Undeliverable when trying again is useless, OSError or SMTPException when it is not.
    """
    if settings.mail.host:
        _to_server(address, data)
    else:
        _to_outbox(name, data)


def _to_server(address, data):
    server = _connect()
    try:
        server.sendmail(settings.mail.sender, [address], data)
    except smtplib.SMTPException as error:
        _raise_if_final(error)
        raise
    else:
        # The mail is accepted; whatever goes wrong with saying goodbye must not send it twice.
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def _connect():
    """A connection that is as protected as [mail] security asks for, and logged in."""
    mail = settings.mail
    where = {'host': mail.host, 'port': mail.port, 'timeout': mail.timeout, 'local_hostname': host_name()}
    if mail.security == 'tls':
        server = smtplib.SMTP_SSL(context=ssl.create_default_context(), **where)
    else:
        server = smtplib.SMTP(**where)
    try:
        if mail.security == 'starttls':
            server.starttls(context=ssl.create_default_context())
        if mail.user:
            server.login(mail.user, mail.password)
    except BaseException:
        server.close()
        raise
    return server


def _raise_if_final(error):
    """Raise Undeliverable for a refusal that will be the same tomorrow."""
    if isinstance(error, FINAL):
        code, _ = _answer(error)
        if 500 <= code <= 599 and code not in LOG_IN_FIRST:
            raise Undeliverable(describe(error)) from error


def describe(error):
    """What went wrong in one line: the server's own words where it said some."""
    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)):
        code, words = _answer(error)
        words = words.decode('utf-8', 'replace') if isinstance(words, bytes) else str(words)
        return f'{code} {" ".join(words.split())}'
    return f'{type(error).__name__}: {error}'


def _answer(error):
    """The (code, words) with which the server refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    return error.smtp_code, error.smtp_error


def outbox():
    """The folder of the mails that had no server to go to; it may not exist yet."""
    return Path(settings.server.data) / 'outbox'


def _to_outbox(name, data):
    """Write the file whole or not at all; a second attempt replaces it."""
    folder = outbox()
    folder.mkdir(mode=0o700, exist_ok=True)
    target, partial = folder / name, folder / f'{name}.partial'
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, target)
