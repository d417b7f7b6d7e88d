"""The site with one more listener, which notes each edit by an atomic task, and undoes marked ones.

    python noting_site.py serve --data DIR …        as kuma_lite.py

A text with ROLL_BACK in it is an edit whose transaction fails after all its tasks were called.
"""
import sys
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

from peewee import TextField

from kuma_lite import app, cli, db, queue
from kuma_lite.config import settings
from kuma_lite.wiki.models import Revision

PROGRAM = __file__
ROLL_BACK = 'roll back'
RUNS = 'runs.txt'       # beside the data folder: one line each time the task runs, whatever becomes of that
KEY = 40                # characters of a text by which it is known


class Noted(db.BaseModel):
    """One row an edit, if database effects are never doubled and never lost."""
    text = TextField()


@queue.task(atomic=True, name='faults.note')
def note(text):
    with open(Path(settings.server.data).with_name(RUNS), 'ab', buffering=0) as runs:
        runs.write(f'{text}\n'.encode())
    Noted.create(text=text)


def stored():
    """The keys of the edits that are there."""
    return [row.content[:KEY] for row in Revision.select().where(Revision.based_on_id.is_null(False))]


def runs():
    """A key for each time that the task has run."""
    return Path(settings.server.data).with_name(RUNS).read_text().splitlines()


def effects():
    """The keys of what is noted, and of what has run though its edit is not there."""
    return [row.text for row in Noted.select()] + sorted(set(runs()) - set(stored()))


def on_page_saved(page, revision, is_new):
    note(revision.content[:KEY])
    if ROLL_BACK in revision.content:
        raise RuntimeError('this edit fails after its tasks were called')


if __name__ == '__main__':
    app.PAGE_SAVED.append(on_page_saved)
    sys.exit(cli.main())
