"""What tests of tasks hold in their hands; how to use it stands in CONTRIBUTING.md, "Testing tasks"."""
import contextlib
import inspect

from kuma_lite import clock, db
from kuma_lite.dashboard import describe
from kuma_lite.queue import failpoints, ledger, modes, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Task

drain = modes.drain         # run what is due, and what that queues, until nothing is left
settle = modes.settle       # wait until nothing runs and nothing that is due waits


class Killed(BaseException):
    """The engine met its end at a failpoint."""


class Mortal:
    """Stands in for `failpoints.POINTS`: dies at one point and at every later one; the dead write nothing."""

    def __init__(self, point):
        self.point = point
        self.dead = False

    def get(self, name, default):
        self.dead = self.dead or name == self.point
        if self.dead:
            raise Killed(name)
        return default


def advance(seconds):
    """Turn the clock forward and wait until all that has become due has run."""
    clock.advance(seconds)
    engine.bell()
    settle()


def enqueued(task, **args):
    """The rows of the calls of a task with these arguments among others, in any state, the oldest first."""
    return [row for row in Task.select().where(Task.name == task.name).order_by(Task.id)
            if args.items() <= _arguments(task, row).items()]


def assert_enqueued(task, **args):
    """Fail unless a call of `task` with these arguments is in the ledger; returns the row of the last one."""
    found = enqueued(task, **args)
    wanted = ', '.join(f'{name}={value!r}' for name, value in args.items())
    others = [f'{describe.call(row)}, {row.state}' for row in Task.select().order_by(Task.id)] or ['nothing']
    assert found, '\n    '.join([f'{task.name}({wanted}) is not in the ledger, but:', *others])
    return found[-1]


@contextlib.contextmanager
def stopped_at(point):
    """The engine is killed where it passes `failpoint(point)`: the block ends there. Fails if it never does.

    For the mode `manual`, in which the engine runs on the thread of the test.
    """
    before, failpoints.POINTS = failpoints.POINTS, Mortal(point)
    try:
        yield
    except Killed:
        return
    finally:
        failpoints.POINTS = before
    raise AssertionError(f'the engine did not pass {point}')


def restart():
    """What the next start does: queue again what was running when the process died, and run it."""
    with db.connection():
        workers.rescue(engine.worker_id, {})
    advance(60)


def _arguments(task, row):
    args, kwargs = ledger.arguments(row)
    call = inspect.signature(task.func).bind(*args, **kwargs)
    call.apply_defaults()
    return call.arguments
