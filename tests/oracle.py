"""Judges HTML by an independent parser: what in it could run, load or lead where it must not.

`violations(html)` is for what came from a text; `violations(html, page=True)` for a whole page of the
site, which has forms, a header and scripts of its own.
"""
import functools
import re

import html_tree

TEXT_ELEMENTS = set('''
    a abbr b blockquote br cite code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li
    mark ol p pre q s samp section small span strong sub summary sup table tbody td th thead tr u ul
    var'''.split())
PAGE_ELEMENTS = TEXT_ELEMENTS | set('''
    article aside body button caption col colgroup datalist figure figcaption fieldset footer form head header
    hgroup html label legend link main meta meter nav noscript optgroup option output path progress script
    search select svg template textarea time title'''.split())
TEXT_ATTRIBUTES = set('''
    align alt aria-label checked cite class colspan dir disabled height href id lang loading open rel rowspan
    scope src start title type width'''.split())
ADDRESSES = {'action', 'background', 'cite', 'data', 'formaction', 'href', 'longdesc', 'ping', 'poster',
             'src', 'srcset', 'to', 'values', 'from'}
SCHEMES = {'http', 'https', 'mailto'}
UNSHOWN = {'script', 'style'}
INPUT = {'type': 'checkbox', 'disabled': ''}


def violations(html, page=False):
    """Sentences on everything that breaks the rules; [] for clean HTML."""
    elements, texts = _parsed(html, page)
    return ([sentence for element in elements for sentence in [*_everywhere(element), *_in_page(element)]]
            + [sentence for element in texts for sentence in [*_everywhere(element), *_in_text(element)]])


def shapes(html):
    """What the frame of a page is made of: {(element, names of its attributes)}, the texts in it aside.

    A page on hostile words has no shape that the same page on harmless words lacks.
    """
    elements, _ = _parsed(html, True)
    return {(element.tag, tuple(sorted(map(str, element.attrib)))) for element in elements}


def words_of(html):
    """The words that HTML shows to people: of three letters or more, none from attributes and comments."""
    texts = [text for element in html_tree.fragment(html).iter()
             for text in ('' if element.tag in UNSHOWN else element.text, element.tail) if text]
    return {word for text in texts for word in re.findall(r'[^\W_]{3,}', text)}


def scheme_of(address):
    """The scheme of an address as a browser reads it: entities are decoded, controls and blanks dropped."""
    match = re.match(r'([a-z][a-z0-9+.-]*):', re.sub(r'[\x00-\x20\x7f-\xa0\u2028\u2029]', '', address), re.I)
    return match[1].lower() if match else None


@functools.lru_cache(maxsize=2)
def _parsed(html, page):
    """The elements of a page, and those in its texts: whatever stands in an element of class "prose"."""
    tree = html_tree.page(html) if page else html_tree.fragment(html)
    elements, texts, waiting = [], [], [(tree, not page)]
    while waiting:
        element, inside = waiting.pop()
        if element.tag != 'fragment':
            (texts if inside else elements).append(element)
            inside = inside or 'prose' in element.get('class', '').split()
        waiting.extend((child, inside) for child in element)
    return elements, texts


def _everywhere(element):
    for name, value in element.attrib.items():
        name = name.lower() if isinstance(name, str) else str(name)
        if name.startswith('on'):
            yield f'<{element.tag}> has {name}'
        if name.split(':')[-1].split('}')[-1] in ADDRESSES and scheme_of(value) not in SCHEMES | {None}:
            yield f'<{element.tag}> has {name}={value!r}'
        if name in ('style', 'srcdoc'):
            yield f'<{element.tag}> has {name}'


def _in_text(element):
    if element.tag not in TEXT_ELEMENTS:
        yield f'<{element.tag}> is not allowed'
    for name, value in element.attrib.items():
        if name not in TEXT_ATTRIBUTES:
            yield f'<{element.tag}> has {name}'
        if name == 'id' and not value.startswith('doc-'):
            yield f'<{element.tag}> has the id {value!r}'
    if element.tag == 'input' and not INPUT.items() <= element.attrib.items():
        yield 'an <input> that is no box of a task list'


def _in_page(element):
    """A page runs no script but its own files, writes no other element, and leads to no other site."""
    if element.tag.rpartition('}')[2] not in PAGE_ELEMENTS:
        yield f'<{element.tag}> is not allowed'
    for name in ADDRESSES & set(element.attrib):
        if not re.match(r'/(?![/\\])|[?#]|$', element.get(name)):
            yield f'<{element.tag}> of the page itself leads to {element.get(name)!r}'
    own = element.get('src', '').startswith('/static/') and not (element.text or '').strip()
    if element.tag == 'script' and not own:
        yield 'a <script> that is none of the site'
    if element.tag == 'link' and not element.get('href', '').startswith('/'):
        yield f'<link> to {element.get("href")!r}'
    if element.tag == 'meta' and element.get('http-equiv', '').lower() == 'refresh':
        yield '<meta> that refreshes'
