"""The mails that had no SMTP server to go to, for admins."""
import bottle

from kuma_lite import web
from kuma_lite.mail import transport
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

SHOWN = 100     # newest mails in the list


@app.get('/outbox')
def outbox():
    access.require(session.person(), access.ADMIN)
    names = sorted((file.name for file in transport.outbox().glob('*.eml')), reverse=True)
    return web.page('dashboard/outbox.html', names=names[:SHOWN], count=len(names))


@app.get('/outbox/<name:re:[0-9A-Za-z-]{1,100}>.eml')
def mail(name):
    """One mail as it would have been sent; shown as plain text, whatever it holds."""
    access.require(session.person(), access.ADMIN)
    try:
        data = (transport.outbox() / f'{name}.eml').read_bytes()
    except OSError:
        raise web.NotFound('There is no such mail in the outbox.') from None
    return web.plain(data.decode('utf-8', 'replace'))
