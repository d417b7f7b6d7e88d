"""The site with a task that sleeps, a task and a view that want to end it, and a signal that ends threads.

    python risky_site.py serve --data DIR …       as kuma_lite.py; web and worker too

At SIGUSR1 the threads whose names begin with what stands in thread.txt beside the data folder raise
SystemExit, wherever they are. While that file is there nobody looks after them.
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

from kuma_lite import app as site
from kuma_lite import cli, queue, serve
from kuma_lite.config import settings

NAME = 'thread.txt'
app = bottle.Bottle()


@queue.task(name='faults.sleep')
def sleep(seconds):
    time.sleep(seconds)


@queue.task(name='faults.leave')
def leave():
    sys.exit('a task that wants to end the process')


@app.get('/faults/leave')
def leave_from_a_view():
    sys.exit('a view that wants to end the process')


class Watched(serve.Site):
    def _check(self, stopping):
        if not name_file().exists():
            super()._check(stopping)


def name_file():
    return Path(settings.server.data).with_name(NAME)


def raise_in_thread(signum, frame):
    name = name_file().read_text()
    raise_there = ctypes.pythonapi.PyThreadState_SetAsyncExc
    for thread in threading.enumerate():
        if thread.name.startswith(name):
            raise_there(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


if __name__ == '__main__':
    serve.Site = Watched
    site.VIEWS.append(sys.modules[__name__])
    signal.signal(signal.SIGUSR1, raise_in_thread)
    sys.exit(cli.main())
