"""How long comparing takes, for a page and as plain lines, beside difflib on the same lines.

    python3 kuma_lite.py test --benchmarks      or      python tests/benchmarks/diffs.py

difflib gets ten seconds for each pair of texts, in a process of its own.
"""
import difflib
import multiprocessing
import resource
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from test_diffs import HARD

from kuma_lite import diffs

PATIENCE = 10       # seconds
COLUMNS = '{:24} {:>9} {:>9} {:>9} {:>9} {:>9}  {}'


def main():
    print(COLUMNS.format('texts', 'KB', 'page', 'plain', 'difflib', 'memory', 'what is told'))
    for name, texts in HARD.items():
        page, memory, kind = in_a_process(compare, texts)
        plain, _, _ = in_a_process(diffs.unified, texts, 'old', 'new')
        slow = in_a_process(by_difflib, texts)
        slowly = said(slow[0]) if slow else f'> {PATIENCE} s'
        print(COLUMNS.format(name, sum(map(len, texts)) // 1_000, said(page), said(plain), slowly,
                             f'{memory // 1_024} MB', kind), flush=True)


def compare(old, new):
    return diffs.compare(old, new).kind


def by_difflib(old, new):
    difflib.SequenceMatcher(None, old.split('\n'), new.split('\n'), autojunk=False).get_opcodes()


def said(seconds):
    return f'{seconds * 1_000:,.0f} ms'


def in_a_process(function, texts, *names):
    """(seconds, KB of memory more than before, result), or None if it takes too long."""
    context = multiprocessing.get_context('fork')
    answers = context.Queue()
    process = context.Process(target=measure, args=(answers, function, *texts, *names))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        return None
    return answers.get()


def measure(answers, function, *arguments):
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    result = function(*arguments)
    taken = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    answers.put((taken, used, result if isinstance(result, str) else None))


if __name__ == '__main__':
    main()
