"""A process with a scheduler, on a clock that goes fast; now and then it dies in the middle of a slot.

    python scheduler.py DATABASE BEGAN SLOTS    BEGAN: when (epoch seconds) the first minute began

Its clock stops after so many minutes; the process goes on until it is killed.
"""
import os
import random
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

from peewee import CharField

from kuma_lite import clock, db, queue
from kuma_lite.queue import context, modes, schedule, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.failpoints import POINTS
from kuma_lite.queue.tables import Task
from kuma_lite.queue.wrapper import TASKS

START = datetime(2026, 3, 29, tzinfo=timezone.utc).timestamp()
MINUTE = 0.12           # real seconds that one takes
DEATHS = 0.05           # of the transactions with a slot


class Effect(db.BaseModel):
    slot = CharField()


def note_slot():
    Effect.create(slot=Task.get_by_id(context.current().parent).slot)


def main(path, began, slots):
    POINTS['slot'] = die_sometimes
    workers.DEAD_AFTER = float('inf')       # a fast clock: only those that are gone count as dead
    TASKS.clear()
    options = {'name': 'each_minute', 'catch_up': 'all', 'retries': 100, 'atomic': True}
    queue.periodic_task(queue.crontab(), **options)(note_slot)
    db.open_file(path)
    set_clock(began, slots)     # first: what is rescued at the start is due by it
    modes.start_manual()
    while True:
        set_clock(began, slots)
        with db.connection():
            schedule.insert_slots()
            workers.rescue(engine.worker_id, engine.active)
            modes.drain()
        time.sleep(0.01)


def set_clock(began, slots):
    minutes = min((time.time() - began) / MINUTE, slots)
    clock.advance(START + minutes * 60 - clock.now())


def die_sometimes():
    if random.random() < DEATHS:
        os._exit(9)


if __name__ == '__main__':
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
