"""Links: which pages a text links to, and where each link leads."""
import re
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import quote, unquote, urljoin

from kuma_lite.markup import limits
from kuma_lite.markup.headings import PREFIX, slug
from kuma_lite.markup.tags import ATTRIBUTE
from kuma_lite.text import normalize_path, path_key, path_like, title_from_path

LINK = re.compile(r'<a(?![a-z])', re.I)
ATTRIBUTES = re.compile(ATTRIBUTE, re.I | re.A)
PAGE = re.compile(r'/docs/([^$?#]+)(\?[^#]*)?(#.*)?', re.S)
RELATIVE = re.compile(r'[^/?#:][^:/?#]*(?:[/?#].*)?', re.S)
LOCAL = re.compile(r'(?!//)[^:/?#]*(?:[/?#]|$)')
UNSURE = re.compile(r'[\x00-\x20\\]')      # browsers drop some of these, and read \ as /
KEPT = ('id', 'class', 'title', 'aria-label')


class Link(NamedTuple):
    attributes: dict
    path: str = None        # of the page it leads to, when it leads to one
    rest: str = ''          # query and fragment behind the path

    @property
    def is_wiki(self):
        return 'data-wikilink' in self.attributes


def point(pieces, resolve, base=''):
    """Make every link among the pieces lead where it should; returns the paths that they name, and those to
    which they lead instead, each once. Relative links start at the path `base`."""
    links = {index: _read(pieces[index], base)
             for index in range(1, len(pieces), 2) if LINK.match(pieces[index])}
    paths = dict.fromkeys(link.path for link in links.values() if link.path)
    limits.check(len(paths), limits.MAX_LINKS, 'links to different pages')
    found = resolve(set(map(path_key, paths)))
    for index, link in links.items():
        if link.is_wiki and link.path and not pieces[index + 1]:
            pieces[index + 1] = escape(title_from_path(link.path))     # [[Page|]]
        link, exists = _led(link, found)
        pieces[index] = _tag(link, exists)
        if exists:
            paths[link.path] = None
    return list(paths)


def _led(link, found):
    """The link as it leads, and whether that is to a page; only a [[wiki link]] may mean a title."""
    key = link.path and path_key(link.path)
    titled = found.get(key)
    if titled and link.is_wiki:
        return link._replace(path=titled), True
    return link, key in found and not titled


def _read(tag, base):
    """The link of an <a> tag. What looks like one to a page, but names none, leads nowhere."""
    attributes = {match[1].lower(): unescape(match[2] or match[3] or match[4] or '')
                  for match in ATTRIBUTES.finditer(tag)}
    href = attributes.get('href', '')
    if 'data-wikilink' in attributes:
        return _wiki_link(attributes, unquote(href))
    if base and RELATIVE.fullmatch(href) and not UNSURE.search(href):
        attributes['href'] = href = _absolute(href, base)
    match = PAGE.fullmatch(href)
    if not match:
        return Link({**attributes, 'href': _prefixed(href)} if href else attributes)
    try:
        path = normalize_path(unquote(match[1]))
    except ValueError:
        return Link(attributes)
    return Link(attributes, path, (match[2] or '') + _prefixed(match[3] or ''))


def _absolute(href, base):
    """A relative link from the page at `base`, as a browser has it there, if it stays among the pages."""
    absolute = urljoin(f'/docs/{quote(base)}', href)
    return absolute if absolute.startswith('/docs/') else href


def _wiki_link(attributes, target):
    path, hash_, fragment = target.partition('#')
    rest = f'#{PREFIX}{slug(fragment)}' if hash_ else ''
    try:
        return Link(attributes, _path_meant(path), rest)
    except ValueError:
        return Link({**attributes, 'href': rest if rest and not path else None})


def _path_meant(name):
    """The path that a [[wiki link]] names, or that of a page which is titled so. Raises ValueError."""
    try:
        return normalize_path(name)
    except ValueError:
        return path_like(name)


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
