"""What a person sees of the mails to their own address: whether they arrive, and how to try again."""
import bottle

from kuma_lite import web
from kuma_lite.accounts.models import Person
from kuma_lite.mail import muting
from kuma_lite.mail.models import Delivery
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

SHOWN = 10      # the newest mails


@app.get('/your-mail')
def show():
    person = _person()
    return web.page('dashboard/own_mail.html', headers={'Cache-Control': 'no-store'},
                    muted=muting.muted(person.email), mails=_newest(person))


def _newest(person):
    """The newest mails to their address; none for whoever signed up with the address of somebody else."""
    if not person.email or person.others_with_address().where(Person.id < person.id).exists():
        return []
    return list(Delivery.to(person.email).order_by(Delivery.id.desc()).limit(SHOWN))


@app.post('/your-mail')
def unmute():
    person = _person()
    muting.unmute(person.email)
    return web.see_other('/your-mail', 'From now on mails go to your address again.')


def _person():
    access.require(session.person(), access.SUBSCRIBE)
    return session.person()
