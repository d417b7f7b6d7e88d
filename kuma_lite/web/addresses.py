"""Addresses: links to pages of this site, links for mails, and which targets are local."""
import re
from urllib.parse import quote, urlencode

from kuma_lite.config import settings

# One slash, then neither slash nor backslash (browsers read //host and /\host as other sites),
# and nowhere a backslash, a control character or white space (browsers drop some of them).
_REFUSED = r'\\\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff'
_LOCAL = re.compile(rf'/(?!/)[^{_REFUSED}]*')
LONGEST = 8000    # characters of a redirect target
_KEEP = "/%?&=#:@!$'()*+,;~-._[]"


def docs_url(path, verb=''):
    """The address of a wiki page: `docs_url('A/B', 'edit')` is /docs/A/B$edit."""
    return '/docs/' + quote(path) + ('$' + verb if verb else '')


def with_query(address, **values):
    """`with_query('/all', after=9)` is /all?after=9; values that are None are left out."""
    pairs = {key: value for key, value in values.items() if value is not None}
    return f'{address}?{urlencode(pairs)}' if pairs else address


def absolute(address):
    """The whole address of a local one, for mails and feeds. The Host header has no say in it."""
    return site_root() + address


def site_root():
    host, port = settings.server.host, settings.server.port
    return settings.site.base_url.rstrip('/') or f'http://{f"[{host}]" if ":" in host else host}:{port}'


def is_https():
    return settings.site.base_url.lower().startswith('https://')


def local(target, default='/'):
    """`target`, percent-encoded, if it is an address of this site, else `default`."""
    if not isinstance(target, str) or len(target) > LONGEST or not _LOCAL.fullmatch(target):
        return default
    return quote(target, safe=_KEEP, errors='replace')
