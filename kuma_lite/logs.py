"""The log on a stream: each line with the request and the task in which it was written.

As text, or with `[log] format = json` as one object a line. What people typed is shown with escapes,
so that nobody can write a line of his own; a traceback in text is indented for the same reason.
"""
import json
import logging
import threading
from datetime import datetime, timezone

from kuma_lite.queue import capture, context

log = logging.getLogger(__name__)


class Text(capture.Formatter):
    """`2026-11-22 05:00:00.123+00:00 INFO kuma_lite.mail [request=5f2c… task=7]: words`."""

    def head(self, record):
        known = ' '.join(f'{key}={value}' for key, value in ids().items() if value)
        return super().head(record) + (f' [{known}]' if known else '')


class Json(logging.Formatter):
    """One object a line, in ASCII, so that no reader finds the end of a line inside of one."""

    def format(self, record):
        at = datetime.fromtimestamp(record.created, timezone.utc)
        fields = {'time': at.isoformat(timespec='milliseconds'), 'level': record.levelname,
                  'logger': record.name, 'message': record.getMessage(), **ids(),
                  'user': context.current().user, 'traceback': capture.trace(record)}
        return json.dumps({name: value for name, value in fields.items() if value})


FORMATS = {'text': Text, 'json': Json}
LOUD = {            # logger -> the least that it may say
    'peewee': logging.INFO,     # below that it tells the values of every statement: addresses, hashes, mails
    'peewee.migrations': logging.WARNING,       # db says what it does with the tables
    'huey': logging.WARNING,
    'waitress.queue': logging.ERROR,            # a line for each request that waits, when many do
    'huey.consumer.Worker': logging.CRITICAL,   # a Redis that is away is told once, by the relay
}


class Stream(logging.StreamHandler):
    """The handler that `install` adds, and replaces when it is called again."""


def ids():
    """The request and the task in which this thread works, {'request': '', 'task': None} outside."""
    here = context.current()
    return {'request': here.request_id, 'task': here.parent}


def install(stream, level, format):
    """Log to `stream` from a level on, as 'text' or 'json'; warnings and errors that end a thread too."""
    handler = Stream(stream)
    handler.setFormatter(FORMATS[format]())
    root = logging.getLogger()
    root.handlers[:] = [other for other in root.handlers if not isinstance(other, Stream)] + [handler]
    root.setLevel(level.upper())
    for name, least in LOUD.items():
        logging.getLogger(name).setLevel(least)
    logging.captureWarnings(True)
    threading.excepthook = _log_end_of_thread


def _log_end_of_thread(error):
    if error.exc_type is not SystemExit:
        log.critical('The thread %s has ended by an error', error.thread and error.thread.name,
                     exc_info=(error.exc_type, error.exc_value, error.exc_traceback))
