"""A process that calls three tasks and runs them, and dies at a named point of the engine.

    python victim.py DATABASE POINT     POINT: a failpoint, or 'none' to live
"""
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from peewee import CharField

from kuma_lite import clock, db, queue
from kuma_lite.queue import cache, modes, schedule, tables, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.failpoints import POINTS


class Effect(db.BaseModel):
    """What the tasks leave behind."""
    task = CharField()


@queue.task(atomic=True)
def exactly_once():
    Effect.create(task='exactly once')


@queue.task()
def safe_to_run_twice():
    with db.atomic():
        if not Effect.select().where(Effect.task == 'safe').exists():
            Effect.create(task='safe')


@queue.task(retries=3, retry_delay=0)
def fails_at_first():
    if not Effect.select().where(Effect.task == 'tried').exists():
        with db.atomic():
            Effect.create(task='tried')
        raise RuntimeError('the first time always fails')


def main(path, point):
    is_new = not os.path.exists(path)
    db.open_file(path)
    with db.connection():
        db.database.create_tables([tables.Worker, tables.Batch, tables.Task, tables.Attempt, tables.Paused,
                                   schedule.Schedule, cache.Prepared, Effect])
        modes.start_manual()
        POINTS[point] = lambda: os._exit(9)
        if is_new:
            call_all()
        workers.rescue(engine.worker_id, engine.active)
        clock.advance(10 * tables.Worker.select().count())      # each life is ten seconds later
        modes.drain()


def call_all():
    """An "edit": a row and three tasks in one transaction."""
    with db.atomic():
        Effect.create(task='edit')
        exactly_once()
        safe_to_run_twice()
        fails_at_first()


if __name__ == '__main__':
    main(*sys.argv[1:])
