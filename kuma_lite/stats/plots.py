"""Small plots as numbers for SVG: columns side by side, each of several parts, in a box of WIDTH × HEIGHT."""
from typing import NamedTuple

WIDTH, HEIGHT = 728, 120
STEPS = (1, 2, 5)       # what a scale ends with, times a power of ten


class Bar(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    kind: str


class Plot(NamedTuple):
    bars: list
    top: int        # what the upper edge of the box stands for


def plot(columns, kinds):
    """A Plot of columns, each a tuple of numbers from the lowest part up; `kinds` names the parts."""
    top = _scale(max(map(sum, columns), default=0))
    step = WIDTH / max(1, len(columns))
    return Plot([bar for place, column in enumerate(columns)
                 for bar in _bars(place * step, step, column, kinds, top)], top)


def _bars(x, step, column, kinds, top):
    below = 0
    for number, kind in zip(column, kinds, strict=True):
        below += number
        if number:
            yield Bar(round(x + step * 0.1, 1), round(HEIGHT * (1 - below / top), 1),
                      round(step * 0.8, 1), round(HEIGHT * number / top, 1), kind)


def _scale(most):
    """The next round number from `most` up."""
    power = 1
    while True:
        for step in STEPS:
            if most <= step * power:
                return step * power
        power *= 10
