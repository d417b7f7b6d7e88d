"""TERM and INT while a task of 60 s runs: the process ends in time and hands the task back.

Three times, or twenty; each takes about two seconds. No call is unknown: the test itself makes them.
"""
import signal
from pathlib import Path

import counts
import pytest
import risky_site
from length import either

from base import settings_for
from kuma_lite import app, clock, db
from kuma_lite.queue import workers
from kuma_lite.queue.tables import Attempt, Task, Worker
from process import Process, wait_for

STOPS = either(3, 20)
PROGRAM = Path(__file__).with_name('risky_site.py')
TIMEOUT = 1         # [tasks] shutdown_timeout


@pytest.fixture
def data(tmp_path):
    """A migrated site."""
    data = tmp_path / 'data'
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        db.database.create_tables([risky_site.Effect])
        yield data
    db.database.close_all()


def site(data, command='serve', timeout=TIMEOUT):
    return Process(data, command=command, program=PROGRAM, KUMA_TASKS_SHUTDOWN_TIMEOUT=str(timeout))


def ours():
    """The tasks of a test, without the periodic ones of the hour."""
    return Task.select().where(Task.name.startswith('faults.'))


def running():
    return ours().where(Task.state == 'running').count()


def outcomes():
    return [attempt.outcome for attempt in
            Attempt.select().join(Task).where(Task.name.startswith('faults.')).order_by(Attempt.id)]


def test_a_signal_ends_the_process_in_time_and_hands_the_tasks_back(data):
    called = [risky_site.sleep(60, key).id for key in ('one', 'two')]
    with counts.rolled_back():
        risky_site.sleep(60, 'rolled back')
    longest = 0
    for number in range(STOPS):
        process = site(data, ['serve', 'worker'][number % 2]).start()
        wait_for(lambda: running() == 2)
        status, took = process.stop([signal.SIGTERM, signal.SIGINT][number % 2])
        longest = max(longest, took)
        assert (status, running()) == (0, 0)
    assert [(row.id, row.state, row.attempt) for row in ours()] == [(task, 'queued', 0) for task in called]
    assert outcomes() == ['handed back'] * 2 * STOPS
    assert longest < TIMEOUT + 4
    risky_site.file(risky_site.AWAKE).touch()
    with site(data):
        wait_for(lambda: ours().where(Task.state == 'done').count() == 2)
    counts.judge('stops', ['one', 'two'], risky_site.effects(), refused=['rolled back'],
                 stops=STOPS, handed_back=outcomes().count('handed back'), longest=f'{longest:.1f} s')


def test_what_ends_in_time_is_done_and_nothing_new_begins(data):
    with site(data, timeout=20) as process:
        short = [risky_site.sleep(1, 'short').id for _ in range(4)]     # one for each worker
        wait_for(lambda: running() == 4)
        waiting = risky_site.sleep(0, 'waiting').id
        status, took = process.stop()
    assert status == 0 and took < 10
    states = {row.id: (row.state, row.attempt) for row in ours()}
    assert states == {**dict.fromkeys(short, ('done', 1)), waiting: ('queued', 0)}


@pytest.mark.parametrize('command', ['serve', 'worker'])
def test_a_second_signal_stops_at_once_and_the_task_runs_again(data, command):
    risky_site.sleep(60, 'long')
    process = site(data, command, timeout=60).start()
    wait_for(running)
    process.popen.send_signal(signal.SIGTERM)
    wait_for(lambda: Worker.get().beat_at > clock.now() + workers.DEAD_AFTER)   # nobody takes it meanwhile
    assert process.stop(timeout=5)[0] == 130
    with site(data, command):
        wait_for(lambda: running() and outcomes() == ['rescued'])
    assert [(row.state, row.attempt) for row in ours()] == [('queued', 1)]
