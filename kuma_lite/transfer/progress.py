"""How far long work is: a bar with rate and time left on a terminal, plain lines elsewhere."""
import sys
import time

from rich import progress as bars
from rich.console import Console
from rich.text import Text

EVERY = 5    # seconds between two plain lines


def shown(items, total, noun, stream=None):
    """Yield the items while showing on `stream` (standard error) how many of `total` are done."""
    stream = stream or sys.stderr
    show = _bar if stream.isatty() else _lines
    return show(items, total, noun, stream)


class Rate(bars.ProgressColumn):
    def render(self, task):
        return Text(f'{task.speed:,.0f}/s' if task.speed else '')


def _bar(items, total, noun, stream):
    columns = (bars.TextColumn(noun), bars.BarColumn(), bars.MofNCompleteColumn(), Rate(),
               bars.TimeRemainingColumn())
    with bars.Progress(*columns, console=Console(file=stream)) as progress:
        yield from progress.track(items, total)


def _lines(items, total, noun, stream):
    started = told = time.monotonic()
    for done, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - told >= EVERY or done == total:
            rate = done / max(now - started, 0.001)
            print(f'{done:,} of {total:,} {noun}, {rate:,.0f} a second, {(total - done) / rate:,.0f} s left',
                  file=stream, flush=True)
            told = now
