"""Differences as plain lines, for mail and programs."""
from itertools import chain, islice
from os.path import commonprefix

from kuma_lite.diffs.matching import Matcher

MAX_LINES = 5_000
MAX_LINE = 2_000        # characters shown of one line


def unified(old, new, old_name, new_name, context=3):
    """The lines of a unified diff; [] when nothing changed.

    Texts too different to be matched are shown as replaced; very long differences and lines are
    cut, and say so.
    """
    old, new = old.split('\n'), new.split('\n')
    groups = Matcher(None, old, new).get_grouped_opcodes(context)
    lines = chain.from_iterable(_hunk(group, old, new) for group in groups)
    shown = list(islice(lines, MAX_LINES))
    more = sum(1 for _ in lines)
    end = [f'… and {more:,} more lines'] if more else []
    return [f'--- {old_name}', f'+++ {new_name}', *shown, *end] if shown else []


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
    if len(line) <= MAX_LINE:
        return line
    differs = len(commonprefix([line, other]))
    start = max(0, min(differs - MAX_LINE // 4, len(line) - MAX_LINE))
    stop = start + MAX_LINE
    return '…' * (start > 0) + line[start:stop] + '…' * (stop < len(line))
