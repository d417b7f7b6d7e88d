"""Headings: the ids by which they can be linked to, and the list for a table of contents."""
import re
import unicodedata
from html import escape, unescape

from kuma_lite.markup import limits, tags

PREFIX = 'doc-'         # every id that comes from a text has it, so that none is one of the site's own
LONGEST_SLUG = 80
LONGEST_TEXT = 200
HEADING = re.compile(r'<(/?)h([1-6])', re.I)
MARKED = re.compile(r'<h([1-6]) id="([^"]+)">')
FIRST_LINE = re.compile(r'<h[1-6] data-sourcepos="([0-9]{1,9}):')


def mark(pieces):
    """Give each heading an id and a link to itself; returns (level, id, text) of each."""
    headings, taken, start = [], {}, None
    for index in range(1, len(pieces), 2):
        match = HEADING.match(pieces[index])
        if match and not match[1]:
            start = index
        elif match and start is not None:
            text = _text(pieces[start:index])
            if text:
                heading = int(match[2]), PREFIX + _unique(slug(text), taken), text
                pieces[start], pieces[index] = _tags(*heading)
                headings.append(heading)
                limits.check(len(headings), limits.MAX_HEADINGS, 'headings')
            start = None
    return headings


def marked(tag):
    """(level, id) of the opening tag of a heading that has been marked, else None."""
    match = MARKED.fullmatch(tag)
    return match and (int(match[1]), match[2])


def lines(pieces):
    """{index: line} of each heading that stands in nothing else, in HTML that says where it comes from.

    Raw HTML may say anything, so a line that cannot be is left out, and what is built on this must do no
    harm with a wrong one.
    """
    found, depth, last = {}, 0, 0
    for index in range(1, len(pieces), 2):
        match = FIRST_LINE.match(pieces[index])
        if match and not depth and int(match[1]) > last:
            found[index] = last = int(match[1])
        depth += tags.depth(pieces[index])
    return found


def slug(text):
    """"C++ & Überschrift" becomes "c--überschrift", as on GitHub, where many texts come from."""
    kept = ''.join(filter(_may_stand_in_slug, text.lower())).replace(' ', '-')
    return kept[:LONGEST_SLUG] or 'section'


def _may_stand_in_slug(character):
    return character in ' -_' or unicodedata.category(character)[0] in 'LMN'    # letters, marks, numbers


def _unique(name, taken):
    """`name`, or name-1, name-2 … when it is taken; `taken` remembers how far each name was counted."""
    free = name
    while free in taken:
        taken[name] += 1
        free = f'{name}-{taken[name]}'
    taken[free] = 0
    return free


def _text(pieces):
    """What people read of these pieces; tags without a partner are text too."""
    text = ''.join(piece for piece in pieces if not piece.startswith('<'))
    return ' '.join(unescape(text).split())[:LONGEST_TEXT].rstrip()


def _tags(level, name, text):
    link = f'<a class="anchor" href="#{name}" aria-label="{escape(f"Link to “{text}”")}"></a>'
    return f'<h{level} id="{name}">', f'{link}</h{level}>'
