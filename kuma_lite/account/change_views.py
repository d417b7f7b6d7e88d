"""The forms in which people change their account: name, address, password, time zone, leaving. All but that
of the time zone ask for the password."""
import re

import bottle

from kuma_lite import clock, text, web
from kuma_lite.account import actions, links
from kuma_lite.account.models import ADDRESS
from kuma_lite.account.recovery_views import PRIVATE
from kuma_lite.account.views import owner
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import rules
from kuma_lite.accounts.rules import Invalid
from kuma_lite.web import session

app = bottle.Bottle()

# Those of places; others are old names, or know no summer time.
OFFERED = re.compile('(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/|UTC$')
GONE = ('This link does not work, or not any more: each works once, for an hour, and only the newest one. '
        'Ask for another one on the page “Your account”.')


@app.get('/account/name')
def show_name():
    return _form('name', owner(), typed=owner().name)


@app.post('/account/name')
def rename():
    person, name = owner(), web.line('name')
    refused = _refusal(actions.rename, person, name, _password())
    if refused:
        return _form('name', person, refused, name)
    return web.see_other('/account', f'You are called {person.name} from now on.')


@app.get('/account/address')
def show_address():
    return _form('address', owner())


@app.post('/account/address')
def change_address():
    person, email = owner(), web.line('email')
    refused = _refusal(actions.ask_for_address, person, email, _password())
    if refused:
        return _form('address', person, refused, email)
    return web.see_other('/account', f'A mail with a link is on its way to {email}; it works for an hour.')


@app.get('/account/password')
def show_password():
    return _form('password', owner())


@app.post('/account/password')
def change_password():
    person, old = owner(), web.text('old', limit=rules.PASSWORD_BYTES)
    refused = _refusal(actions.change_password, person, old, _password(), session.token())
    if refused:
        return _form('password', person, refused)
    return web.see_other('/account', 'Your password is changed; all other sessions have ended.')


@app.get('/account/time-zone')
def show_zone():
    return _zone_form(owner().timezone)


@app.post('/account/time-zone')
def choose_zone():
    person, words = owner(), web.line('zone')
    try:
        actions.choose_zone(person, words)
    except Invalid as refusal:
        return _zone_form(words, 422, str(refusal))
    return web.see_other('/account', f'Times are in {person.zone} from now on.')


@app.get('/account/leave')
def show_leave():
    return _form('leave', owner())


@app.post('/account/leave')
def leave():
    person, name = owner(), web.line('name')
    if name not in ('keep', 'drop'):
        raise web.Refused(400, 'Please choose what stands beside what you wrote.')
    refused = _refusal(actions.leave, person, _password(), name == 'keep')
    if refused:
        return _form('leave', person, refused, name)
    session.end()
    return web.see_other('/', 'Your account is closed. Thank you for what you wrote.')


@app.get('/confirm')
def show_confirm():
    words = web.query('link')
    link = links.find(ADDRESS, words)
    if link is None:
        return _gone()
    return web.page('account/confirm.html', headers=PRIVATE, link=link, words=words)


@app.post('/confirm')
def confirm():
    try:
        person = actions.confirm_address(web.line('link'))
    except actions.Gone:
        return _gone()
    target = '/account' if session.person() else '/login'
    return web.see_other(target, f'Mails go to {person.email} from now on.')


def _password():
    return web.text('password', limit=rules.PASSWORD_BYTES)


def _refusal(action, *args):
    """(status, sentence) if it was refused, or None."""
    try:
        action(*args)
    except Invalid as refusal:
        return 422, str(refusal)
    except accounts.TooMany as refusal:
        return 429, f'Too many wrong passwords. Please wait {text.minutes(refusal.seconds)}.'
    return None


def _form(what, person, refused=(200, ''), typed=''):
    status, error = refused
    return web.page(f'account/{what}.html', status, PRIVATE, someone=person, error=error, typed=typed,
                    least=rules.PASSWORD_LEAST)


def _zone_form(typed, status=200, error=''):
    zones = [name for name in text.zones().values() if OFFERED.match(name)]
    return web.page('account/zone.html', status, PRIVATE, typed=typed, error=error, zones=zones,
                    now=clock.now())


def _gone():
    return web.page('account/gone.html', 404, PRIVATE, sentence=GONE)
