"""`kuma_lite.py serve` with tasks that leave traces: python served.py serve --data FOLDER …"""
import sys
import time
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

from peewee import CharField

from kuma_lite import app, cli, db, queue

PROGRAM = __file__
ROLL_BACK = 'roll back'         # so begins the text of an edit whose transaction fails


class Effect(db.BaseModel):
    """One run of a task."""
    key = CharField(index=True)


@queue.task(name='fault.note', subject='{key}')
def note(key):
    """Not atomic and not safe to run twice, so that a second run shows."""
    with db.atomic():
        Effect.create(key=key)


@queue.task(name='fault.urgent', priority='urgent')
def urgent(revision_id):
    pass


@queue.task(name='fault.slow')
def slow():
    time.sleep(0.01)


@queue.task(name='fault.long')
def takes_long(seconds):
    time.sleep(seconds)


@queue.task(name='fault.failing')
def failing():
    raise RuntimeError('always')


def on_page_saved(page, revision, is_new):
    if revision.content.startswith(ROLL_BACK):
        note(revision.content)
        raise RuntimeError('this edit fails after its task was called')
    note(f'revision:{revision.id}')
    urgent(revision.id)


if __name__ == '__main__':
    app.PAGE_SAVED.append(on_page_saved)
    sys.exit(cli.main())
