"""HTML as a list of text and tags in turn, in which every tag has its partner.

Markdown lets raw HTML through. Tags that nobody closed, that cross each other or that are not on
the list are shown as text here. What is left is well nested, so its depth can be counted, links and
headings can be found, and no browser or sanitizer has to repair it, which takes long when much is
broken. This is no sanitizer: attributes and addresses are the policy's business.
"""
import re
from collections import Counter
from typing import NamedTuple

from kuma_lite.markup import limits

VOID = {'br', 'hr', 'img', 'input'}
INLINE = set('''
    a abbr b br cite code del em i img input ins kbd mark q s samp small span strong sub sup u var'''.split())
BLOCK = set('''
    blockquote dd details div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section summary
    table tbody td th thead tr ul'''.split())
PARENTS = {'thead': {'table'}, 'tbody': {'table'}, 'tr': {'table', 'thead', 'tbody'},
           'td': {'tr'}, 'th': {'tr'}}
CELLS = {'td', 'th'}
ROWS = {'table', 'thead', 'tbody', 'tr'}    # hold nothing but each other and cells

# Blanks and quotes exactly as HTML has them, and no angle bracket inside a tag: so that every parser
# agrees on where it ends. Ten attributes: the sanitizer compares each with all before it.
BLANK = r'[ \t\n\f]'
ATTRIBUTE = (rf'{BLANK}+([a-z][a-z0-9-]*)'
             rf'(?:{BLANK}*={BLANK}*(?:"([^"<>]*)"|\'([^\'<>]*)\'|([^ \t\n\f\r"\'=<>`]+)))?')
UNNAMED = re.sub(r'\((?!\?)', '(?:', ATTRIBUTE)
TAG = re.compile(rf'<(/?)({"|".join(sorted(INLINE | BLOCK))})(?:{UNNAMED}){{0,10}}{BLANK}*/?>', re.I | re.A)


class Open(NamedTuple):
    name: str
    index: int          # of its tag among the pieces
    within: str         # the nearest part of a table that it is or stands in


def split(html):
    """Text, tag, text, tag, …, text. Raises limits.TooComplex."""
    writer, end = _Writer(), 0
    html = _without_comments(html)
    for match in TAG.finditer(html):
        writer.text(html[end:match.start()])
        writer.tag(match[0], match[2].lower(), closes=bool(match[1]))
        end = match.end()
    writer.text(html[end:])
    writer.finish()
    return writer.pieces


def _without_comments(html):
    *parts, rest = html.split('-->')
    return ''.join(part.partition('<!--')[0] if '<!--' in part else f'{part}-->' for part in parts) + rest


def as_text(markup):
    return markup.replace('<', '&lt;')


def depth(piece):
    """By how much a piece with a tag changes how deep its neighbours are nested: 1, 0 or -1."""
    match = TAG.fullmatch(piece)
    return 0 if not match or match[2].lower() in VOID else -1 if match[1] else 1


class _Writer:
    """Writes text and tags down; `opened` holds blocks first and then inline elements."""

    def __init__(self):
        self.pieces, self.opened, self.names = [], [], Counter()
        self.cells = self.misplaced = 0

    def text(self, text):
        if self._within() in ROWS and text.strip():
            self._count_misplaced()
        self.pieces.append(as_text(text))

    def tag(self, tag, name, closes):
        limits.check(len(self.pieces) // 2, limits.MAX_TAGS, 'HTML tags')
        self.pieces.append(tag)
        if closes:
            self._end(name)
        else:
            self._start(name)

    def finish(self):
        for opened in self.opened:
            self._show(opened.index)

    def _start(self, name):
        if name in BLOCK:
            self._leave_inline()
        if not self._fits(name):
            return self._show(len(self.pieces) - 1)
        if self._within() in ROWS and name not in PARENTS:
            self._count_misplaced()
        if name in CELLS:
            self.cells += 1
            limits.check(self.cells, limits.MAX_CELLS, 'table cells')
        if name not in VOID:
            within = name if name in ROWS | CELLS else self._within()
            self.opened.append(Open(name, len(self.pieces) - 1, within))
            self.names[name] += 1
            limits.check(len(self.opened), limits.MAX_NESTING, 'levels of elements inside each other')

    def _end(self, name):
        if not self.names[name]:
            return self._show(len(self.pieces) - 1)
        while self.opened[-1].name != name:
            self._show(self._pop().index)
        self._pop()

    def _fits(self, name):
        if name in PARENTS:
            return bool(self.opened) and self.opened[-1].name in PARENTS[name]
        return name != 'table' or self._within() not in ROWS

    def _within(self):
        return self.opened[-1].within if self.opened else ''

    def _leave_inline(self):
        """Inline elements hold no blocks: those still open here have no partner."""
        while self.opened and self.opened[-1].name in INLINE:
            self._show(self._pop().index)

    def _pop(self):
        last = self.opened.pop()
        self.names[last.name] -= 1
        return last

    def _show(self, index):
        self.pieces[index] = as_text(self.pieces[index])

    def _count_misplaced(self):
        self.misplaced += 1
        limits.check(self.misplaced, limits.MAX_MISPLACED, 'things between the cells of tables')
