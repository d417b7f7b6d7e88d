"""What a request may look like, checked before anything else reads it.

A body is read for a route that takes one, and for nothing else. A request with Content-Length and
Transfer-Encoding does not come as far as here, see server.Parser; of one in chunks waitress sets the length.
"""
import re
from urllib.parse import urlsplit

from kuma_lite.config import settings
from kuma_lite.web.refusals import Refused

FORM = 64 * 1024          # bytes of a body, unless its route says more: @app.post(…, body=limits.BODY)
SERVED = 10 * 1024 * 1024  # bytes of a body that the server hands on: more is refused without our words
BODY = 4 * 1024 * 1024    # where a text of 1 MB may come, which can take three times that in a form
PATH = 4096               # bytes
QUERY = 8192              # bytes

ELSEWHERE = ('This wiki does not go by the name in this address. If it should, whoever runs it sets base_url '
             'in the section [site] of config.ini, such as base_url = https://wiki.example.org.')
# A name or an address and a port; never "name@elsewhere" or "name:80/path".
_HOST = re.compile(r'(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{0,5})?')
_LOOPBACK = re.compile(r'localhost|127(\.[0-9]{1,3}){3}|::1')
_CONTROL = re.compile(r'[\x00-\x1f\x7f-\x9f]')


def check(environ):
    """Raise Refused for a request that nobody means: each with the sentence that says why."""
    if 'HTTP_HOST' in environ:
        _check_host(environ['HTTP_HOST'])
    _check_path(environ.get('PATH_INFO', ''))
    if len(environ.get('QUERY_STRING', '')) > QUERY:
        raise Refused(414, 'This address is too long.')
    if 'HTTP_TRANSFER_ENCODING' in environ:    # waitress takes it away, but for HTTP/1.0, which has none
        raise Refused(400, 'HTTP/1.0 knows no Transfer-Encoding; send a Content-Length.')


def _check_host(host):
    found = _HOST.fullmatch(host)
    if not found:
        raise Refused(400, 'The Host header of this request is not the name of a host.')
    if not _is_ours(found[1].strip('[]').rstrip('.').lower()):
        raise Refused(421, ELSEWHERE)


def knows_host(environ):
    """Whether the request is for a name of ours, or for none."""
    found = _HOST.fullmatch(environ.get('HTTP_HOST', 'localhost'))
    return bool(found) and _is_ours(found[1].strip('[]').rstrip('.').lower())


def _is_ours(name):
    """Whether people may call the site so. A stranger can let a name of theirs lead to 127.0.0.1, so that
    a page of theirs reads, in the browser of somebody who is near, what is served there."""
    if _LOOPBACK.fullmatch(name):
        return True
    if settings.site.base_url:
        return name == urlsplit(settings.site.base_url).hostname
    return not _LOOPBACK.fullmatch(settings.server.host)


def _check_path(path):
    """`path` as WSGI gives it: bytes in the shape of Latin-1."""
    if len(path) > PATH:
        raise Refused(414, 'This address is too long.')
    try:
        text = path.encode('latin-1').decode('utf-8')
    except UnicodeError:
        raise Refused(400, 'This address is not valid UTF-8.') from None    # Bottle would drop the bytes
    if _CONTROL.search(text):
        raise Refused(400, 'This address holds control characters.')


def allow_body(environ, most):
    """From here on the body may be read. Raise Refused if it has more than `most` bytes."""
    length = environ.get('CONTENT_LENGTH') or '0'
    if not re.fullmatch(r'[0-9]{1,15}', length):
        raise Refused(400, 'The Content-Length header is not a number.')
    if int(length) > most:
        raise Refused(413, f'This is too much at once: {most // 1024:,} KB fit in this request.')
    environ['kuma.length'] = int(length)
