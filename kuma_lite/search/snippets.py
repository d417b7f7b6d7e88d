"""What is shown of a page that was found: its title and a piece of its text, with the words marked.

Both are lists of (marked, text), so that no HTML is made of what people wrote: the template does that.
"""
import re
from itertools import islice
from typing import NamedTuple

from peewee import fn

from kuma_lite.search import words
from kuma_lite.search.finding import INSIDE
from kuma_lite.text import normalized
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page

READ = 100_000      # characters of HTML in which the words of a piece are looked for
LENGTH = 220        # characters that are shown
# Nothing that can be part of a word as well, or a pattern could match in ever so many ways.
BETWEEN = rf'(?:(?![{words.UNSPACED}{words.INDIC}])[\W_]){{1,10}}'
BEFORE = 60         # of them, before the first word that was found
MARKS = 60          # places that are compared to find the best piece


class _Flat(dict):
    """Letters folded one by one, for `str.translate`: the text keeps its length."""

    def __missing__(self, code):
        folded = words.fold(chr(code))
        self[code] = folded if len(folded) == 1 else chr(code)
        return self[code]


FLAT = _Flat()


class Marker:
    """Finds the terms of a query in texts. With `inside`, also within words."""

    def __init__(self, terms, inside=False):
        patterns = [_pattern(term, inside) for term in terms]
        self._pattern = re.compile('|'.join(f'({pattern})' for pattern in patterns) or r'(?!)')

    def marked(self, text):
        """The whole text as [(marked, text), …]."""
        return _pieces(text, [place.span() for place in self._places(text)], 0, len(text))

    def snippet(self, text):
        """The piece of a text that has most of the terms, as [(marked, text), …]."""
        text = normalized('NFC', text)
        places = self._places(text)
        start, stop = _piece(text, _best(places))
        spans = [place.span() for place in places if start <= place.start() and place.end() <= stop]
        pieces = _pieces(text, spans, start, stop)
        return [(False, '… ')] * (start > 0) + pieces + [(False, ' …')] * (stop < len(text))

    def _places(self, text):
        return list(islice(self._pattern.finditer(text.translate(FLAT)), MARKS))


def _pattern(term, inside):
    """The words of a term, with anything but letters between them: whole ones, or beginnings."""
    sought = words.runs(term.text)[:len(term.tokens)]
    begins = not inside and not words.is_unspaced(sought[0])
    ends = (term.quoted or len(sought[-1]) == 1) and not inside and not words.is_unspaced(sought[-1])
    pattern = BETWEEN.join(map(re.escape, sought))
    return r'(?<![^\W_])' * begins + pattern + r'(?![^\W_])' * ends


def _best(places):
    """Where the piece begins that has most of the terms: the place of the first of them."""
    best, most = 0, 0
    for number, first in enumerate(places):
        near = {place.lastindex for place in places[number:]
                if place.end() <= first.start() + LENGTH - BEFORE}
        if len(near) > most:
            best, most = first.start(), len(near)
    return best


def _piece(text, at):
    """The ends of the piece around this place, at blanks where there are some."""
    start = max(0, min(at - BEFORE, len(text) - LENGTH))
    if start:
        start = max(start, text.find(' ', start, at) + 1)
    stop = start + LENGTH
    if stop < len(text):
        blank = text.rfind(' ', stop - BEFORE, stop)
        stop = stop if blank < 0 else blank
    return start, stop


def _pieces(text, spans, start, stop):
    pieces = []
    for begin, end in spans:
        pieces += [(False, text[start:begin]), (True, text[begin:end])]
        start = end
    return [(marked, piece) for marked, piece in [*pieces, (False, text[start:stop])] if piece]


class Hit(NamedTuple):
    """A page that was found, as it is shown."""
    path: str
    title: list
    snippet: list
    updated_at: float


def hits(found, after, size, person):
    """So many of the pages that were found, from that place on; those that the person may read."""
    marker = Marker(found.query.terms, inside=found.how == INSIDE)
    pages = {page.id: page for page in _pages(found.page_ids[after:after + size])}
    return [_hit(pages[page_id], marker) for page_id in found.page_ids[after:after + size]
            if page_id in pages and access.may(person, access.VIEW, pages[page_id])]


def _pages(page_ids):
    columns = Page.id, Page.path, Page.title, Page.updated_at
    return Page.select(*columns, fn.substr(Page.html, 1, READ).alias('html')).where(
        Page.id.in_(page_ids), Page.key.is_null(False))


def _hit(page, marker):
    html = page.html if len(page.html) < READ else page.html.rpartition('<')[0]
    text = words.plain(html).removeprefix(page.title).lstrip()      # most pages begin with their title
    return Hit(page.path, marker.marked(page.title), marker.snippet(text), page.updated_at)
