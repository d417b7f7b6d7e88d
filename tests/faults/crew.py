"""A process of workers with some dangerous tasks, for tests that kill it and put it to sleep.

    python crew.py DATABASE REDIS-URL [--pause-at POINT] [--dawdle] [--start-batches]

It beats each second and is given up after 2 s without. At the failpoint POINT it stops itself, as
SIGSTOP does, once; SIGCONT wakes it up. With --dawdle it takes its time between claim and work. With
--start-batches it calls a batch of 20 again and again.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

from peewee import CharField

from kuma_lite import db, queue
from kuma_lite.queue import batches, consumer, context, ticker, workers
from kuma_lite.queue.failpoints import POINTS

DEAD = 2        # seconds without a beat until a process is given up
SIZE = 20       # tasks in a batch


class Effect(db.BaseModel):
    """What a task left behind."""
    what = CharField()
    pid = CharField()


def leave(what):
    Effect.create(what=what, pid=os.getpid())


@queue.task(atomic=True, name='crew.once')
def once(number):
    leave(f'once {number}')


@queue.task(name='crew.slow')
def slow(seconds):
    time.sleep(seconds)
    with db.atomic():
        leave('slow')


@queue.task(atomic=True, name='crew.part')
def part(number):
    """Every fifth is dead at once."""
    if number % 5 == 4:
        raise RuntimeError('a part that fails')
    leave(f'part {context.current().parent}')


@queue.task(atomic=True, name='crew.last')
def last(batch_id, dead):
    leave(f'batch {batch_id} dead {len(dead)}')


@queue.task(name='crew.kill_in_lane', one_at_a_time='of its own')
def kill_in_lane():
    kill.func()


@queue.task(name='crew.kill')
def kill():
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGKILL)


@queue.task(name='crew.exit')
def leave_at_once():
    time.sleep(0.3)
    os._exit(1)


@queue.task(name='crew.sleep_forever', deadline=1)
def sleep_forever():
    while True:
        time.sleep(0.1)


@queue.task(name='crew.compute_forever', deadline=1)
def compute_forever():
    while True:
        sum(range(100_000))         # holds the interpreter for about a millisecond each time


class Crews:
    """Starts such processes for a test; `end()` kills them all."""

    def __init__(self, path, url):
        self._command = [sys.executable, __file__, str(path), url]
        self._all = []

    def start(self, *options, wait=True):
        self._all.append(subprocess.Popen([*self._command, *options], stdout=subprocess.PIPE))
        if wait:
            assert self._all[-1].stdout.readline() == b'working\n'
        return self._all[-1]

    def end(self):
        for process in self._all:
            process.kill()
            process.wait()
            process.stdout.close()


def main(path, url, pause_at, dawdle, start_batches):
    ticker.BEAT, ticker.GRACE, workers.DEAD_AFTER = 0.5, 0.5, DEAD
    if pause_at:
        POINTS[pause_at] = lambda: pause(pause_at)
    if dawdle:
        POINTS['taken'] = lambda: time.sleep(random.uniform(0, 0.05))
    db.open_file(path)
    crew = consumer.Workers(2, url, periodic=False)
    crew.start()
    print('working', flush=True)
    while start_batches:
        with db.connection(), db.atomic():
            batches.start([part.s(number) for number in range(SIZE)], then=last)
        time.sleep(0.05)
    signal.sigwait([signal.SIGTERM])
    crew.stop(5)


def pause(point):
    del POINTS[point]
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(0.3)     # it stops one thread after the other, this one perhaps last


if __name__ == '__main__':
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])      # for sigwait, in every thread
    options = argparse.ArgumentParser()
    options.add_argument('path')
    options.add_argument('url')
    options.add_argument('--pause-at')
    options.add_argument('--dawdle', action='store_true')
    options.add_argument('--start-batches', action='store_true')
    main(**vars(options.parse_args()))
