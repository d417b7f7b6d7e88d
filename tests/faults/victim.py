"""One life of a site that goes through every write step of ours, and dies at a named one.

`live(data, 'claimed')` makes an edit with three tasks and a batch of five if this is the first life of
the data folder, runs whatever is there, and ends its process at the failpoint: call it in a process of
its own. `live(data, 'none')` survives.
"""
import contextlib
import itertools
import os
from pathlib import Path

from counts import rolled_back
from peewee import CharField

from kuma_lite import app, clock, config, db, queue
from kuma_lite.queue import batches, context, ledger, modes, running, schedule, tables, window, workers
from kuma_lite.queue.crontab import to_minute
from kuma_lite.queue.engine import engine
from kuma_lite.queue.failpoints import POINTS
from kuma_lite.wiki import actions as wiki

KILLED = 9      # the exit status
# What each call has to leave behind.
EFFECTS = {'edit': ['edit', 'exactly once', 'safe', 'tried'], 'batch': ['batch without 4', 'part']}
ROLLED_BACK = 'rolled back'


class Trace(db.BaseModel):
    """What the tasks leave behind."""
    what = CharField()


def leave_once(what):
    if not Trace.select().where(Trace.what == what).exists():
        with db.atomic():
            Trace.create(what=what)
        return True
    return False


# What an edit calls

@queue.task(atomic=True, name='victim.exactly_once')
def exactly_once(what='exactly once'):
    Trace.create(what=what)


@queue.task(name='victim.safe_to_run_twice')
def safe_to_run_twice():
    leave_once('safe')


@queue.task(retries=3, retry_delay=0, name='victim.fails_at_first')
def fails_at_first():
    if leave_once('tried'):
        raise RuntimeError('the first time always fails')


# The parts of a batch

@queue.task(atomic=True, name='victim.works')
def works():
    Trace.create(what='part')


@queue.task(name='victim.fails')
def fails():
    raise RuntimeError('this one always fails')


@queue.task(name='victim.is_told_to_stop')
def is_told_to_stop():
    ledger.cancel(context.current().parent)
    running.check()


@queue.task(name='victim.expires', expires=15)
def expires():
    """Its name is paused, so it never starts."""


@queue.task(name='victim.unwanted')
def unwanted():
    """A person cancels it."""


@queue.task(atomic=True, name='victim.last')
def last(batch_id, failed):
    Trace.create(what=f'batch without {len(failed)}')


PARTS = [works, fails, is_told_to_stop, expires, unwanted]


@queue.periodic_task(queue.crontab(), catch_up='all', atomic=True, name='victim.each_minute')
def each_minute():
    Trace.create(what='minute')


def prepare(data):
    """Make the data folder of a site that has missed five slots; returns where their cursor stands."""
    configure(data)
    db.migrate()
    cursor = to_minute(clock.now()).timestamp() - 5 * 60
    with db.connection():
        db.database.create_tables([Trace])
        schedule.Schedule.create(name=each_minute.name, cursor=cursor)
    db.database.close_all()
    return cursor


def configure(data):
    app.configure(config.load(environ={}, flags={('server', 'data'): data}))


def live(data, point, hits=1):
    """One life; it ends when `point` is passed for the `hits`th time."""
    app.PAGE_SAVED.append(on_page_saved)
    configure(data)
    with db.connection():
        clock.advance(20 * tables.Worker.select().count())      # each life is later than the one before
        passes = itertools.count(1)
        POINTS[point] = lambda: os._exit(KILLED) if next(passes) == hits else None
        modes.start_manual()
        if is_first_life(data):
            call_all(Path(data, 'said'))
        run_all()


def is_first_life(data):
    mark = Path(data, 'lived')
    is_first = not mark.exists()
    mark.touch()
    return is_first


def on_page_saved(page, revision, is_new):
    Trace.create(what='edit')
    exactly_once()
    safe_to_run_twice()
    fails_at_first()


def call_all(said):
    """Make the calls; the file `said` has the last word about each."""
    with telling(said, 'edit'):
        wiki.save('Tea', 'Tea', 'It is hot.', None)
    window.pause(expires.name)
    with telling(said, 'batch'), db.atomic():
        batches.start([part.s() for part in PARTS], then=last)
    with rolled_back():
        exactly_once(ROLLED_BACK)


@contextlib.contextmanager
def telling(said, what):
    with open(said, 'a', buffering=1) as file:
        print(what, 'unknown', file=file)
        yield
        print(what, 'acknowledged', file=file)


def run_all():
    workers.rescue(engine.worker_id, engine.active)
    for task in tables.Task.select().where(tables.Task.name == unwanted.name):
        ledger.cancel(task.id)
    be_stopped_with_a_task()
    schedule.insert_slots()
    modes.drain()
    clock.advance(20)
    modes.drain()


def be_stopped_with_a_task():
    """A worker takes one, and is stopped before that has ended."""
    with db.atomic():
        window.take(engine.worker_id, {})
    workers.stop(engine.worker_id)
    engine.worker_id = workers.register()
