"""Behind a reverse proxy: who asks, as a proxy says that is trusted, and nobody else.

`[server] proxy` names the trusted ones. Of X-Forwarded-For counts the rightmost hop that is none of them:
what stands left of it is what a stranger wrote. Neither `Forwarded` (RFC 7239) nor X-Real-IP is read, because
nginx and Caddy pass on what a visitor put there, nor X-Forwarded-Host, because base_url says the name.

Waitress can do a part of this: it trusts one address or all, and takes a number of hops at their word.
"""
import functools
import ipaddress
import re

from kuma_lite.config import settings

HEADERS = tuple(f'HTTP_{name}' for name in (
    'FORWARDED', 'X_FORWARDED_FOR', 'X_FORWARDED_PROTO', 'X_FORWARDED_HOST', 'X_FORWARDED_PORT',
    'X_FORWARDED_BY', 'X_REAL_IP'))
LONGEST = 60    # characters of a hop: "[address]:port"
_HOP = re.compile(r'"?(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?"?|([0-9A-Fa-f:.]+)')


def behind(app):
    """`app`, which sees the visitor where the server sees a trusted proxy; itself where none is trusted,
    and then the server takes these headers away."""
    trusted = networks(settings.server.proxy)
    return Behind(app, trusted) if trusted else app


@functools.lru_cache(maxsize=10)
def networks(text):
    """The networks of a setting such as "127.0.0.1, 10.0.0.0/8". Raises ValueError."""
    return tuple(ipaddress.ip_network(one.strip()) for one in text.split(',')) if text.strip() else ()


class Behind:
    """A WSGI application before which each request is given its visitor's address, once."""

    reads_proxy_headers = True      # see server.py

    def __init__(self, app, trusted):
        self._app = app
        self._trusted = trusted

    def knows(self, environ):
        """See memory.Remembering: also what is answered from memory counts for its visitor."""
        self._resolve(environ)
        return self._app.knows(environ)

    def __call__(self, environ, start_response):
        self._resolve(environ)
        return self._app(environ, start_response)

    def _resolve(self, environ):
        if 'kuma.peer' in environ:
            return
        environ['kuma.peer'] = peer = environ.get('REMOTE_ADDR', '')
        if self._is_trusted(address(peer)):
            environ['REMOTE_ADDR'] = self._visitor(peer, environ.get('HTTP_X_FORWARDED_FOR', ''))
            environ['wsgi.url_scheme'] = _scheme(environ.get('HTTP_X_FORWARDED_PROTO', ''))
        for name in HEADERS:
            environ.pop(name, None)

    def _visitor(self, peer, hops):
        """The first address, read from our side, that is no trusted proxy; or the last before a hop that
        is no address at all."""
        found = peer
        for hop in reversed(hops.split(',') if hops else ()):
            one = address(hop)
            if one is None:
                break
            found = str(one)
            if not self._is_trusted(one):
                break
        return found

    def _is_trusted(self, one):
        return one is not None and any(one in network for network in self._trusted)


def address(hop):
    """An address as headers and sockets write it, with or without brackets and port; None for anything
    else."""
    hop = hop.strip()
    return _address(hop) if len(hop) <= LONGEST else None


@functools.lru_cache(maxsize=10_000)
def _address(hop):
    found = _HOP.fullmatch(hop.partition('%')[0])
    try:
        one = ipaddress.ip_address(found[1] or found[2] or found[3]) if found else None
    except ValueError:
        return None
    return getattr(one, 'ipv4_mapped', None) or one


def _scheme(sent):
    return 'https' if sent.rpartition(',')[2].strip().lower() == 'https' else 'http'
