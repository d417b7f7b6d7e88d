"""One attempt: run the function of a claimed row, and say how that ended.

Each way in which it can end is a function (row, log) that writes so; the engine calls it in the
transaction in which it goes on.
"""
import functools
import logging
import traceback

from peewee import PeeweeException

from kuma_lite import chosen, db
from kuma_lite.queue import ledger, running
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.wrapper import TASKS

log = logging.getLogger(__name__)

LATER = 5       # seconds until a task is tried again that could not write


class Incomplete(Exception):
    """A task ran, but its completion could not be written; it will be run again."""


def run(row, lines):
    """Run the function of a row; returns how it ended."""
    wrapper = TASKS.get(row.name)
    if wrapper is None:
        return functools.partial(ledger.bury, outcome='failed', error=f'There is no task called {row.name}.')
    try:
        args, kwargs = ledger.arguments(row)
        chosen.refresh()
        failpoint('taken')
        if not wrapper.atomic:
            wrapper.func(*args, **kwargs)
            failpoint('ran')
            return ledger.complete
        with db.atomic():
            wrapper.func(*args, **kwargs)
            failpoint('ran')
            _complete_inside(row, lines)
        return _nothing
    except (ledger.Fenced, Incomplete) as reason:
        log.warning('%s (task %d): %s', row.name, row.id, reason)
        return _nothing
    except running.Stopped as stopped:
        log.warning('%s (task %d) stopped: %s', row.name, row.id, stopped)
        return ledger.stop
    except BaseException as error:      # a task that calls sys.exit() must not end the thread
        return _failure(row, error)


def _failure(row, error):
    if db.cannot_write(error):          # not the fault of the task: this try does not count
        log.warning('%s (task %d) waits: %s', row.name, row.id, error)
        return functools.partial(ledger.hand_back, delay=LATER)
    log.warning('%s (task %d, try %d of %d) failed: %r', row.name, row.id, row.attempt, row.retries + 1,
                error)
    return functools.partial(ledger.fail, error=_traceback(error))


def _complete_inside(row, lines):
    """Complete an atomic task, so that an error of the ledger is not taken for one of the task."""
    try:
        ledger.complete(row, lines.text())
    except PeeweeException as error:
        raise Incomplete(f'its effects are undone, the ledger failed: {error}') from error


def write(end, row, lines):
    """Write how an attempt ended, unless the row was given to another meanwhile."""
    try:
        end(row, log=lines.text())
    except ledger.Fenced as reason:
        log.warning('%s (task %d): %s', row.name, row.id, reason)


def _traceback(error):
    return ''.join(traceback.format_exception(error))


def _nothing(row, log):
    """It is written already."""
