"""One's own account: what there is to it, where one is logged in, tokens for programs."""
import bottle

from kuma_lite import text, web
from kuma_lite.account import actions, browsers, links
from kuma_lite.account.models import ADDRESS
from kuma_lite.account.recovery_views import PRIVATE
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import rules, second_factor, sessions
from kuma_lite.accounts.models import ApiToken, Session
from kuma_lite.accounts.rules import Invalid
from kuma_lite.web import session
from kuma_lite.wiki.lookups import NUMBER

app = bottle.Bottle()



def owner():
    """The person who asks; refused for who is not logged in."""
    person = session.person()
    if person is None:
        raise web.Refused(401, 'To see your account, please log in first.', {'WWW-Authenticate': 'Bearer'})
    return person


@app.get('/account')
def show():
    return _page()


@app.post('/account/sessions/end')
def end_others():
    count = sessions.end_sessions(owner(), keep=session.token())
    ended = 'One session was' if count == 1 else f'{count} sessions were'
    return web.see_other('/account', f'{ended} ended. This one goes on.')


@app.post(f'/account/sessions/{NUMBER}/end')
def end_one(number):
    if not sessions.end_sessions(owner(), number=int(number)):
        raise web.NotFound('You have no such session; it may have ended.')
    return web.see_other('/account', 'The session was ended.')


@app.post('/account/tokens')
def make_token():
    person, label = owner(), web.line('label')
    try:
        token = actions.make_token(person, label, web.text('password', limit=rules.PASSWORD_BYTES))
    except Invalid as refusal:
        return _page(422, label, str(refusal))
    except accounts.TooMany as refusal:
        return _page(429, label, f'Too many wrong passwords. Please wait {text.minutes(refusal.seconds)}.')
    return web.page('account/token.html', headers=PRIVATE, token=token, label=label)


@app.post(f'/account/tokens/{NUMBER}/revoke')
def revoke(number):
    if not sessions.revoke_token(owner(), int(number)):
        raise web.NotFound('You have no such token; it may have been revoked.')
    return web.see_other('/account', 'The token was revoked. What used it can do nothing any more.')


def _page(status=200, label='', error=''):
    person = owner()
    tokens = ApiToken.select().where(ApiToken.person == person).order_by(ApiToken.id)
    return web.page('account/account.html', status, PRIVATE, tokens=list(tokens), label=label, error=error,
                    sessions=list(Session.of(person)), here=sessions.session_for(session.token()),
                    in_words=browsers.in_words, moving=links.waiting(person, ADDRESS),
                    factor=second_factor.is_on(person), label_limit=actions.LABEL_LIMIT)
