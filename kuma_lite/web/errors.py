"""The pages and the JSON for what went wrong. Whatever a person typed is on the page, to be copied."""
import logging

import bottle

from kuma_lite import db
from kuma_lite.queue import context
from kuma_lite.web import addresses, pages, session, typed
from kuma_lite.web.refusals import Refused

log = logging.getLogger(__name__)

TITLES = {
    400: 'That did not work', 401: 'Please log in', 403: 'Not allowed', 404: 'Not found',
    405: 'Not possible here', 409: 'Somebody was faster', 413: 'Too long', 414: 'Too long',
    415: 'Wrong kind of data', 422: 'That did not work', 429: 'Too many requests',
    500: 'Something went wrong', 503: 'Not available now',
}
SENTENCES = {
    404: 'There is nothing at this address.',
    405: 'This address does not take that kind of request.',
}
BUSY = 'The wiki cannot write anything just now. Nothing was saved; please try again in a moment.'
FULL = ('The disk of this wiki is full or does not work. Nothing was saved; please keep your text and tell '
        'the person who runs this site.')
CANNOT_WRITE = {'busy': (BUSY, '10'), 'full': (FULL, '60')}     # with the seconds until it may be worth a try
BROKEN = ('An error in the wiki kept it from answering. It has been written to the log; '
          'the person who runs this site finds it there by the number below.')


def answer(error):
    """The answer for an exception that left a view; one that is not a refusal is logged."""
    refusal = error if isinstance(error, Refused) else _refusal(error)
    try:
        return _json(refusal) if wants_json() else _page(refusal)
    except Exception:
        log.exception('The page for an error failed')
        return pages.plain(f'{refusal.sentence}\n', refusal.status)


def _refusal(error):
    """What to say of an error that is ours."""
    bottle.request.environ.setdefault('kuma.person', None)    # do not ask a database that may be broken
    cause = f'Request {request_id()} failed: {context.current().cause}'
    if why := db.cannot_write(error):
        log.warning('%s: %s', cause, error)
        sentence, seconds = CANNOT_WRITE[why]
        return Refused(503, sentence, {'Retry-After': seconds})
    log.error(cause, exc_info=error)
    return Refused(500, BROKEN, request_id=request_id())


def of_bottle(error):
    """Bottle's own errors (no such route, wrong method) as a refusal of ours."""
    allowed = {'Allow': error.headers['Allow']} if 'Allow' in error else {}
    return Refused(error.status_code, SENTENCES.get(error.status_code, 'That did not work.'), allowed)


def wants_json():
    accept = bottle.request.environ.get('HTTP_ACCEPT', '')
    return bottle.request.path.startswith('/api/') or (
        'application/json' in accept and 'text/html' not in accept)


def request_id():
    return bottle.request.environ.get('kuma.request_id', '')


def _json(error):
    return pages.json({'error': error.sentence, **error.details}, error.status, error.headers)


def _page(error):
    try:
        session.person()
    except Refused:      # the one who asks cannot be told; the page is for nobody in particular
        bottle.request.environ['kuma.person'] = None
    return pages.page(
        'web/error.html', error.status, error.headers,
        title=TITLES.get(error.status, 'That did not work'), sentence=error.sentence,
        request_id=error.details.get('request_id'), typed=typed.fields(), login=_login(error))


def _login(error):
    """Where to log in, for somebody who might then be allowed."""
    if session.person():
        return ''
    if 'login' in error.details:        # the refusal itself knows that this helps
        return error.details['login']
    if error.status not in (401, 403):
        return ''
    if bottle.request.method == 'POST':
        return addresses.with_query('/login', next=_form())
    return session.login_address()


def _form():
    """Where the form stands that was sent: at the address that took it, if that has a page as well."""
    environ = bottle.request.environ
    try:
        environ['bottle.app'].match({**environ, 'REQUEST_METHOD': 'GET'})
    except bottle.HTTPError:
        return None
    return bottle.request.path
