"""The form for those who want an account, what the link that it mails leads to, and the list of those who
wait for an account.

The link stands in the query, which no log and no record of a task holds. Its page changes nothing: programs
that look at links before their reader does confirm none of them."""
import re

import bottle

from kuma_lite import text, web
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import rules, sessions
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings
from kuma_lite.queue import context
from kuma_lite.signup import actions, forms
from kuma_lite.signup.models import DAY, LIFETIME, Application
from kuma_lite.web import session
from kuma_lite.web.forms import pairs
from kuma_lite.wiki import access

app = bottle.Bottle()

CLOSED = 'Nobody can make an account here alone; an admin of this wiki makes accounts.'
NOBODY = 'Please tick those whom you mean.'
GONE = ('This link does not work, or not any more: each works once, for three days. If you have followed it '
        'before, your account is made: log in. If not, sign up once more.')
UNCONFIRMED = '/signups?which=unconfirmed'
PRIVATE = {'Cache-Control': 'no-store'}
FASTER = 'Somebody else has decided about these in the meantime.'
DAYS = LIFETIME // DAY


@app.get('/signup')
def show():
    _check_open()
    return web.see_other('/') if session.person() else _form()


@app.post('/signup')
def sign_up():
    _check_open()
    if session.person():
        return web.see_other('/')
    name, email, password = web.line('name'), web.line('email'), _password()
    words, trap, stamp = web.text('words', ''), web.text(forms.TRAP), web.text('began')
    address = context.current().address
    try:
        actions.count_try(address)
        forms.check(trap, stamp)
        person = actions.sign_up(name, email, password, words.strip(), address)
    except actions.TooMany as refusal:
        return _form(429, name, email, words, stamp, str(refusal), {'Retry-After': str(refusal.seconds)})
    except Invalid as refusal:
        return _form(422, name, email, words, stamp, str(refusal))
    if settings.accounts.confirm:
        return web.page('signup/mailed.html', email=email)
    return _done(person)


@app.get('/signup/confirm')
def show_confirm():
    _check_open()
    words = web.query('link')
    application = actions.find(words)
    return _gone() if application is None else _confirm_form(words, application.name)


@app.post('/signup/confirm')
def confirm():
    _check_open()
    words, name, password = web.line('link'), web.line('name'), _password()
    try:
        person = actions.confirm(words, name, password, context.current().address)
    except Invalid as refusal:
        return _confirm_form(words, name, 422, str(refusal))
    except accounts.TooMany as refusal:
        return _confirm_form(words, name, 429, f'Too many wrong passwords. Please wait '
                             f'{text.minutes(refusal.seconds)}.', {'Retry-After': str(refusal.seconds)})
    except actions.Gone:
        return _gone()
    return _done(person)


@app.get('/signups')
def waiting():
    access.require(session.person(), access.APPROVE)
    return _list()


@app.post('/signups')
def decide():
    access.require(session.person(), access.APPROVE)
    verdict, reason, ticked = web.text('verdict'), web.line('reason', '', limit=1000), _ticked()
    if verdict not in ('accept', 'decline'):
        raise web.Refused(400, 'Please choose one of the buttons.')
    chosen = list(Application.select().where(Application.id.in_(ticked)).order_by(Application.id))
    if not chosen:
        return _list(409, FASTER, reason) if ticked else _list(422, NOBODY, reason)
    decide = _accept if verdict == 'accept' else _decline
    return web.see_other('/signups', notice=decide(chosen, session.person(), reason))


def _password():
    return web.text('password', limit=rules.PASSWORD_BYTES)


def _check_open():
    if settings.accounts.signup == 'closed':
        raise web.NotFound(CLOSED, login='/login')


def _form(status=200, name='', email='', words='', stamp='', error='', headers=None):
    return web.page('signup/form.html', status, headers, username=name, email=email, words=words, error=error,
                    began=forms.renewed(stamp), least=rules.PASSWORD_LEAST, trap=forms.TRAP,
                    approval=settings.accounts.signup == 'approval', words_limit=actions.WORDS_LIMIT,
                    confirm=settings.accounts.confirm, looks_at=_looks_at())


def _looks_at():
    """How many edits of a new account wait for a moderator."""
    return settings.spam.approve_first if settings.accounts.signup_role == 'editor' else 0


def _confirm_form(words, name, status=200, error='', headers=None):
    return web.page('signup/confirm.html', status, {**PRIVATE, **(headers or {})}, link=words, username=name,
                    error=error, approval=settings.accounts.signup == 'approval')


def _gone():
    return web.page('signup/gone.html', 404, PRIVATE, sentence=GONE)


def _done(person):
    if person is None:
        return web.page('signup/noted.html')
    sessions.log_in(person)
    return web.see_other('/', notice=f'Welcome, {person.name}. You have an account now, and are logged in.')


def _list(status=200, error='', reason=''):
    unconfirmed = web.query('which') == 'unconfirmed'
    part = web.part_of(Application.unconfirmed() if unconfirmed else Application.listed(), Application.id)
    return web.page('signup/waiting.html', status, applications=part.rows, after=part.next, error=error,
                    reason=reason, is_newest=not web.query('after'), mode=settings.accounts.signup,
                    here=UNCONFIRMED if unconfirmed else '/signups', elsewhere=UNCONFIRMED,
                    unconfirmed=unconfirmed, others=Application.unconfirmed().count(), days=DAYS)


def _ticked():
    """The ids of the applications that are ticked; some may be gone."""
    return [found[1] for field, _ in pairs() if (found := re.fullmatch('pick-([0-9]{1,18})', field))]


def _accept(chosen, person, reason):
    made, refused = 0, []
    for application in chosen:
        try:
            made += actions.accept(application, person, reason) is not None
        except Invalid as refusal:
            refused.append(str(refusal))
    return ' '.join([_counted(made, 'made'), *refused])


def _decline(chosen, person, reason):
    done = sum(actions.decline(application, person, reason) for application in chosen)
    return _counted(done, 'declined')


def _counted(count, done):
    return f'{"One account was" if count == 1 else f"{count:,} accounts were"} {done}.'
