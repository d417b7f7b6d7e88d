"""Which lines (or words) of two texts are the same ones.

Lines that stand once in each text are matched first, as in "patience diff": they mean something,
while blank lines and brackets match anywhere. What lies between them is matched by rapidfuzz.
"""
from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise

from rapidfuzz.distance import LCSseq

MAX_CELLS = 200_000_000     # lines × lines that rapidfuzz may look at: 25 MB and a few milliseconds


class Matcher(SequenceMatcher):
    """difflib's groups and opcodes on matches found in bounded time (difflib's own may take hours)."""

    def get_matching_blocks(self):
        blocks = [[0, 0, 0]]
        for i, j, length in matches(self.a, self.b):
            before = blocks[-1]
            if (before[0] + before[2], before[1] + before[2]) == (i, j):
                before[2] += length
            elif length:
                blocks.append([i, j, length])
        return [tuple(block) for block in blocks if block[2]] + [(len(self.a), len(self.b), 0)]


def matches(old, new):
    """[(i, j, length), …]: `length` items from old[i] and from new[j] on are the same; both rise."""
    old, new = _numbered(old, new)
    anchors = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (i, j), (next_i, next_j) in pairwise(anchors):
        if i >= 0:
            yield i, j, 1
        if next_i - i > 1 and next_j - j > 1:
            yield from _between(old, new, i + 1, next_i, j + 1, next_j)


def _numbered(old, new):
    """Numbers instead of items: quick to compare, and two that differ never look the same."""
    numbers = {}
    return [[numbers.setdefault(item, len(numbers)) for item in items] for items in (old, new)]


def _anchors(old, new):
    """The most pairs (i, j) that rise together, of items that stand once in each text."""
    once = {item for item, count in Counter(old).items() if count == 1}
    once &= {item for item, count in Counter(new).items() if count == 1}
    places = {item: j for j, item in enumerate(new) if item in once}
    return _rising([(i, places[item]) for i, item in enumerate(old) if item in once])


def _rising(pairs):
    """The longest rising run of the second numbers: for each length the chain that ends lowest."""
    ends, chains = [], []
    for i, j in pairs:
        place = bisect_left(ends, j)
        ends[place:place + 1] = [j]
        chains[place:place + 1] = [(i, j, chains[place - 1] if place else None)]
    return _unchained(chains[-1] if chains else None)


def _unchained(chain):
    pairs = []
    while chain:
        i, j, chain = chain
        pairs.append((i, j))
    return pairs[::-1]


def _between(old, new, i, i_stop, j, j_stop):
    """The matches of two stretches: their equal ends, and the most there can be in the middle."""
    start, stop = _equal_ends(old[i:i_stop], new[j:j_stop])
    middle_old, middle_new = old[i + start:i_stop - stop], new[j + start:j_stop - stop]
    yield i, j, start
    if len(middle_old) * len(middle_new) <= MAX_CELLS:
        for block in LCSseq.opcodes(middle_old, middle_new).as_matching_blocks():
            yield i + start + block.a, j + start + block.b, block.size
    yield i_stop - stop, j_stop - stop, stop


def _equal_ends(old, new):
    """How many items are the same at the start, and how many of the others at the end."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    stop = next((n for n in range(shorter - start) if old[-1 - n] != new[-1 - n]), shorter - start)
    return start, stop
