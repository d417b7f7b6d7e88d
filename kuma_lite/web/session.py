"""Who is asking: the session cookie, the visitor cookie, the API token.

Sessions are kept by `accounts`, which stands to the right: `app.py` tells us through `configure`
how a token becomes a person.
"""
import secrets

import bottle

from kuma_lite import db
from kuma_lite.queue import context
from kuma_lite.web import addresses, cookies, limits
from kuma_lite.web.refusals import Refused

SESSION, VISITOR = 'kuma_session', 'kuma_visitor'
LIFETIME = 180 * 24 * 3600    # seconds that the cookie of a session stays; `accounts` ends most sooner


def _nobody(token):
    return None


_load_person, _load_bearer = _nobody, _nobody


def configure(person, bearer=_nobody):
    """Set the functions that turn a session token and an API token into a person or None."""
    global _load_person, _load_bearer
    _load_person, _load_bearer = person, bearer


def person():
    """The person who asks, or None. Looked up once in a request, and only if somebody wants to know."""
    environ = bottle.request.environ
    if 'kuma.person' not in environ:
        with db.connection():
            environ['kuma.person'] = _find()
        if environ['kuma.person']:
            context.update(user=environ['kuma.person'].name)
    return environ['kuma.person']


def _find():
    if bearer():
        return _load_bearer(bearer()) or _unknown_token()
    return _load_person(token()) if token() else None


def _unknown_token():
    raise Refused(401, 'This token is not known here, or not any more.', {'WWW-Authenticate': 'Bearer'})


def bearer():
    """The API token of this request, or ''. It counts under /api/ only, and there before any cookie."""
    environ = bottle.request.environ
    if not bottle.request.path.startswith('/api/'):
        return ''
    scheme, _, value = environ.get('HTTP_AUTHORIZATION', '').partition(' ')
    return value.strip() if scheme.lower() == 'bearer' else ''


def token():
    """The session token of this request, or ''; also one that `start` or `end` has just set."""
    environ = bottle.request.environ
    return environ['kuma.session'] if 'kuma.session' in environ else cookies.read(SESSION)


def start(token):
    """Give the browser a session with the answer to this request. Always a new token, never a given one."""
    _set(token)
    cookies.write(SESSION, token, LIFETIME)
    if visitor():
        cookies.drop(VISITOR)


def end():
    """Take the session from the browser; `accounts` deletes its row."""
    _set('')
    cookies.drop(SESSION)


def _set(token):
    environ = bottle.request.environ
    environ['kuma.session'] = token
    environ.pop('kuma.person', None)


def agent():
    """What the browser calls itself."""
    return bottle.request.environ.get('HTTP_USER_AGENT', '')


def login_address():
    """Where to log in. It leads back to the page that shows it, if that can be asked for again."""
    request = bottle.request
    here = request.path + ('?' + request.query_string if request.query_string else '')
    address = addresses.with_query('/login', next=here)
    again = request.method == 'GET' and request.path != '/login' and len(address) < limits.QUERY
    return address if again else '/login'


def visitor(create=False):
    """What tells one browser without a session from another; '' if it has nothing yet."""
    environ = bottle.request.environ
    value = environ.get('kuma.visitor') or cookies.read(VISITOR)
    if not value and create:
        value = secrets.token_urlsafe(24)
        environ['kuma.visitor'] = value
        cookies.write(VISITOR, value)
    return value
