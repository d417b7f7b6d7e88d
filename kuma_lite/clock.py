"""The time of day. One place, so that tests can move it; every stored time comes from here."""
import time

_offset = 0.0


def now():
    """Seconds since 1970 in UTC, as a float: the form in which every table keeps its times."""
    return time.time() + _offset


def advance(seconds):
    """Move the clock of this process (tests only); `reset()` puts it right again."""
    global _offset
    _offset += seconds


def reset():
    global _offset
    _offset = 0.0
