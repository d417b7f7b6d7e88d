"""Links: which pages a text links to, and where each link leads."""
import re
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import quote, unquote

from kuma_lite.markup import limits
from kuma_lite.markup.headings import PREFIX, slug
from kuma_lite.markup.tags import ATTRIBUTE
from kuma_lite.text import normalize_path, path_key, title_from_path

LINK = re.compile(r'<a(?![a-z])', re.I)
ATTRIBUTES = re.compile(ATTRIBUTE, re.I | re.A)
PAGE = re.compile(r'/docs/([^$?#]+)(\?[^#]*)?(#.*)?', re.S)
LOCAL = re.compile(r'(?!//)[^:/?#]*(?:[/?#]|$)')
UNSURE = re.compile(r'[\x00-\x20\\]')      # browsers drop some of these, and read \ as /
KEPT = ('id', 'class', 'title', 'aria-label')


class Link(NamedTuple):
    attributes: dict
    path: str = None        # of the page it leads to, when it leads to one
    rest: str = ''          # query and fragment behind the path


def point(pieces, resolve):
    """Make every link among the pieces lead where it should; returns the paths linked to, each once."""
    links = {index: _read(pieces[index]) for index in range(1, len(pieces), 2) if LINK.match(pieces[index])}
    paths = list(dict.fromkeys(link.path for link in links.values() if link.path))
    limits.check(len(paths), limits.MAX_LINKS, 'links to different pages')
    existing = resolve(set(map(path_key, paths)))
    for index, link in links.items():
        pieces[index] = _tag(link, bool(link.path) and path_key(link.path) in existing)
        if link.path and 'data-wikilink' in link.attributes and not pieces[index + 1]:
            pieces[index + 1] = escape(title_from_path(link.path))     # [[Page|]]
    return paths


def _read(tag):
    """The link of an <a> tag. What looks like one to a page, but names none, leads nowhere."""
    attributes = {match[1].lower(): unescape(match[2] or match[3] or match[4] or '')
                  for match in ATTRIBUTES.finditer(tag)}
    href = attributes.get('href', '')
    if 'data-wikilink' in attributes:
        return _wiki_link(attributes, unquote(href))
    match = PAGE.fullmatch(href)
    if not match:
        return Link({**attributes, 'href': _prefixed(href)} if href else attributes)
    try:
        path = normalize_path(unquote(match[1]))
    except ValueError:
        return Link(attributes)
    return Link(attributes, path, (match[2] or '') + _prefixed(match[3] or ''))


def _wiki_link(attributes, target):
    path, hash_, fragment = target.partition('#')
    rest = f'#{PREFIX}{slug(fragment)}' if hash_ else ''
    try:
        return Link(attributes, normalize_path(path), rest)
    except ValueError:
        return Link({**attributes, 'href': rest if rest and not path else None})


def _prefixed(href):
    """`href` with the prefix in its fragment, when it is nothing but a fragment."""
    if not href.startswith('#') or href in ('#', '#top') or href.startswith(f'#{PREFIX}'):
        return href
    return f'#{PREFIX}{href[1:]}'


def _tag(link, exists):
    attributes = {name: link.attributes[name] for name in KEPT if name in link.attributes}
    href = link.attributes.get('href')
    if link.path:
        href = f'/docs/{quote(link.path)}' + (link.rest if exists else '$edit')
        attributes.pop('class', None)
        if not exists:
            attributes['class'] = 'missing'
    elif href and not is_local(href):
        attributes['rel'] = 'nofollow noopener'
    if href is not None:
        attributes['href'] = href
    return ''.join(['<a', *(f' {name}="{escape(value)}"' for name, value in attributes.items()), '>'])


def is_local(href):
    """Does it surely stay on this site? Only a link that does goes without `rel`."""
    return bool(LOCAL.match(href)) and not UNSURE.search(href)
