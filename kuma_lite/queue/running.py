"""What a task can ask and say while it runs. Outside of one, nothing stops and nothing is noted.

    for number, page in enumerate(pages):
        running.check()                             # raises Stopped when it was cancelled or is late
        running.progress(number, len(pages), page.title)
        ...
"""
import contextlib
import contextvars
import json

from kuma_lite import db
from kuma_lite.queue.tables import one, run

_row = contextvars.ContextVar('kuma_running', default=None)


class Stopped(Exception):
    """This task ends here because it was told to; it is not tried again."""


@contextlib.contextmanager
def of(row):
    """The block runs this claim."""
    token = _row.set(row)
    try:
        yield
    finally:
        _row.reset(token)


def why_stop():
    """'cancelled', 'timed out', or 'given to another' if this task should stop; '' if not. A few µs."""
    row = _row.get()
    if row is None:
        return ''
    found = one("SELECT stop FROM task WHERE id = ? AND claim = ? AND state = 'running'", row.id, row.claim)
    return found[0] if found else 'given to another'


def check():
    """Raise Stopped if this task should stop."""
    reason = why_stop()
    if reason:
        raise Stopped(reason)


def progress(done, total, note=''):
    """Say how far this task has come; whoever looks at it sees the last time this was called."""
    row = _row.get()
    if row is not None:
        with db.joined(retraceable=True):
            run('UPDATE task SET progress = ? WHERE id = ? AND claim = ?',
                json.dumps([done, total, note], ensure_ascii=False, allow_nan=False), row.id, row.claim)
