"""Logging in, in one step or two, and out; and the first account."""
import bottle

from kuma_lite import text, web
from kuma_lite.accounts import actions, bans, rules, second_factor, sessions
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.mail import muting
from kuma_lite.web import session

app = bottle.Bottle()

NEXT_LIMIT = 10_000     # characters; what is too long to be followed still must not stop a log-in


@app.get('/login')
def show_login():
    return _login_page(next=web.local(web.query('next', limit=NEXT_LIMIT)))


@app.post('/login')
def login():
    name, password = web.line('name'), _password()
    target = web.local(web.text('next', '/'))
    try:
        person = _check_login(name, password)
    except actions.Banned as refusal:
        return _login_page(403, name, target, str(refusal))
    if person is None:
        return _login_page(403, name, target, 'That name and password do not belong together.')
    if second_factor.is_on(person):
        return _code_page(second_factor.pending(person), target)
    sessions.log_in(person)
    return web.see_other(target, notice=_about_mail(person))


@app.post('/login/code')
def second_step():
    """The code, after the right password."""
    proof, code, target = web.line('proof'), web.line('code'), web.local(web.text('next', '/'))
    person = second_factor.find_pending(proof)
    if person is None or bans.of_person(person):
        return _login_page(403, next=target, error='That took too long. Please log in once more.')
    try:
        fits = second_factor.accepts(person, code)
    except second_factor.TooMany as refusal:
        return _code_page(proof, target, 429, _too_many(refusal), {'Retry-After': str(refusal.seconds)})
    if not fits:
        return _code_page(proof, target, 403, 'That code does not count: it is wrong, too old, or was used.')
    sessions.log_in(person)
    return web.see_other(target, notice=_about_codes(person) or _about_mail(person))


@app.post('/logout')
def logout():
    sessions.end_session(session.token())
    session.end()
    return web.see_other('/', notice='You are logged out.')


@app.get('/setup/<token>')
def show_setup(token):
    _check_setup(token)
    return _setup_page()


@app.post('/setup/<token>')
def setup(token):
    _check_setup(token)
    name, email, password = web.line('name'), web.line('email'), _password()
    try:
        person = actions.create_first_person(token, name, email, password)
    except actions.Invalid as problem:
        return _setup_page(422, name, email, str(problem))
    except actions.AlreadySetUp:
        raise _not_set_up_here() from None
    sessions.log_in(person)
    return web.see_other('/', notice=f'Welcome, {person.name}. The wiki is yours.')


def _about_mail(person):
    """What somebody cannot be told by mail: that none reaches them any more."""
    return muting.muted(person.email) is not None and (
        f'No more mails go to {person.email}: they were refused there. “Your account” says more.')


def _password():
    return web.text('password', limit=rules.PASSWORD_BYTES)


def _login_page(status=200, name='', next='/', error=''):
    return web.page('accounts/login.html', status, username=name, next=next, error=error,
                    approval=settings.accounts.signup == 'approval', confirm=settings.accounts.confirm)


def _code_page(proof, next, status=200, error='', headers=None):
    return web.page('accounts/code.html', status, headers, proof=proof, next=next, error=error)


def _too_many(refusal):
    return f'There were too many codes. Please try again in {text.minutes(refusal.seconds)}.'


def _about_codes(person):
    """What somebody is told who has used one of the last recovery codes."""
    left = second_factor.codes_left(person)
    return left < 3 and f'You have {left} recovery codes left; make new ones in “Your account”.'


def _setup_page(status=200, name='', email='', error=''):
    return web.page('accounts/setup.html', status, username=name, email=email, error=error,
                    least=rules.PASSWORD_LEAST)


def _check_login(name, password):
    try:
        return actions.check_login(name, password, bottle.request.environ.get('REMOTE_ADDR', ''))
    except actions.TooMany as refusal:
        raise web.Refused(429, 'There were too many failed log-ins. Please try again in '
                          f'{text.minutes(refusal.seconds)}.',
                          {'Retry-After': str(refusal.seconds)}) from None


def _check_setup(token):
    if not actions.valid_setup(token):
        raise _not_set_up_here()


def _not_set_up_here():
    if Person.select().exists():
        return web.NotFound('This wiki has its first account already: the set-up link has done its work. '
                            'Log in, or ask an admin for an account.', login='/login')
    return web.NotFound('This is not the set-up link of this wiki; "serve" prints it when it starts.')
