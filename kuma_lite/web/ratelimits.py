"""How often somebody may ask: per person, or per address for those without an account.

PLACES is the one table of what counts as what; [limits] says how many a minute. Views are counted in memory,
also those that are answered from there; what writes is counted in the database.
"""
import functools
import ipaddress
import re

import bottle

from kuma_lite.config import settings
from kuma_lite.web import session, windows
from kuma_lite.web.refusals import Refused

# The kind of every place, by the start of its route without names; of a page, by what follows its path.
# None: not counted. What is not GET counts as an edit, unless it stands here.
PLACES = {
    '/': 'page', '/docs': 'page', '/new': 'page', '/users': 'page', '/drafts': 'page', '/bin': 'page',
    '/watches': 'page', '/unsubscribe': 'page', '/login': 'page', '/setup': 'page', '/signup': 'page',
    '/signups': 'page', '/moderation': 'page', '/spam': 'page', '/mails': 'page', '/tasks': 'page',
    '/outbox': 'page', '/doctor': 'page', '/your-mail': 'page',
    '/recover': 'page', '/confirm': 'page', '/account': 'page', '/site': 'page', '/help': 'page',
    '/robots.txt': 'page', '/sitemap.xml': 'page', '/sitemaps': 'page', '/api/v1': 'page',
    '$raw': 'page', '$json': 'page', '$contributors': 'page', '$toc': 'page', '$edit': 'page',
    '$revert': 'page', '$delete': 'page', '$protect': 'page', '$verdict': 'page',
    '/all': 'lists', '/recent': 'lists', '/tags': 'lists', '/tag': 'lists', '/feeds': 'lists',
    '/protections': 'lists', '/dashboards': 'lists', '$children': 'lists', '$links': 'lists',
    '/search': 'search', '/api/v1/search': 'search', '/search/suggest': 'page',     # asked while people type
    '$history': 'history', '$revision': 'revision', '$compare': 'compare',
    '/static': None, '/logo': None, '/favicon.ico': None, '/healthz': None, '/readyz': None,
}
NO_EDITS = {        # sent by a form or a script, but nothing that others see
    '/preview': 'page', '$draft': 'page', '$editing': 'page', '/login': 'page', '/logout': 'page',
    '/signup': 'page', '/setup': 'page', '/unsubscribe': 'page', '/recover': 'page',
}
READS = ('GET', 'HEAD', 'OPTIONS')
KINDS = ('page', 'edit', 'lists', 'search', 'history', 'revision', 'compare')

_views = windows.Views()


def reset():
    _views.reset()


@functools.lru_cache(maxsize=1000)
def kind_of(method, rule):
    """What a route counts as; one of KINDS, or None."""
    if method not in READS:
        return next((NO_EDITS[place] for place in places(rule) if place in NO_EDITS), 'edit')
    return next((PLACES[place] for place in places(rule) if place in PLACES), 'page')


def places(rule):
    """Under what a route may stand in the tables, the best first: "/bin/<number>/restore" gives
    /bin/restore and /bin."""
    place = re.sub(r'<[^>]*>', '', rule)
    if '$' in place:
        return [re.search(r'\$\w*', place)[0]]
    parts = [part for part in place.split('/') if part]
    return ['/' + '/'.join(parts[:length]) for length in range(len(parts), 0, -1)] or ['/']


def check(kind):
    """Count this request, and raise Refused if there were too many of the kind."""
    most = kind and getattr(settings.limits, kind)
    if not most:
        return
    count = windows.count_write if kind == 'edit' else _views.count
    wait = count(f'{kind} {_who()}', most)
    if wait:
        raise Refused(429, _sentence(kind, most, wait), {'Retry-After': str(wait)})


def may_send(kind, environ):
    """Count an answer that memory has for somebody without an account; whether it may be sent."""
    most = getattr(settings.limits, kind)
    return not most or not _views.count(f'{kind} {network(environ.get("REMOTE_ADDR", ""))}', most)


def _who():
    try:
        person = session.person()
    except Refused:         # a token that nobody knows
        person = None
    return f'person:{person.id}' if person else network(bottle.request.environ.get('REMOTE_ADDR', ''))


@functools.lru_cache(maxsize=10_000)
def network(address):
    """Whom an address stands for: of IPv6, everybody has as many as in a /64."""
    if ':' not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition('%')[0])
    except ValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))


def _sentence(kind, most, wait):
    seconds = 'a second' if wait == 1 else f'{wait} seconds'
    nothing = ' Nothing was saved.' if kind == 'edit' else ''
    return (f'Too many requests of this kind came from you; this wiki takes {most} a minute.{nothing} '
            f'Please wait {seconds} and try again.')
