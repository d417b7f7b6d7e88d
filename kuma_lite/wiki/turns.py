"""Turns for requests that render long texts: one at a time, so that readers of other pages hardly notice."""
import contextlib
import threading

from kuma_lite.web import Refused

LONG = 100_000      # characters from which a text needs a turn: below, rendering takes milliseconds
WRITING = 10        # seconds that an edit waits for its turn
READING = 0.5       # seconds that a reader of an old revision waits

_turn = threading.Lock()


@contextlib.contextmanager
def turn(text, patience):
    """Wait for a turn to render `text`; Refused (503) after `patience` seconds. Short texts need none."""
    if len(text) < LONG:
        yield
        return
    if not _turn.acquire(timeout=patience):
        raise Refused(503, 'The wiki is busy with other long texts; please try again in a moment.',
                      {'Retry-After': '5'})
    try:
        yield
    finally:
        _turn.release()
