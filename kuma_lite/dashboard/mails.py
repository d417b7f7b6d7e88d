"""The mails of the site, for admins: what became of each, in the mail server's words, and trying again."""
import bottle

from kuma_lite import web
from kuma_lite.config import settings
from kuma_lite.mail import actions, muting
from kuma_lite.mail.message import compose
from kuma_lite.mail.models import STATES, Delivery
from kuma_lite.mail.wire import Undeliverable
from kuma_lite.web import session
from kuma_lite.wiki import access
from kuma_lite.wiki.lookups import NUMBER

app = bottle.Bottle()


@app.get('/mails')
def mails():
    access.require(session.person(), access.ADMIN)
    wanted = {name: value for name in ('state', 'to') if (value := web.query(name))}
    if wanted.get('state', 'sent') not in STATES:
        raise web.Refused(422, f'A state is one of {", ".join(STATES)}.')
    part = web.part_of(Delivery.listed(**wanted), Delivery.id)
    return web.page('dashboard/mails.html', deliveries=part.rows, after=part.next, wanted=wanted,
                    is_newest=not web.query('after'), server=settings.mail.host,
                    counts=Delivery.counts(wanted.get('to', '')))


@app.get('/outbox')
def outbox():
    """Where the list was before."""
    access.require(session.person(), access.ADMIN)
    return web.see_other('/mails')


@app.get(f'/mails/{NUMBER}')
def show(number):
    delivery = _delivery(number)
    return web.page('dashboard/mail.html', delivery=delivery, mail=delivery.message,
                    muted=muting.muted(delivery.address))


@app.get(f'/mails/{NUMBER}.eml')
def raw(number):
    """The mail byte by byte as it is sent; plain text, whatever it holds."""
    try:
        return web.plain(compose(_delivery(number)).decode('utf-8', 'replace'))
    except Undeliverable as problem:
        return web.plain(f'It cannot be sent: {problem}\n')


@app.post(f'/mails/{NUMBER}/retry')
def retry(number):
    delivery = _delivery(number)
    if actions.retry(delivery):
        return web.see_other(f'/mails/{delivery.id}', 'It is sent again; this page shows what comes of it.')
    return web.see_other(f'/mails/{delivery.id}', 'It was sent meanwhile, or waits to be sent.')


def _delivery(number):
    access.require(session.person(), access.ADMIN)
    delivery = Delivery.whole().where(Delivery.id == int(number)).first()
    if delivery is None:
        raise web.NotFound('There is no mail with this number.')
    return delivery
