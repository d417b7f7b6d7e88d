"""Where a finished mail goes: to the SMTP server of [mail], or without one to a file in data/outbox."""
import os
from pathlib import Path

from kuma_lite.config import settings
from kuma_lite.mail import smtp


def send(address, data, name):
    """Hand over a mail for one address; returns in words who took it. `name` is that of its file if it
    becomes one. Not inside a transaction: it can take its time.

    Raises Undeliverable when trying again is useless, OSError or SMTPException when it is not.
    """
    return smtp.send(address, data) if settings.mail.host else _to_outbox(name, data)


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
    return f'There is no SMTP server, so it became the file outbox/{name}.'
