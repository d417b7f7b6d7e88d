"""“Forgot your password?”: asking for the mail, and what its link leads to.

The link stands in the query, which no log and no record of a task holds. Its page changes nothing: programs
that look at links before their reader does use none of them up.
"""
import bottle

from kuma_lite import web
from kuma_lite.account import actions, links
from kuma_lite.account.models import RECOVER
from kuma_lite.accounts import rules
from kuma_lite.accounts.rules import Invalid
from kuma_lite.queue import context

app = bottle.Bottle()

PRIVATE = {'Cache-Control': 'no-store'}
OFTEN = 'This form was sent too often from your network address. Please try again later.'
NOTHING = 'Please say your name here, or your mail address.'
GONE = ('This link does not work, or not any more: each works once, for an hour, and only the newest one. '
        'Ask for another one on the page “Log in”.')


@app.get('/login/forgotten')
def show_forgotten():
    return web.page('account/forgotten.html', error='')


@app.post('/login/forgotten')
def ask():
    words = web.line('who')
    if not words:
        return web.page('account/forgotten.html', 422, error=NOTHING)
    try:
        actions.ask_for_recovery(words, context.current().address)
    except actions.TooMany as refusal:
        return web.page('account/forgotten.html', 429, {'Retry-After': str(refusal.seconds)}, error=OFTEN)
    return web.page('account/asked.html')


@app.get('/recover')
def show_recover():
    words = web.query('link')
    link = links.find(RECOVER, words)
    return _gone() if link is None else _form(link, words)


@app.post('/recover')
def recover():
    words, password = web.line('link'), web.text('password', limit=rules.PASSWORD_BYTES)
    try:
        actions.recover(words, password)
    except Invalid as problem:
        link = links.find(RECOVER, words)
        return _gone() if link is None else _form(link, words, 422, str(problem))
    except actions.Gone:
        return _gone()
    return web.see_other('/login', notice='Your password is changed. Please log in with it.')


def _form(link, words, status=200, error=''):
    return web.page('account/recover.html', status, PRIVATE, link=words, someone=link.person, error=error,
                    least=rules.PASSWORD_LEAST)


def _gone():
    return web.page('account/gone.html', 404, PRIVATE, sentence=GONE)
