"""The site with tasks that note when they run, for tests that set its clock.

    python clocked.py serve --data DIR …        as kuma_lite.py
"""
import sys
import time
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

from peewee import CharField

from kuma_lite import cli, db, queue
from kuma_lite.queue import context
from kuma_lite.queue.crontab import CATCH_UP
from kuma_lite.queue.tables import Task

LONG = 1.5      # real seconds
MOST = 1000     # slots that are caught up at once
DAYS = 366      # of which they may be


class Effect(db.BaseModel):
    what = CharField()


def note(what):
    with db.atomic():
        Effect.create(what=what)


def note_slot():
    note(Task.get_by_id(context.current().parent).slot)


@queue.task(name='clocked.quick', rate='100/h', deadline=60)
def quick(what):
    note(what)


@queue.task(name='clocked.slow', deadline=60)
def slow(what):
    """It runs while the clock is set."""
    note(f'{what} begins')
    time.sleep(LONG)


if __name__ == '__main__':
    CATCH_UP['all'] = (DAYS * 24 * 60, MOST)
    # Here, so that a test that imports this file gets no periodic tasks.
    for name, hour, minute in (('hourly', '*', '0'), ('nightly', '2', '30')):
        times = queue.crontab(hour=hour, minute=minute)
        queue.periodic_task(times, name=name, catch_up='all', atomic=True)(note_slot)
    sys.exit(cli.main())
