"""The moderators' list: a word or several on a line, with a * at either end of a word. Nothing else has
a meaning there, so that no line can take long: each is looked up as a plain piece of text."""
import functools
import re

from kuma_lite.spam.reading import words

MOST_LINES, LONGEST = 1000, 100     # lines with words; characters in one of them
SHORTEST = 3                        # letters beside a *


class Unusable(ValueError):
    """A line that cannot be a pattern; the message says which and why."""


def check(text):
    """Raise Unusable for the first line that is no pattern."""
    lines = _lines(text)
    if len(lines) > MOST_LINES:
        raise Unusable(f'The list has {len(lines):,} lines with words; it can have {MOST_LINES:,}.')
    for number, line in lines:
        problem = _problem(line)
        if problem:
            raise Unusable(f'Line {number}, “{line[:40]}”: {problem}')


def found(text, new, gone):
    """The first line of the list that matches more often in the new text than in what it replaces, or ''."""
    new, gone = _plain(new), _plain(gone)
    for line, needle in _needles(text):
        if needle in new and new.count(needle) > gone.count(needle):
            return line
    return ''


@functools.lru_cache(maxsize=2)
def _needles(text):
    """[(line, what is looked for), …] of a list, which each save needs."""
    return [(line, _needle(line)) for _, line in _lines(text)]


def _lines(text):
    """[(number, line), …] without blank lines and those that begin with a #."""
    stripped = ((number, line.strip()) for number, line in enumerate(text.split('\n'), 1))
    return [(number, line) for number, line in stripped if line and not line.startswith('#')]


def _problem(line):
    if len(line) > LONGEST:
        return f'a line has at most {LONGEST} characters.'
    if not words(line):
        return 'there is no word in it.'
    if re.search(r'\w\*+\w', line):
        return 'a * stands at the beginning or the end of a word, not inside.'
    if '*' in line and len(''.join(words(line))) < SHORTEST:
        return f'beside a * there are at least {SHORTEST} letters.'
    if re.search(r'\*\W+\*|\S\*\s+\S|\S\s+\*\S', line):
        return 'of several words only the first begins with a *, and only the last ends with one.'
    return ''


def _plain(text):
    """The words of a text with one space around each. A * at its end finds what goes on without it."""
    return f' {" ".join(words(text))} '


def _needle(line):
    """What is looked for in such a text."""
    begins, ends = '' if line.startswith('*') else ' ', '' if line.endswith('*') else ' '
    return begins + ' '.join(words(line)) + ends
