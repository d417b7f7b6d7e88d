"""Two texts as a page shows them: what changed, side by side or one above the other, and what is around."""
from typing import NamedTuple

from kuma_lite.diffs import words
from kuma_lite.diffs.matching import Matcher
from kuma_lite.diffs.moves import Moves, moves
from kuma_lite.diffs.words import Piece

CONTEXT = 3             # unchanged lines shown around a change
LEAST_FOLDED = 4        # fewer are shown: a fold takes the room of one, and a click
MAX_UNFOLDED = 2_000    # unchanged lines that can be unfolded, in all
MAX_CHANGED = 3_000     # lines removed and added; beyond, nobody reads them
MAX_MARKED = 300_000    # characters of lines whose words are compared


class Line(NamedTuple):
    number: int                 # in its text, counted from 1
    pieces: list
    moved: int | None = None    # the number of the same line in the other text
    leads: bool = False         # it is the first of those that moved together
    spaced: bool = False        # it differs from its partner in spaces alone


class Row(NamedTuple):
    """Lines of the one text that stand beside lines of the other; one of each if they are `same`."""
    old: list
    new: list
    same: bool = False


class Stretch(NamedTuple):
    folded: int     # unchanged lines that are hidden at first; 0: these rows are shown
    rows: list      # none if they cannot be unfolded


class Size(NamedTuple):
    lines: int
    characters: int


class Diff(NamedTuple):
    kind: str           # 'same', 'spaces' (only spaces or line ends differ), 'changed' or 'too different'
    stretches: list     # of all lines, in order; none if the texts are the same or too different
    removed: int        # lines
    added: int
    moved: int          # of those that were removed and added
    old: Size
    new: Size


def compare(old, new, unified=False):
    """The Diff of two texts."""
    before, after = old.split('\n'), new.split('\n')
    codes = Matcher(None, before, after).get_opcodes()
    changes = [code for code in codes if code[0] != 'equal']
    removed = [i for _, start, stop, _, _ in changes for i in range(start, stop)]
    added = [j for _, _, _, start, stop in changes for j in range(start, stop)]
    is_much = len(removed) + len(added) > MAX_CHANGED
    found = Moves({}, {}) if is_much else moves(before, after, removed, added)
    stretches = [] if is_much or old == new else list(_Sides(before, after, found, unified).stretches(codes))
    return Diff(_kind(old, new, is_much), stretches, len(removed), len(added), len(found.old),
                Size(len(before), len(old)), Size(len(after), len(new)))


def _kind(old, new, is_much):
    if old == new:
        return 'same'
    if old.split() == new.split():
        return 'spaces'
    return 'too different' if is_much else 'changed'


class _Sides:
    """The work of one comparison, with what is left of its limits."""

    def __init__(self, old, new, found, unified):
        self.old, self.new, self.found, self.unified = old, new, found, unified
        self.unfolded, self.marked = MAX_UNFOLDED, MAX_MARKED

    def stretches(self, codes):
        for tag, i1, i2, j1, j2 in codes:
            if tag == 'equal':
                yield from self.unchanged(i1, i2, j1)
            else:
                yield Stretch(0, self.changed(i1, i2, j1, j2))

    def unchanged(self, start, stop, j):
        """Equal lines: those next to a change are shown, the others folded."""
        first = start + CONTEXT if start or j else start
        last = stop - CONTEXT if stop < len(self.old) or j + stop - start < len(self.new) else stop
        if last - first < LEAST_FOLDED:
            first = last = stop
        for begin, end in ((start, first), (first, last), (last, stop)):
            if end > begin:
                yield self.stretch(begin, end, j - start, folded=(begin, end) == (first, last))

    def stretch(self, start, stop, shift, folded):
        count = stop - start if folded else 0
        if count > self.unfolded:
            return Stretch(count, [])
        self.unfolded -= count
        return Stretch(count, [self.same(i, i + shift) for i in range(start, stop)])

    def same(self, i, j):
        pieces = words.shown([Piece(False, self.old[i])])
        return Row([Line(i + 1, pieces)], [Line(j + 1, pieces)], same=True)

    def changed(self, i1, i2, j1, j2):
        """The rows of lines that were replaced. A line and what became of it stand beside each other."""
        olds = [i for i in range(i1, i2) if i not in self.found.old]
        news = [j for j in range(j1, j2) if j not in self.found.new]
        pairs = words.pairs([self.old[i] for i in olds], [self.new[j] for j in news])
        rows = list(self.rows([(olds[i], news[j]) for i, j in pairs], i1, i2, j1, j2))
        return [_one(rows)] if self.unified else rows

    def rows(self, pairs, i, i_stop, j, j_stop):
        for next_i, next_j in [*pairs, (i_stop, j_stop)]:
            if i < next_i or j < next_j:
                yield Row([self.line(self.old, n, self.found.old) for n in range(i, next_i)],
                          [self.line(self.new, n, self.found.new) for n in range(j, next_j)])
            if next_i < i_stop and next_j < j_stop:
                yield self.pair(next_i, next_j)
            i, j = next_i + 1, next_j + 1

    def line(self, lines, n, moved):
        """A line without a partner; one that has moved knows where its like stands."""
        place = moved.get(n)
        return Line(n + 1, words.shown([Piece(False, lines[n])]), None if place is None else place + 1,
                    leads=place is not None and moved.get(n - 1) != place - 1)

    def pair(self, i, j):
        old, new = self.old[i], self.new[j]
        self.marked -= len(old) + len(new)
        before, after = (words.marked if self.marked >= 0 else words.ends_apart)(old, new)
        return Row([Line(i + 1, words.shown(before))],
                   [Line(j + 1, words.shown(after), spaced=old.split() == new.split())])


def _one(rows):
    """All that is removed, and then all that is added."""
    return Row([line for row in rows for line in row.old], [line for row in rows for line in row.new])
