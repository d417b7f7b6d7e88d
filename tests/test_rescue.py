"""What a dead worker left running is queued again; a task that kills its workers ends dead."""
import os
import subprocess
import sys

import pytest

from kuma_lite import clock, queue
from kuma_lite.queue import ledger, modes, relay, ticker, window, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Attempt, Task, Worker

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def task(manual):
    return queue.task(name='work')(lambda: None)


def other_worker(pid, beat_at=None, host=None):
    own = Worker.get_by_id(engine.worker_id)
    return Worker.create(host=host or own.host, pid=pid, started_at=0, beat_at=beat_at or clock.now()).id


def claimed_by(worker_id, task):
    handle = task()
    window.publish(9, {})
    assert ledger.claim(handle.id, worker_id)
    return handle.id


def gone_pid():
    child = subprocess.Popen([sys.executable, '-c', ''])
    child.wait()
    return child.pid


def rescue():
    return workers.rescue(engine.worker_id, engine.active)


def test_a_vanished_process_counts_at_once(task):
    task_id = claimed_by(other_worker(gone_pid()), task)
    assert rescue() == 1
    assert Task.get_by_id(task_id).state == 'queued'
    assert Attempt.get().outcome == 'rescued'
    modes.drain()
    assert Task.get_by_id(task_id).state == 'done'


def test_a_process_with_our_own_number_is_not_us(task):
    claimed_by(other_worker(os.getpid()), task)     # as after the restart of a container
    assert rescue() == 1


def test_a_silent_worker_elsewhere_is_given_up_after_a_while(task):
    claimed_by(other_worker(1, host='elsewhere'), task)
    assert rescue() == 0
    clock.advance(workers.DEAD_AFTER + 1)
    workers.beat(engine.worker_id)
    assert rescue() == 1


def test_a_thread_of_ours_that_died_is_noticed(task):
    task_id = claimed_by(engine.worker_id, task)
    engine.active[task_id, 1] = None
    assert rescue() == 0
    del engine.active[task_id, 1]
    assert rescue() == 1


def test_a_doubled_message_does_not_make_a_running_task_look_abandoned(manual):
    """The copy arrives while the task runs: nobody may take the task for lost."""
    rescued = []

    @queue.task(name='slow')
    def slow():
        relay.push([1])
        modes._run_published()
        rescued.append(rescue())
    slow()
    modes.drain()
    assert rescued == [0] and Attempt.select().count() == 1


def test_what_ran_when_a_process_died_runs_one_at_a_time_from_then_on(manual):
    """Whoever killed it: also one that has a lane of its own must not meet the others again."""
    tasks = [queue.task(name='in a lane', one_at_a_time='own')(lambda: None),
             queue.task(name='free')(lambda: None)]
    lost = other_worker(gone_pid())
    for one in tasks:
        claimed_by(lost, one)
    assert rescue() == 2
    assert len(window.publish(9, {})) == 1 and window.publish(9, {}) == []
    clock.advance(relay.PUSH_AGAIN + 1)     # nothing was pushed
    modes.drain()
    assert [row.state for row in Task.select()] == ['done', 'done']


def test_a_task_that_kills_its_workers_ends_dead(task):
    task_id = task().id
    for _ in range(workers.RESCUES + 1):
        window.publish(9, {})
        assert ledger.claim(task_id, other_worker(gone_pid()))
        rescue()
    assert Task.get_by_id(task_id).state == 'dead'


def test_a_worker_that_was_given_up_goes_on_under_a_new_number(task):
    old = engine.worker_id
    Worker.update(stopped_at=clock.now()).where(Worker.id == old).execute()
    ticker.Ticker().tick()
    assert engine.worker_id != old


def test_what_a_worker_claimed_after_it_was_given_up_is_not_forgotten(task):
    sleeper = other_worker(gone_pid())
    Worker.update(stopped_at=clock.now()).where(Worker.id == sleeper).execute()
    claimed_by(sleeper, task)       # it woke up, claimed before it noticed, and was killed
    assert rescue() == 1


def test_stopping_hands_back_what_runs_and_the_try_does_not_count(task):
    task_id = claimed_by(engine.worker_id, task)
    workers.stop(engine.worker_id)
    row = Task.get_by_id(task_id)
    assert (row.state, row.attempt) == ('queued', 0)


def test_a_process_without_workers_rescues_what_a_dead_one_left(task):
    task_id = claimed_by(other_worker(gone_pid()), task)
    modes.start_manual()
    modes.drain()
    assert Task.get_by_id(task_id).state == 'done'
