"""Lines that took each other's place, and the words in which they differ."""
import re
from collections import Counter
from itertools import groupby
from os.path import commonprefix
from typing import NamedTuple

from kuma_lite.diffs.matching import matches

MAX_LINE = 2_000            # characters shown of one line
AROUND = 200                # characters of it before and after each change
COMPARED = 500              # characters of a line by which its like is looked for
MAX_PAIRS = 400             # pairs of lines of which the most alike are looked for
IDEOGRAPHS = '\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff'      # written without spaces: each is a word
WORD = re.compile(rf'[{IDEOGRAPHS}]|[^\W{IDEOGRAPHS}]+|\s+|[^\w\s]')
SIGNS = str.maketrans({' ': '·', '\t': '→', '\r': '␍'})


class Piece(NamedTuple):
    changed: bool
    text: str


def pairs(old, new):
    """[(i, j), …], both rising: the line old[i] has become new[j], and much of it is still there."""
    if len(old) * len(new) > MAX_PAIRS:     # too many to look for: those that stand side by side
        return [(n, n) for n, both in enumerate(zip(old, new, strict=False)) if _alike(*map(_words, both))]
    old, new = list(map(_words, old)), list(map(_words, new))
    scores = {(i, j): _alike(old[i], new[j]) for i in range(len(old)) for j in range(len(new))}
    return _best(scores, range(len(old)), range(len(new)))


def _best(scores, old, new):
    """The two that have most in common, and the best among those before and after both."""
    score, i, j = max(((scores[i, j], -i, -j) for i in old for j in new), default=(0, 0, 0))
    if not score:
        return []
    i, j = -i, -j
    return [*_best(scores, range(old.start, i), range(new.start, j)), (i, j),
            *_best(scores, range(i + 1, old.stop), range(j + 1, new.stop))]


def _words(line):
    return Counter(word for word in WORD.findall(line[:COMPARED]) if not word.isspace())


def _alike(old, new):
    """How many characters of words two lines share; 0 if that is less than half of the shorter one."""
    if not old and not new:
        return 1        # two blank lines
    shared = _size(old & new)
    return shared if 2 * shared >= min(_size(old), _size(new)) else 0


def _size(words):
    return sum(len(word) * count for word, count in words.items())


def marked(old, new):
    """Two lines as pieces, [Piece(changed, text), …] each: what differs is told from what does not."""
    before, after = WORD.findall(old), WORD.findall(new)
    same_before, same_after = set(), set()
    for i, j, length in matches(before, after):
        same_before.update(range(i, i + length))
        same_after.update(range(j, j + length))
    return _pieces(before, same_before), _pieces(after, same_after)


def ends_apart(old, new):
    """The same for lines that are too long for that: all between their equal ends has changed."""
    start = len(commonprefix([old, new]))
    stop = len(commonprefix([old[start:][::-1], new[start:][::-1]]))
    return [[Piece(False, line[:start]), Piece(True, line[start:len(line) - stop]),
             Piece(False, line[len(line) - stop:])] for line in (old, new)]


def _pieces(words, same):
    """Words put together to pieces; a space between two words that changed has changed with them."""
    last = len(words) - 1
    changed = [n not in same or (0 < n < last and words[n].isspace() and not {n - 1, n + 1} & same)
               for n in range(len(words))]
    runs = groupby(range(len(words)), changed.__getitem__)
    return [Piece(is_changed, ''.join(words[n] for n in run)) for is_changed, run in runs]


def shown(pieces):
    """So much of a line as people can read. What has changed can be seen, even if it is only a space."""
    if sum(len(piece.text) for piece in pieces) > MAX_LINE:
        pieces = list(_cut(pieces))
    return [Piece(piece.changed, _visible(piece.text) if piece.changed else piece.text.replace('\r', ''))
            for piece in pieces if piece.text]


def _cut(pieces):
    """The pieces without what is far from any change, and without what is beyond MAX_LINE."""
    left = MAX_LINE
    for number, piece in enumerate(pieces):
        text = piece.text
        if not piece.changed and len(pieces) > 1:
            text = _around(text, number > 0, number < len(pieces) - 1)
        yield Piece(piece.changed, f'{text[:left]}…' if len(text) > left else text)
        left -= len(text)
        if left < 0:
            return


def _around(text, follows, precedes):
    """Unchanged text near the change that it follows and the one that it precedes."""
    before, after = AROUND * follows, AROUND * precedes
    return text if len(text) <= before + after else f'{text[:before]}…{text[len(text) - after:]}'


def _visible(text):
    """Spaces as signs if there is nothing else, and what shows nothing as an escape, such as "\\u200b"."""
    if text.isspace():
        text = text.translate(SIGNS)
    return ''.join(char if char.isprintable() or char == '\t' else ascii(char)[1:-1] for char in text)
