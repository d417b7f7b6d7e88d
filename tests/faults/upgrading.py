"""One upgrade of a wiki by a process of its own, which counts its steps and can kill itself at one of them.

A step is what lies before or after each statement, each commit, and each thing done to a file.
"""
import itertools
import os
import resource
import signal
from pathlib import Path

from base import settings_for
from kuma_lite import app, db, folder, serve
from kuma_lite.sqlite import Database

CALLS = [(Database, 'execute_sql'), (Database, 'glance'), (Database, 'begin'), (Database, 'commit'),
         (Database, 'close_all'), (os, 'fsync'), (os, 'replace'), (Path, 'mkdir'), (Path, 'unlink')]
REFUSED = 3     # the exit status of an upgrade that ends with a sentence


def live(data, migrations, step=0, limit=None, together=True):
    """Bring the wiki in `data` to the version that has these migrations; `said()` has what came of it.

    Dies at the step of this number; files grow no larger than `limit` bytes. Without `together` nothing but
    the database keeps others from doing the same.
    """
    db.MIGRATIONS = Path(migrations)
    app.configure(settings_for(data))
    steps = watched(step)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    status, words = 0, ''
    try:
        words = ' '.join(serve.migrate() if together else db.migrate())
    except (db.Unusable, folder.FolderError) as error:
        status, words = REFUSED, str(error)
    db.database.close_all()
    said(data, os.getpid()).write_text(f'{next(steps)}\n{words}')
    os._exit(status)


def said(data, number):
    """Where the process of this number says how many steps it took, and what came of it."""
    return Path(data).with_name(f'said-{number}')


def watched(step):
    """Have all CALLS counted from now on; returns the counter."""
    steps = itertools.count(1)
    for owner, name in CALLS:
        setattr(owner, name, counted(getattr(owner, name), steps, step))
    return steps


def counted(call, steps, fatal):
    def passing(*args, **kwargs):
        if next(steps) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        result = call(*args, **kwargs)
        if next(steps) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return passing
