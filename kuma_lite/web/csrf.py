"""Proof that a form was sent from a page of ours: a token bound to the session or to the visitor.

`wsgi` calls `check` before every view that may change something. A view that is guarded by a
secret of its own says `@app.post(..., csrf=False)`.
"""
from urllib.parse import urlsplit

import bottle

from kuma_lite.config import settings
from kuma_lite.web import forms, session, signing
from kuma_lite.web.refusals import Forbidden

FIELD = 'csrf'
SAFE = ('GET', 'HEAD', 'OPTIONS')
EXPIRED = ('This form has expired, or was not sent from a page of this site, so nothing was changed. '
           'Open the page again and send it once more.')

configure = signing.configure


class Expired(Forbidden):
    """The form is from a page of ours, as far as the browser says, but from before the person logged in."""


def token():
    """The token for the forms of this answer; gives a browser that has none a visitor cookie."""
    bottle.request.environ['kuma.private'] = True    # pages that hold it are nobody else's
    if session.token():
        return signing.sign('csrf session', session.token())
    return signing.sign('csrf visitor', session.visitor(create=True))


def field():
    """The hidden field that every form with method POST holds (HTML)."""
    return f'<input type="hidden" name="{FIELD}" value="{token()}">'


def check():
    """Raise Forbidden unless this request was meant by the person whose cookie it carries."""
    if bottle.request.method in SAFE or session.bearer():    # no browser adds a Bearer token by itself
        return
    if not _same_site():
        raise Forbidden(EXPIRED)
    if not _known(_given()):
        raise Expired(EXPIRED)


def _same_site():
    """What the browser says of the page that sent this; a browser that says nothing may pass."""
    environ = bottle.request.environ
    if 'HTTP_SEC_FETCH_SITE' in environ:
        return environ['HTTP_SEC_FETCH_SITE'] in ('same-origin', 'none')
    if 'HTTP_ORIGIN' in environ:
        return environ['HTTP_ORIGIN'].partition('://')[2] == _own(environ)    # "null" leaves '': nobody's
    return True


def _own(environ):
    """The host and port of our pages, as a browser calls them."""
    return urlsplit(settings.site.base_url).netloc.lower() or environ.get('HTTP_HOST')


def _given():
    header = bottle.request.environ.get('HTTP_X_CSRF_TOKEN', '')
    fields = [raw.decode('utf-8', 'replace') for name, raw in forms.pairs() if name == FIELD]
    return header or ''.join(fields)


def _known(given):
    if session.token():
        return signing.matches('csrf session', session.token(), given)
    return bool(session.visitor()) and signing.matches('csrf visitor', session.visitor(), given)
