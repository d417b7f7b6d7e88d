"""What is asked of the search, in the address. The text is never refused: any text at all can be searched."""
from urllib.parse import parse_qsl

import bottle

from kuma_lite import web
from kuma_lite.search.finding import MOST


def asked():
    """The text of `?q=`, on one line; bytes that are no text are left out."""
    fields = parse_qsl(bottle.request.query_string, encoding='latin-1')     # WSGI has bytes in this shape
    raw = ' '.join(value for name, value in fields if name == 'q').encode('latin-1')
    text = raw.decode('utf-8', 'replace')
    return ' '.join(''.join(char if char.isprintable() else ' ' for char in text).split())


def after():
    """The place in the list behind which `?after=` wants to read on; 0 for its beginning."""
    return web.whole(web.query('after', '0') or '0', 'after', most=MOST)
