"""The site with a task that sleeps, a task and a view that want to end it, and a signal that ends threads.

    python risky_site.py serve --data DIR …       as kuma_lite.py; web and worker too

At SIGUSR1 the threads whose names begin with what stands in thread.txt beside the data folder raise
SystemExit, wherever they are. While that file is there nobody looks after them. Once awake.txt is beside it,
nobody sleeps.
"""
import ctypes
import signal
import sys
import threading
import time
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

import bottle
from peewee import CharField

from kuma_lite import app as site
from kuma_lite import cli, db, queue, serve
from kuma_lite.config import settings

NAME, AWAKE = 'thread.txt', 'awake.txt'
app = bottle.Bottle()


class Effect(db.BaseModel):
    """What a task left that came to its end."""
    key = CharField()


@queue.task(name='faults.sleep')
def sleep(seconds, key):
    until = time.monotonic() + seconds
    while time.monotonic() < until and not file(AWAKE).exists():
        time.sleep(0.05)
    with db.atomic():
        Effect.create(key=key)


def effects():
    return [row.key for row in Effect.select()]


@queue.task(name='faults.leave')
def leave():
    sys.exit('a task that wants to end the process')


@app.get('/faults/leave/<key>')
def leave_from_a_view(key):
    with db.atomic():
        sleep(0, f'view {key}')
        sys.exit('a view that wants to end the process')


class Watched(serve.Site):
    def _check(self, stopping):
        if not file(NAME).exists():
            super()._check(stopping)


def file(name):
    return Path(settings.server.data).with_name(name)


def raise_in_thread(signum, frame):
    name = file(NAME).read_text()
    raise_there = ctypes.pythonapi.PyThreadState_SetAsyncExc
    for thread in threading.enumerate():
        if thread.name.startswith(name):
            raise_there(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


if __name__ == '__main__':
    serve.Site = Watched
    site.VIEWS.append(sys.modules[__name__])
    signal.signal(signal.SIGUSR1, raise_in_thread)
    sys.exit(cli.main())
