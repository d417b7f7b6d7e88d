"""Paths, differences and times as people write and read them. Pure functions; nothing is kept."""
import re
import unicodedata
from datetime import datetime, timezone
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby, islice, pairwise
from os.path import commonprefix
from zoneinfo import ZoneInfo

MAX_PATH, MAX_SEGMENTS, MAX_SEGMENT = 255, 12, 100
FORBIDDEN = set('$?#\\<>"')
UNSEEN = {'Cc', 'Cf', 'Cn', 'Co', 'Cs', 'Zl', 'Zp'}
# Letters, marks and symbols that show nothing or a blank, or stand for what could not be read.
INVISIBLE = '\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc\ufffd'
VARIATIONS = dict.fromkeys([*range(0xfe00, 0xfe10), *range(0xe0100, 0xe01f0)])    # "❤" as text or emoji

MAX_CHANGES = 500           # lines moved or repeated that a difference tries to match: half a second
MAX_DIFF_LINES = 5_000
MAX_DIFF_LINE = 2_000       # characters shown of one line
WORD = re.compile(r'\w+|\s+|[^\w\s]')
MAX_WORD_CHANGES = 60       # words of one line that a comparison tries to match: a few milliseconds
MAX_MARKED = 100            # pairs of lines whose words are compared


@lru_cache(maxsize=2_000)
def normalize_path(text):
    """The path of a page as it is kept: "A b/C" becomes "A_b/C".

    Raises ValueError, with a sentence for people, for what can be no path. Whether two paths
    mean the same page is told by `path_key`.
    """
    if len(text) > 4 * MAX_PATH:       # the rest is not worth the time
        raise ValueError(f'A path has at most {MAX_PATH} characters.')
    _check_characters(text)
    path = _tidy(unicodedata.normalize('NFC', text))
    _check_shape(path)
    _check_shape(_fold(path))       # "．．" is ".." when paths are compared
    return path


@lru_cache(maxsize=2_000)
def path_key(path):
    """What all spellings of a path have in common: its case and its compatibility forms are gone."""
    return _fold(normalize_path(path))


def title_from_path(path):
    return path.rpartition('/')[2].replace('_', ' ')


def path_from_title(title):
    """A path on the top level for a page of this title, "First_steps" for "First steps?"; it may be ''."""
    kept = ''.join(character for character in unicodedata.normalize('NFC', title.replace('/', ' '))
                   if _may_stand_in_path(character))
    return _tidy(kept[:MAX_SEGMENT])


def _tidy(path):
    segments = (re.sub(r'[\s_]+', '_', segment).strip('_') for segment in path.split('/'))
    return '/'.join(segment for segment in segments if segment)


def _fold(path):
    """Fold case and compatibility forms until nothing changes: once is not enough for every letter."""
    compatible = unicodedata.normalize('NFKC', path.translate(VARIATIONS))
    folded = _tidy(unicodedata.normalize('NFKC', compatible.casefold()))
    return folded if folded == path else _fold(folded)


def _check_shape(path):
    segments = path.split('/')
    if not path:
        raise ValueError('A page needs a path.')
    if len(path) > MAX_PATH:
        raise ValueError(f'A path has at most {MAX_PATH} characters.')
    if len(segments) > MAX_SEGMENTS:
        raise ValueError(f'A path has at most {MAX_SEGMENTS} parts.')
    if any(len(segment) > MAX_SEGMENT for segment in segments):
        raise ValueError(f'Each part of a path has at most {MAX_SEGMENT} characters.')
    if '.' in segments or '..' in segments:
        raise ValueError('No part of a path is "." or "..".')


def _check_characters(text):
    for character in sorted(set(text)):
        if not _may_stand_in_path(character):
            raise ValueError(f'A path cannot hold the character {_name(character)}.')


def _may_stand_in_path(character):
    """Not for controls, direction marks, half and unknown characters (C), breaks of lines, blanks that
    are letters, and whatever becomes a slash or a forbidden character when paths are compared."""
    compatible = set(unicodedata.normalize('NFKC', character))
    return (unicodedata.category(character) not in UNSEEN and character not in INVISIBLE
            and not compatible & FORBIDDEN and ('/' not in compatible or character == '/'))


def _name(character):
    return f'"{character}"' if character in FORBIDDEN else f'U+{ord(character):04X}'


def unified_diff(old, new, old_name, new_name, context=3):
    """The lines of a unified diff, for people to read; [] when nothing changed.

    Takes at most about half a second. Texts too different for that are shown as replaced where
    they differ; very long differences and lines are cut, and say so.
    """
    old, new = old.split('\n'), new.split('\n')
    groups = _Matcher(None, old, new, autojunk=False).get_grouped_opcodes(context)
    lines = [line for group in groups for line in _hunk(group, old, new)]
    if len(lines) > MAX_DIFF_LINES:
        more = len(lines) - MAX_DIFF_LINES
        lines[MAX_DIFF_LINES:] = [f'… and {more:,} more lines']
    return [f'--- {old_name}', f'+++ {new_name}', *lines] if lines else []


def _hunk(group, old, new):
    first, last = group[0], group[-1]
    yield f'@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@'
    for tag, i1, i2, j1, j2 in group:
        if tag == 'equal':
            yield from (f' {_cut(line)}' for line in old[i1:i2])
        else:
            yield from (f'-{line}' for line in _cut_all(old[i1:i2], new[j1:j2]))
            yield from (f'+{line}' for line in _cut_all(new[j1:j2], old[i1:i2]))


def _range(start, stop):
    """Lines as a hunk names them: counted from 1, and an empty range by the line before it."""
    length = stop - start
    return f'{start + 1}' if length == 1 else f'{start + 1 if length else start},{length}'


def _cut_all(lines, others):
    """The lines so far as they are shown, each beside the one in whose place it stands."""
    return [_cut(line, others[number] if number < len(others) else '') for number, line in enumerate(lines)]


def _cut(line, other=''):
    """So much of a line as is shown: the place where it begins to differ from the other one is in it."""
    if len(line) <= MAX_DIFF_LINE:
        return line
    differs = len(commonprefix([line, other]))
    start = max(0, min(differs - MAX_DIFF_LINE // 4, len(line) - MAX_DIFF_LINE))
    stop = start + MAX_DIFF_LINE
    return '…' * (start > 0) + line[start:stop] + '…' * (stop < len(line))


def changed_words(lines):
    """The lines of a unified diff without its two names, each as [(changed, piece), …].

    A removed line and the added one in its place are compared word by word; where they have little
    in common, nothing of them is marked.
    """
    marked = [[(False, line)] for line in lines]
    for old, new in islice(_pairs_of_lines(lines), MAX_MARKED):
        removed, added = _compare_words(lines[old][1:], lines[new][1:])
        marked[old], marked[new] = [(False, '-'), *removed], [(False, '+'), *added]
    return marked


def _pairs_of_lines(lines):
    """(number, number) of each removed line and the added one that took its place."""
    runs = [(sign, list(numbers)) for sign, numbers in groupby(range(len(lines)), lambda n: lines[n][:1])]
    for (sign, old), (next_sign, new) in pairwise(runs):
        if (sign, next_sign) == ('-', '+'):
            yield from zip(old, new, strict=False)


def _compare_words(old, new):
    before, after = WORD.findall(old), WORD.findall(new)
    pairs = list(_matches(before, after, MAX_WORD_CHANGES))
    if not pairs or 2 * len(pairs) < min(len(before), len(after)):
        return [(False, old)], [(False, new)]
    return _pieces(before, {i for i, _ in pairs}), _pieces(after, {j for _, j in pairs})


def _pieces(words, kept):
    """Words put together to pieces, [(changed, piece), …]; `kept` are the numbers of those that stayed."""
    numbers = groupby(range(len(words)), lambda n: n not in kept)
    return [(changed, ''.join(words[n] for n in run)) for changed, run in numbers]


class _Matcher(SequenceMatcher):
    """difflib's grouping of changes on matches found in bounded time (difflib's own may take hours)."""

    def get_matching_blocks(self):
        blocks = []
        for i, j in [*_matches(self.a, self.b), (len(self.a), len(self.b))]:
            if blocks and blocks[-1][0] + blocks[-1][2] == i and blocks[-1][1] + blocks[-1][2] == j:
                blocks[-1][2] += 1
            else:
                blocks.append([i, j, 1])
        blocks[-1][2] -= 1      # the end, which difflib wants as a block without length
        return [tuple(block) for block in blocks]


def _matches(old, new, most=MAX_CHANGES):
    """Pairs (i, j) of equal lines, both rising: the equal ends, and the most that can be found between."""
    start, stop = _equal_ends(old, new)
    shared = set(old[start:len(old) - stop]) & set(new[start:len(new) - stop])
    left = [i for i in range(start, len(old) - stop) if old[i] in shared]
    right = [j for j in range(start, len(new) - stop) if new[j] in shared]
    between = _longest_common([old[i] for i in left], [new[j] for j in right], most)
    yield from ((i, i) for i in range(start))
    yield from ((left[x], right[y]) for x, y in between)
    yield from ((len(old) - n, len(new) - n) for n in range(stop, 0, -1))


def _equal_ends(old, new):
    """How many lines are the same at the start, and how many of the others at the end."""
    shorter = min(len(old), len(new))
    start = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    stop = next((n for n in range(shorter - start) if old[-1 - n] != new[-1 - n]), shorter - start)
    return start, stop


def _longest_common(old, new, most):
    """Myers' greedy search: pairs (x, y) of equal items, or none beyond `most` differences."""
    reached = {1: (0, None)}        # diagonal → how far along `old`, and the runs matched on the way
    for changes in range(min(len(old) + len(new), most) + 1):
        for diagonal in range(-changes, changes + 1, 2):
            x, runs = _step(reached, diagonal, changes)
            start = x
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            if x > start:
                runs = (runs, start, x, diagonal)
            reached[diagonal] = x, runs
            if x >= len(old) and x - diagonal >= len(new):
                return _pairs(runs)
    return []


def _step(reached, diagonal, changes):
    """The farther of: one line of `new` more, one line of `old` more."""
    down, right = reached.get(diagonal + 1), reached.get(diagonal - 1)
    if diagonal == -changes or (diagonal != changes and right[0] < down[0]):
        return down
    return right[0] + 1, right[1]


def _pairs(runs):
    pairs = []
    while runs:
        runs, start, stop, diagonal = runs
        pairs.extend((x, x - diagonal) for x in range(stop - 1, start - 1, -1))
    return pairs[::-1]


def legible(words):
    """On one line, with escapes such as "\\n" for what shows nothing, ends a line or steers a terminal."""
    if words.isprintable():
        return words
    return ''.join(char if char.isprintable() else ascii(char)[1:-1] for char in words)


def ago(then, now):
    """"3 minutes ago", "just now", "in 2 hours"."""
    distance = abs(now - then)
    for unit, seconds in (('year', 31_536_000), ('month', 2_592_000), ('day', 86_400),
                          ('hour', 3_600), ('minute', 60)):
        if distance >= seconds:
            count = int(distance // seconds)
            words = f'{count} {unit}{"s" if count > 1 else ""}'
            return f'{words} ago' if then <= now else f'in {words}'
    return 'just now' if then <= now else 'in a moment'


def exact(then, zone):
    """"2026-11-22 14:03:05 CET" for a name of a time zone."""
    return datetime.fromtimestamp(then, ZoneInfo(zone)).strftime('%Y-%m-%d %H:%M:%S %Z')


def iso(then):
    return datetime.fromtimestamp(then, timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
