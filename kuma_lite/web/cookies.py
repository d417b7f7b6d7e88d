"""Cookies: a small reader that nothing in the header can upset, and a writer that is strict.

Python's own reader takes 9 s for a crafted header (CVE-2024-7592) and drops every cookie after
one that it does not like; Bottle's signed cookies unpickle what they are sent.
"""
import re

import bottle

from kuma_lite.web import addresses

_VALUE = re.compile(r'[A-Za-z0-9_.~-]{0,3000}')
_SENT = re.compile(rf'\s*("?)({_VALUE.pattern})\1\s*')    # some browsers send it in quotes


def read(name):
    """The value of a cookie of this request, or ''. Values that we would not write count as none."""
    return parse(bottle.request.environ.get('HTTP_COOKIE', ''), full_name(name))


def parse(header, name):
    """The first usable value of the cookie `name` in a Cookie header, or ''."""
    for piece in header.split(';'):
        key, _, value = piece.partition('=')
        found = key.strip() == name and _SENT.fullmatch(value)
        if found:
            return found[2]
    return ''


def write(name, value, max_age=None):
    """Set a cookie with the answer to this request, whatever that answer is; `max_age` in seconds.

    Without `max_age` it lasts until the browser is closed.
    """
    if not _VALUE.fullmatch(value):
        raise ValueError(f'The cookie {name} cannot hold this value.')
    parts = [f'{full_name(name)}={value}', 'Path=/', 'HttpOnly', 'SameSite=Lax']
    parts += [f'Max-Age={int(max_age)}'] if max_age is not None else []
    parts += ['Secure'] if addresses.is_https() else []
    pending()[full_name(name)] = '; '.join(parts)


def drop(name):
    write(name, '', max_age=0)


def pending():
    """`{name: Set-Cookie value}` of this request; `wsgi` sends them."""
    return bottle.request.environ.setdefault('kuma.cookies', {})


def full_name(name):
    """Under HTTPS the `__Host-` prefix keeps other hosts of the domain from planting our cookies."""
    return f'__Host-{name}' if addresses.is_https() else name
