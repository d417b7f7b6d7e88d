"""A process of workers with some dangerous tasks, for tests that kill it and put it to sleep.

    python crew.py DATABASE REDIS-URL [--pause-at POINT] [--dawdle] [--start-batches]

It beats each second and is given up after 2 s without. At the failpoint POINT it stops itself, as
SIGSTOP does, once; SIGCONT wakes it up. With --dawdle it takes its time between claim and work. With
--start-batches it calls a batch of 20 again and again, and prints what became of each.
"""
import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

if __name__ == '__main__':
    sys.path[:0] = [str(Path(__file__).parents[2])]

import counts
from peewee import CharField

from kuma_lite import db, queue, sqlite
from kuma_lite.queue import batches, consumer, ticker, workers
from kuma_lite.queue.failpoints import POINTS
from kuma_lite.queue.tables import Task

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


def call_once(number):
    """That with each tenth number is called in a transaction that fails."""
    with db.atomic() if number % 10 else counts.rolled_back():
        once(number)


def judge(fault, calls, **more):
    """What became of `call_once` with the numbers below `calls`."""
    keys = [f'once {number}' for number in range(calls)]
    effects = [row.what for row in Effect.select().where(Effect.what.startswith('once'))]
    counts.judge(fault, {*keys} - {*keys[::10]}, effects, refused=keys[::10], **more)


@queue.task(name='crew.slow')
def slow(seconds):
    time.sleep(seconds)
    with db.atomic():
        leave('slow')


@queue.task(atomic=True, name='crew.part')
def part(key, number):
    """Every fifth is dead at once."""
    if number % 5 == 4:
        raise RuntimeError('a part that fails')
    leave(f'{key} part {number}')


@queue.task(atomic=True, name='crew.last')
def last(batch_id, dead):
    [[key, _], _] = json.loads(Task.get(Task.batch == batch_id).args)
    leave(f'{key} ended, {len(dead)} dead')


def effects_of(key):
    """What a batch has to leave behind."""
    parts = [f'{key} part {number}' for number in range(SIZE) if number % 5 != 4]
    return [*parts, f'{key} ended, {SIZE // 5} dead']


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


@queue.task(atomic=True, name='crew.hold_forever', deadline=1)
def hold_forever():
    leave('never')
    while True:
        time.sleep(0.1)


@queue.task(atomic=True, name='crew.query_forever', deadline=1)
def query_forever():
    leave('never')
    db.database.execute_sql('WITH RECURSIVE endless(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM endless) '
                            'SELECT count(*) FROM endless').fetchall()


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
    ticker.ASLEEP = sqlite.LONGEST = DEAD
    if pause_at:
        POINTS[pause_at] = lambda: pause(pause_at)
    if dawdle:
        POINTS['taken'] = lambda: time.sleep(random.uniform(0, 0.05))
    db.open_file(path)
    crew = consumer.Workers(2, url, periodic=False)
    crew.start()
    print('working', flush=True)
    for number in itertools.count() if start_batches else ():
        start_batch(f'{os.getpid()}.{number}', fails=number % 3 == 2)
        time.sleep(0.05)
    signal.sigwait([signal.SIGTERM])
    crew.stop(5)


def start_batch(key, fails):
    """Start a batch, in a transaction that may be one that fails."""
    say('unknown', key)
    with db.connection(), counts.rolled_back() if fails else db.atomic():
        batches.start([part.s(key, number) for number in range(SIZE)], then=last)
    say('refused' if fails else 'acknowledged', key)


def say(word, key):
    os.write(1, f'{word} {key}\n'.encode())     # at once: a line is there whole or not at all


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
