"""The mails that had no SMTP server to go to, for admins."""
import email
import email.policy
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import bottle

from kuma_lite import web
from kuma_lite.config import settings
from kuma_lite.mail import transport
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

SHOWN = 100     # newest mails in the list
MAIL = '/outbox/<name:re:[0-9A-Za-z-]{1,100}>'


class Mail(NamedTuple):
    name: str
    to: str
    subject: str
    sent_at: float      # epoch seconds
    text: str


@app.get('/outbox')
def outbox():
    access.require(session.person(), access.ADMIN)
    names = sorted((file.stem for file in transport.outbox().glob('*.eml')), reverse=True)
    return web.page('dashboard/outbox.html', mails=[_read(name) for name in names[:SHOWN]], count=len(names),
                    server=settings.mail.host)


@app.get(MAIL)
def show(name):
    access.require(session.person(), access.ADMIN)
    return web.page('dashboard/mail.html', mail=_read(name))


@app.get(MAIL + '.eml')
def raw(name):
    """The mail byte by byte as it would have been sent; plain text, whatever it holds."""
    access.require(session.person(), access.ADMIN)
    return web.plain(_bytes(name).decode('utf-8', 'replace'))


def _read(name):
    parsed = email.message_from_bytes(_bytes(name), policy=email.policy.default)
    return Mail(name, str(parsed['To']), str(parsed['Subject']),
                parsedate_to_datetime(parsed['Date']).timestamp(), parsed.get_content())


def _bytes(name):
    try:
        return (transport.outbox() / f'{name}.eml').read_bytes()
    except OSError:
        raise web.NotFound('There is no such mail in the outbox.') from None
