"""What 100,000 finished tasks in the ledger cost: the queue, the page /tasks, and their deletion.

    python tests/benchmarks/history.py [ROUNDS [ROWS]]

One site with an empty ledger and one with ROWS done tasks and their attempts take turns in each round,
each time as a process of its own with a Valkey of its own and a fresh copy of its database: no-op tasks
a second on 4 workers, µs of one call inside a transaction, ms of the page /tasks. Then the full ledger is
deleted in chunks, as the daily task does it, while a writer beside it notes how long each commit takes;
and once more, when nothing in it is old enough. The affinity is printed: both sides have the same.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from base import Site, create_cast, settings_for
from kuma_lite import app, clock, db, queue
from kuma_lite.accounts.models import Person
from kuma_lite.queue import consumer, modes, retention
from kuma_lite.queue.broker import Broker
from kuma_lite.queue.tables import Attempt, Task

CALLS = 2000
VIEWS = 50
KEPT = 14 * retention.DAY       # seconds, as the default of [tasks] keep_done
WORDS = {'rate': 'tasks a second', 'call': 'one call, µs', 'page': '/tasks, ms'}


def main(rounds=5, rows=100_000):
    with tempfile.TemporaryDirectory() as work:
        sides = {'empty': Path(work) / 'empty', f'{rows:,}': Path(work) / 'full'}
        prepare(*sides.values(), rows)
        found = {name: [] for name in sides}
        for _ in range(rounds):
            for name, data in sides.items():
                found[name].append(apart('measure', data, work))
        print(f'CPUs {sorted(os.sched_getaffinity(0))}, {rounds} rounds of {CALLS} tasks; median (min–max)')
        show(found)
        report_deletion('deleting them all', apart('delete_all', data, work))
        report_deletion('when none is old enough', apart('delete_none', data, work))


def prepare(empty, full, rows):
    """Two sites with the cast and one task that has run; in the second, `rows` copies of it as well."""
    app.configure(settings_for(empty))
    db.migrate()
    with db.connection():
        create_cast()
        modes.start_inline()
        noop()
    db.database.close_all()
    shutil.copytree(empty, full)
    db.open_file(full / 'wiki.db')
    with db.connection(), db.atomic():
        multiply(Task, rows - 1, 'id + number')
        multiply(Attempt, rows - 1, 'id + number', task_id='task_id + number')
    db.database.close_all()


@queue.task(name='noop')
def noop():
    pass


def multiply(model, rows, new_id, **changed):
    """Copy the one row of a table, with new ids."""
    names = [field.column_name for field in model._meta.sorted_fields if field.name != 'id']
    values = ', '.join(changed.get(name, f'"{name}"') for name in names)
    columns = ', '.join(f'"{name}"' for name in names)
    numbers = f'SELECT 1 AS number UNION ALL SELECT number + 1 FROM numbers LIMIT {rows}'
    db.database.execute_sql(f'WITH RECURSIVE numbers AS ({numbers}) '
                            f'INSERT INTO "{model._meta.table_name}" (id, {columns}) '
                            f'SELECT {new_id}, {values} FROM "{model._meta.table_name}", numbers')


def apart(what, data, work):
    """Run one of the functions below on a copy of a data folder, in a process of its own."""
    copy = Path(work) / 'copy'
    shutil.copytree(data, copy)
    command = [sys.executable, __file__, '--one', what, str(copy)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    shutil.rmtree(copy)
    return json.loads(output.splitlines()[-1])


def measure(data):
    broker = Broker(data)
    broker.start()
    workers = consumer.Workers(4, broker.url, periodic=False)
    call, rate = run_tasks(workers)
    page = view()
    broker.kill()
    return {'rate': rate, 'call': call * 1e6, 'page': page * 1000}


def run_tasks(workers):
    """(seconds for one call, tasks a second): all calls in one transaction, then the workers start."""
    begun = time.perf_counter()
    with db.atomic():
        for _ in range(CALLS):
            noop()
    call = (time.perf_counter() - begun) / CALLS
    begun = time.perf_counter()
    workers.start()
    modes.settle(timeout=120)
    rate = CALLS / (time.perf_counter() - begun)
    workers.stop(5)
    assert not Task.select().where(Task.state != 'done').exists()
    return call, rate


def view():
    """Seconds of the page, at the median."""
    browser = Site({person.name: person for person in Person.select()}).login('mona')
    times = []
    for _ in range(VIEWS):
        begun = time.perf_counter()
        browser.get('/tasks')
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def delete_all(data):
    clock.advance(KEPT + 1)
    found = delete_beside_a_writer()
    assert not Task.select().where(Task.state == 'done', Task.finished_at < clock.now() - KEPT).exists()
    return found


def delete_none(data):
    return delete_beside_a_writer()


def delete_beside_a_writer():
    """How long the deletion takes, and the commits of somebody who writes all the while."""
    rows, done, commits = Task.select().count(), threading.Event(), []
    writer = threading.Thread(target=write_until, args=[done, commits])
    writer.start()
    begun = time.perf_counter()
    retention.delete_old_tasks.call_local()
    seconds = time.perf_counter() - begun
    done.set()
    writer.join()
    return {'rows': rows, 'seconds': seconds, 'commits': sorted(commits)}


def write_until(done, commits):
    with db.connection():
        while not done.is_set():
            begun = time.perf_counter()
            noop.schedule(delay=3600)
            commits.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.002)


def show(found):
    empty, full = found
    print(f'{"":20}{empty:>22}{full:>22}{"ratio":>8}')
    for key, words in WORDS.items():
        ours = {name: [run[key] for run in runs] for name, runs in found.items()}
        ratio = statistics.median(b / a for a, b in zip(ours[empty], ours[full], strict=True))
        print(f'{words:20}{spread(ours[empty]):>22}{spread(ours[full]):>22}{ratio:>8.2f}')


def report_deletion(what, found):
    commits = found['commits']
    print(f'{what}: {found["rows"]:,} tasks in {found["seconds"]:.2f} s; a commit beside it '
          f'{statistics.median(commits):.1f} ms at the median, {commits[-1]:.1f} ms at most')


def spread(values):
    return f'{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})'


def one(what, data):
    app.configure(settings_for(data))
    with db.connection():
        print(json.dumps(globals()[what](Path(data))), flush=True)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--one']:
        one(*sys.argv[2:])
        os._exit(0)     # threads of a consumer; none is worth waiting for
    main(*(int(argument) for argument in sys.argv[1:]))
