"""What a request may look like, checked before anything else reads it."""
import re

from kuma_lite.web.refusals import Refused

BODY = 8 * 1024 * 1024    # bytes; a text of 1 MB can take three times that in a form
PATH = 4096               # bytes
QUERY = 8192              # bytes

# A name or an address and a port; never "name@elsewhere" or "name:80/path".
_HOST = re.compile(r'(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{0,5})?')
_CONTROL = re.compile(r'[\x00-\x1f\x7f]')


def check(environ):
    """Raise Refused for a request that nobody means: each with the sentence that says why."""
    _check_host(environ.get('HTTP_HOST', 'none'))
    _check_path(environ.get('PATH_INFO', ''))
    if len(environ.get('QUERY_STRING', '')) > QUERY:
        raise Refused(414, 'This address is too long.')
    check_body(environ)


def _check_host(host):
    if not _HOST.fullmatch(host):
        raise Refused(400, 'The Host header of this request is not the name of a host.')


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


def check_body(environ):
    """Raise Refused unless the body may be read: its length is known, and not too much."""
    if environ.get('HTTP_TRANSFER_ENCODING'):    # waitress has put such a body together already
        raise Refused(411, 'Send the length of the body in a Content-Length header.')
    length = environ.get('CONTENT_LENGTH') or '0'
    if not re.fullmatch(r'[0-9]{1,15}', length):
        raise Refused(400, 'The Content-Length header is not a number.')
    if int(length) > BODY:
        raise Refused(413, f'This is too much at once: {BODY // 1024 ** 2} MB fit in one request.')
