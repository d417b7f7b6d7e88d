"""Relative links between Markdown files, made into addresses of the wiki. Pure functions, which raise
markup.TooComplex for what `markup.render` would refuse too.

The parser gives no syntax tree, so places that look like the destination of a link are found by
a pattern, and the parser itself judges which of them are: each gets a mark of its own, and the
marks that come out as links were links. What looks like one inside code does not come out.
"""
import html
import re
from urllib.parse import quote, unquote

from kuma_lite import markup

DESTINATION = re.compile(
    r'\](?:\(|:)\s*'                    # after the text of a link or the label of a definition
    r'(<[^<>\n]*>'                      # <with spaces>
    r'|(?:\\.|[^\s\\()<]|\((?:\\.|[^\s\\()])*\))'    # or without, brackets in pairs
    r'(?:\\.|[^\s\\()]|\((?:\\.|[^\s\\()])*\))*)')
ESCAPED = re.compile(r'\\([!-/:-@\[-`{-~])')
MARK = 'kumalink'       # without a sign that means something in Markdown


def rewrite(content, target):
    """The text with its relative links changed: `target(path)` is the page that a path means, or None."""
    addresses = _addresses(content, target)
    if not addresses:
        return content
    places = [place for place in DESTINATION.finditer(content) if _plain(place[1]) in addresses]
    real = _links_among(content, places)
    changed = _replace(content, real, lambda place: addresses[_plain(place[1])])
    as_meant = markup.to_html(content, link=lambda url: addresses.get(url, url))
    return changed if markup.to_html(changed) == as_meant else content


def _addresses(content, target):
    """`{destination: address}` of the links in a text that lead to pages."""
    found = {}

    def note(url):
        address = _address(url, target)
        if address:
            found[url] = address
        return url

    markup.to_html(content, link=note)
    return found


def _address(url, target):
    """`../b%20c.md#part` is `/docs/b_c#part`; None for what is no relative path to a page."""
    path, mark, part = url.partition('#')
    if not path or path.startswith('/') or ':' in path.split('/')[0]:
        return None
    page = target(unquote(path))
    return page and f'/docs/{_quoted(page)}{mark}{_quoted(unquote(part))}'


def _quoted(text):
    """Percent-encode what Markdown could misread; letters of any language stay legible."""
    return re.sub(r"[^\w/.~!',;=:@+-]", lambda found: quote(found[0]), text)


def _plain(destination):
    """A destination as the parser understands it."""
    if destination.startswith('<'):
        destination = destination[1:-1]
    return html.unescape(ESCAPED.sub(r'\1', destination))


def _links_among(content, places):
    """Those of the places that are destinations of links, and of no image."""
    marks = {f'{MARK}{number}': place for number, place in enumerate(places)}
    numbers = dict(zip(map(re.Match.start, places), marks, strict=True))
    links, images = set(), set()
    markup.to_html(_replace(content, places, lambda place: numbers[place.start()]),
                   link=lambda url: links.add(url) or url, image=lambda url: images.add(url) or url)
    links -= images
    return [place for mark, place in marks.items() if mark in links]


def _replace(content, places, new):
    """The text with each place's destination replaced by `new(place)`."""
    parts, end = [], 0
    for place in places:
        parts += content[end:place.start(1)], new(place)
        end = place.end(1)
    return ''.join([*parts, content[end:]])
