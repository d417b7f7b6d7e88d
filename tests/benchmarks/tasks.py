"""No-op tasks a second and the time from the call to the start: ours against plain Huey and Celery.

    python tests/benchmarks/tasks.py [ROUNDS [TASKS]]

Each measurement is a process of its own with a Valkey of its own; they take turns in each round.
Ours writes every task, claim and completion to SQLite; Huey and Celery keep nothing, and lose what
was running when they are killed. Celery takes part when it is installed. The affinity is printed:
all sides have the same.

What limits ours: one writer at a time, in SQLite and before it, and one interpreter. A task costs its worker
about 100 µs in one transaction that ends it and claims the next, so more threads than one add only waiting
for each other where the tasks do nothing. A start on an idle site waits for the relay's thread, its
transaction, Redis and the claim, where plain Huey has the call itself push and nothing to claim.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from huey import RedisHuey
from huey.consumer import Consumer

from kuma_lite import db, queue
from kuma_lite.queue import cache, consumer, schedule, tables
from kuma_lite.queue.broker import Broker

try:
    import celery
except ImportError:
    celery = None

LATENCIES = 200


def main(rounds=5, tasks=3000):
    others = ['huey'] + ['celery'] * (celery is not None)
    sides = [(name, workers) for workers in (1, 4, 8) for name in ['ours', *others]]
    found = {side: [] for side in sides}
    for _ in range(rounds):
        for side in sides:
            found[side].append(measure_apart(*side, tasks))
    print(f'CPUs {sorted(os.sched_getaffinity(0))}, {rounds} rounds of {tasks} tasks; median (min–max)')
    print(f'{"":10}{"workers":>8}{"tasks/s":>22}{"enqueue µs":>12}{"start p50 ms":>14}{"start p99 ms":>14}')
    for side in sides:
        show(side, found[side])
    for other in ['celery'] * (celery is not None) + ['huey']:
        print(f'ours / {other}, 4 workers: tasks a second {ratio(found, other, "rate"):.2f}, '
              f'call to start {ratio(found, other, "p50"):.2f}')


def measure_apart(name, workers, tasks):
    command = [sys.executable, __file__, '--one', name, str(workers), str(tasks)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])


def show(side, runs):
    rates = [run['rate'] for run in runs]
    rate = f'{statistics.median(rates):.0f} ({min(rates):.0f}–{max(rates):.0f})'
    enqueue, p50, p99 = (statistics.median(run[key] for run in runs) for key in ('enqueue', 'p50', 'p99'))
    print(f'{side[0]:10}{side[1]:>8}{rate:>22}{enqueue:>12.0f}{p50:>14.2f}{p99:>14.2f}')


def ratio(found, other, key):
    pairs = zip(found['ours', 4], found[other, 4], strict=True)
    return statistics.median(ours[key] / theirs[key] for ours, theirs in pairs)


def one(name, workers, tasks):
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(folder)
        broker.start()
        started = {}
        side = {'ours': Ours, 'huey': PlainHuey, 'celery': Celery}[name](folder, broker.url, workers, started)
        print(json.dumps(measure(side, started, tasks)), flush=True)
        broker.kill()


def measure(side, started, tasks):
    """Enqueue all, then start the workers; then one after the other on idle workers."""
    begun = time.perf_counter()
    side.enqueue(range(tasks))
    enqueue = (time.perf_counter() - begun) / tasks * 1e6
    begun = time.perf_counter()
    side.start()
    wait_for(started, tasks)
    rate = tasks / (max(started.values()) - begun)
    waits = []
    for number in range(tasks, tasks + LATENCIES):
        called = time.perf_counter()
        side.enqueue([number])
        wait_for(started, number + 1)
        waits.append((started[number] - called) * 1000)
    waits.sort()
    return {'rate': rate, 'enqueue': enqueue, 'p50': waits[LATENCIES // 2], 'p99': waits[-3]}


def wait_for(started, count):
    while len(started) < count:
        time.sleep(0.0002)


def note_in(started):
    """The body of the task: it notes when it began."""
    def note(number):
        started[number] = time.perf_counter()
    return note


class Ours:
    def __init__(self, folder, url, workers, started):
        db.open_file(Path(folder) / 'wiki.db')
        db.database.connect()
        db.database.create_tables([tables.Worker, tables.Batch, tables.Task, tables.Attempt, tables.Paused,
                                   schedule.Schedule, cache.Prepared])
        self.task = queue.task(name='note')(note_in(started))
        self.workers = consumer.Workers(workers, url, periodic=False)

    def enqueue(self, numbers):
        with db.atomic():
            for number in numbers:
                self.task(number)

    def start(self):
        self.workers.start()


class PlainHuey:
    def __init__(self, folder, url, workers, started):
        self.huey = RedisHuey('plain', url=url, results=False)
        self.task = self.huey.task(name='note')(note_in(started))
        self.consumer = Consumer(self.huey, workers=workers, periodic=False)

    def enqueue(self, numbers):
        for number in numbers:
            self.task(number)

    def start(self):
        self.consumer.start()


class Celery:
    def __init__(self, folder, url, workers, started):
        self.app = celery.Celery('bench', broker=f'redis+socket://{url.removeprefix("unix://")}')
        self.app.conf.update(task_ignore_result=True, worker_hijack_root_logger=False,
                             worker_redirect_stdouts=False)
        self.task = self.app.task(name='note')(note_in(started))
        self.worker = self.app.Worker(pool='threads', concurrency=workers, loglevel='ERROR', quiet=True,
                                      without_gossip=True, without_mingle=True, without_heartbeat=True)

    def enqueue(self, numbers):
        for number in numbers:
            self.task.delay(number)

    def start(self):
        threading.Thread(target=self.worker.start, daemon=True).start()


if __name__ == '__main__':
    if sys.argv[1:2] == ['--one']:
        one(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
        os._exit(0)     # threads of three kinds; none is worth waiting for
    main(*(int(argument) for argument in sys.argv[1:]))
