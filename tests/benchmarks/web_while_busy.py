"""What busy workers cost those who read and those who save: `serve` with its 4 workers idle, running
no-op tasks, and running tasks that compute.

    python tests/benchmarks/web_while_busy.py [ROUNDS [SECONDS]]

One site; the loads take turns in each round. Under each, for SECONDS, 4 clients view a page and then
4 clients save pages by the API, over connections that stay open: requests a second, and ms at the median
and at p99. Printed: medians over the rounds (min–max), the ratio to idle, and how many tasks a second
ran beside. The clients are a process on the same machine; the affinity is printed.
"""
import contextlib
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from base import settings_for
from kuma_lite import app, cli, db, queue
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.config import settings
from kuma_lite.queue.tables import Task
from kuma_lite.wiki import actions as wiki
from process import Process, wait_for

CLIENTS = 4
CHAINS = 8          # twice as many as workers, so that none is ever without a task
TEXT = 'A paragraph of ordinary words, some of them *emphasized*.\n\n' * 80     # about 5 KB


@queue.task(name='noop')
def noop():
    again(noop)


@queue.task(name='compute')
def compute():
    sum(number * number for number in range(200_000))       # 10 to 20 ms
    again(compute)


def again(task):
    """The next of a chain, as long as its load is on."""
    if flag(settings.server.data, task.name).exists():
        task()


def flag(data, name):
    return Path(data).with_name(f'{name}.on')


LOADS = {'idle': None, 'no-op tasks': noop, 'computing tasks': compute}


def main(rounds=5, seconds=2.0):
    found = {name: [] for name in LOADS}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / 'data'
        token = prepare(data)
        with Process(data, program=Path(__file__)) as site, db.connection():
            measure(site, token, 0.5)       # warms up
            for _ in range(rounds):
                for name, task in LOADS.items():
                    with load(data, task) as count:
                        found[name].append({**measure(site, token, seconds), 'tasks/s': count()})
    print(f'CPUs {sorted(os.sched_getaffinity(0))}, {rounds} rounds of {seconds} s; median (min–max)')
    report(found)


def prepare(data):
    """A site with an editor and a page for each client. Returns the editor's token."""
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        editor = accounts.create_person('edda', 'edda@example.org', 'editor', 'a good long one')
        for number in range(CLIENTS):
            wiki.save(f'Page{number}', f'Page{number}', TEXT, editor)
        return sessions.create_token(editor)


@contextlib.contextmanager
def load(data, task):
    """The workers are busy during the block. Gives a function: tasks done a second since it began."""
    if task:
        flag(data, task.name).touch()
        with db.atomic():
            for _ in range(CHAINS):
                task()
        wait_for(lambda: of(task).where(Task.state == 'running').exists())     # its relay has noticed
    before, began = done(task), time.perf_counter()
    yield lambda: (done(task) - before) / (time.perf_counter() - began)
    if task:
        flag(data, task.name).unlink()
        wait_for(lambda: not of(task).where(Task.state.in_(['queued', 'running'])).exists())


def of(task):
    return Task.select().where(Task.name == task.name)


def done(task):
    return of(task).where(Task.state == 'done').count() if task else 0


def measure(site, token, seconds):
    return {'view': crowd(site, seconds, view), 'edit': crowd(site, seconds, lambda *one: edit(*one, token))}


def crowd(site, seconds, request):
    """All clients at once; the ms of each answer."""
    times, until = [], time.perf_counter() + seconds
    threads = [threading.Thread(target=client, args=[site, number, request, until, times])
               for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    return {'a second': len(times) / seconds, 'p50': times[len(times) // 2],
            'p99': times[len(times) * 99 // 100]}


def client(site, number, request, until, times):
    line = http.client.HTTPConnection(site.url.removeprefix('http://'))
    while time.perf_counter() < until:
        began = time.perf_counter()
        request(line, number)
        answer = line.getresponse()
        answer.read()
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200, answer.status
    line.close()


def view(line, number):
    line.request('GET', f'/docs/Page{number}')


def edit(line, number, token):
    body = json.dumps({'content': f'{TEXT}{time.perf_counter()}', 'base_revision': 'latest'})
    line.request('PUT', f'/api/v1/pages/Page{number}', body,
                 {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'})


def report(found):
    print(f'{"":24}{"a second":>24}{"ratio":>8}{"p50 ms":>24}{"p99 ms":>24}')
    for what in ('view', 'edit'):
        for name, runs in found.items():
            columns = {key: [run[what][key] for run in runs] for key in ('a second', 'p50', 'p99')}
            idle = [run[what]['a second'] for run in found['idle']]
            ratio = statistics.median(a / b for a, b in zip(columns['a second'], idle, strict=True))
            print(f'{what + ", " + name:24}{spread(columns["a second"], 0):>24}{ratio:>8.2f}'
                  f'{spread(columns["p50"]):>24}{spread(columns["p99"]):>24}')
    for name, runs in found.items():
        print(f'tasks a second beside, {name}: {spread([run["tasks/s"] for run in runs], 0)}')


def spread(values, digits=1):
    median, *ends = (f'{value:.{digits}f}' for value in (statistics.median(values), min(values), max(values)))
    return f'{median} ({ends[0]}–{ends[1]})'


if __name__ == '__main__':
    if sys.argv[1:2] == ['serve']:
        sys.exit(cli.main())
    main(*(kind(argument) for kind, argument in zip((int, float), sys.argv[1:], strict=False)))
