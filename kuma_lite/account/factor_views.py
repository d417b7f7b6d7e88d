"""Turning the second factor on and off, and new recovery codes."""
import bottle
import segno

from kuma_lite import text, web
from kuma_lite.account import actions
from kuma_lite.account.recovery_views import PRIVATE
from kuma_lite.account.views import owner
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import rules, second_factor
from kuma_lite.accounts.rules import Invalid

app = bottle.Bottle()

HERE = '/account/second-factor'
PIXELS = 5      # of a square of the picture


@app.get(HERE)
def show():
    person = owner()
    return _on(person) if second_factor.is_on(person) else _off(person, second_factor.new_secret())


@app.post(HERE)
def turn_on():
    person, secret = owner(), web.line('secret')
    try:
        codes = actions.turn_on_factor(person, _password(), secret, web.line('code'))
    except (Invalid, accounts.TooMany, second_factor.TooMany) as refusal:
        if second_factor.is_on(person):
            return _on(person, *_words(refusal))
        return _off(person, secret, *_words(refusal))
    return _codes(codes)


@app.post(f'{HERE}/off')
def turn_off():
    person = owner()
    try:
        actions.turn_off_factor(person, _password(), web.line('code'))
    except (Invalid, accounts.TooMany, second_factor.TooMany) as refusal:
        return _on(person, *_words(refusal))
    return web.see_other('/account', 'The second factor is off: the password is enough.')


@app.post(f'{HERE}/codes')
def new_codes():
    person = owner()
    try:
        codes = actions.new_codes(person, _password(), web.line('code'))
    except (Invalid, accounts.TooMany, second_factor.TooMany) as refusal:
        return _on(person, *_words(refusal))
    return _codes(codes)


def _password():
    return web.text('password', limit=rules.PASSWORD_BYTES)


def _words(refusal):
    if isinstance(refusal, Invalid):
        return 422, str(refusal)
    return 429, f'That was tried too often. Please wait {text.minutes(refusal.seconds)}.'


def _off(person, secret, status=200, error=''):
    if status != 200 and not second_factor.is_secret(secret):
        secret = second_factor.new_secret()
    picture = segno.make(second_factor.address(person, secret), micro=False)
    return web.page('account/factor_off.html', status, PRIVATE, secret=secret, error=error,
                    picture=picture.svg_data_uri(scale=PIXELS, light='#fff'))


def _on(person, status=200, error=''):
    return web.page('account/factor_on.html', status, PRIVATE, error=error,
                    left=second_factor.codes_left(person))


def _codes(codes):
    return web.page('account/codes.html', headers=PRIVATE, codes=codes)
