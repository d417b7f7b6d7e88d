"""Bans: the list of them, the form, and the way to both from what somebody wrote."""
import bottle

from kuma_lite import web
from kuma_lite.accounts import bans as in_force
from kuma_lite.accounts.models import Ban
from kuma_lite.accounts.rules import Invalid
from kuma_lite.moderation import actions, forms
from kuma_lite.web import session
from kuma_lite.wiki import access
from kuma_lite.wiki.lookups import NUMBER

app = bottle.Bottle()

LIFTED = 'The ban is lifted.'
OVER = 'This ban has ended already.'


@app.get('/moderation/bans')
def bans():
    _require()
    return _page(forms.BanForm(web.query('name'), web.query('network')))


@app.post('/moderation/bans')
def ban():
    _require()
    typed = forms.read()
    try:
        made = actions.ban(session.person(), typed.person(), typed.network, typed.reason, typed.until())
    except Invalid as refusal:
        return _page(typed, 422, str(refusal))
    return web.see_other('/moderation/bans', notice=f'{made.whom} may not write here from now on.')


@app.post(f'/moderation/bans/{NUMBER}/lift')
def lift(number):
    _require()
    found = Ban.get_or_none(Ban.id == number)
    if found is None:
        raise web.NotFound('There is no such ban.')
    was_in_force = actions.lift(found, session.person())
    return web.see_other('/moderation/bans', notice=LIFTED if was_in_force else OVER)


def about_author(author, address, person):
    """The ways to ban somebody, for `wiki.panels`."""
    if not access.may(person, access.MODERATE) or not (author or address):
        return ''
    author = author if author != person else None
    return web.render('moderation/about_author.html', author=author, address=address,
                      ban=author and in_force.of_person(author))


def _require():
    access.require(session.person(), access.MODERATE)


def _page(typed, status=200, error=''):
    part = web.part_of(Ban.listed(), Ban.id)
    return web.page('moderation/bans.html', status, typed=typed, error=error, lengths=forms.LENGTHS,
                    bans=part.rows, after=part.next, is_newest=not web.query('after'))
