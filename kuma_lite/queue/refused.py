"""Messages from Redis that no worker took: what they were goes to the log, a few lines a minute.

A stranger who can write to Redis can make any number of them; more than LINES are only counted.
"""
import logging
import threading
import time

log = logging.getLogger(__name__)

LINES = 20          # that are written in each period
PERIOD = 60         # seconds
EXCERPT = 60        # bytes of a message that are shown

_lock = threading.Lock()
_count, _since = 0, 0       # of this period


def note_garbage(data):
    _note(logging.WARNING, 'Refused a message from Redis that is none of ours: %d bytes, %s',
          len(data), excerpt(data))


def note_number(task_id, state):
    """The number of a task that may not start. One of ours can come twice or late, which is no fault."""
    _note(logging.INFO if state else logging.WARNING, 'Refused a message from Redis for task %d, %s',
          task_id, f'which is {state}' if state else 'which does not exist')


def _note(level, sentence, *values):
    global _count, _since
    with _lock:
        _since = _since if _count else time.monotonic()
        _count += 1
        if _count <= LINES:
            log.log(level, sentence, *values)


def tell(now=False):
    """When a period is over (or `now`): say how many there were beyond its lines."""
    global _count
    with _lock:
        if _count and (now or time.monotonic() - _since >= PERIOD):
            if _count > LINES:
                log.warning('Refused %d more messages from Redis', _count - LINES)
            _count = 0


def excerpt(data):
    """How a message begins, in ASCII without control characters."""
    return repr(data[:EXCERPT]) + ('…' if len(data) > EXCERPT else '')
