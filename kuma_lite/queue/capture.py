"""The log lines that a task prints while it runs, for its attempt in the ledger.

One handler on the root logger looks for a capture of the thread that logs.
"""
import collections
import contextlib
import contextvars
import logging
import traceback
from datetime import datetime

from kuma_lite.text import legible

LINES = 200     # the last ones are kept

_capture = contextvars.ContextVar('kuma_capture', default=None)


def trace(record):
    """The traceback of a record, or ''."""
    error = record.exc_info
    return ''.join(traceback.format_exception(*error)).rstrip() if error and error[0] else ''


class Formatter(logging.Formatter):
    """A record as one line; a traceback stands below it, indented, so that none of it looks like a record."""

    def format(self, record):
        below = [f'    {legible(line)}' for line in trace(record).splitlines()]
        return '\n'.join([f'{self.head(record)}: {legible(record.getMessage())}', *below])

    def head(self, record):
        at = datetime.fromtimestamp(record.created).astimezone()     # says how far from UTC
        return f'{at.isoformat(" ", "milliseconds")} {record.levelname} {record.name}'


class Lines:
    def __init__(self):
        self.kept = collections.deque(maxlen=LINES)

    def text(self):
        return '\n'.join(self.kept)


class CaptureHandler(logging.Handler):
    """Copies each record into the capture of its thread, if there is one."""

    def emit(self, record):
        lines = _capture.get()
        if lines is not None:
            lines.kept.append(self.format(record))


@contextlib.contextmanager
def captured():
    """Collect what this thread logs during the block."""
    lines = Lines()
    token = _capture.set(lines)
    try:
        yield lines
    finally:
        _capture.reset(token)


def install():
    """Add the handler to the root logger, once."""
    root = logging.getLogger()
    if not any(isinstance(handler, CaptureHandler) for handler in root.handlers):
        handler = CaptureHandler()
        handler.setFormatter(Formatter())
        root.addHandler(handler)
