"""A running task is told to stop, by a person or by its deadline; a deaf one stops nobody else."""
import threading

import pytest

from kuma_lite import clock, queue
from kuma_lite.queue import ledger, modes, running, ticker
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Attempt, Task
from process import wait_for

pytestmark = pytest.mark.usefixtures('tasks')


def test_a_cancelled_task_stops_where_it_asks(manual):
    steps = []

    @queue.task(name='long')
    def long():
        for step in range(10):
            running.check()
            steps.append(step)
            if step == 3:
                assert ledger.cancel(1)
    long()
    modes.drain()
    assert steps == [0, 1, 2, 3]
    assert Task.get().state == 'cancelled' and Attempt.get().outcome == 'cancelled'


def test_one_that_does_not_ask_is_done(manual):
    queue.task(name='deaf')(lambda: ledger.cancel(1))()
    modes.drain()
    assert Task.get().state == 'done'


def test_a_cancelled_task_that_fails_is_not_tried_again(manual):
    @queue.task(name='failing', retries=5)
    def failing():
        ledger.cancel(1)
        raise RuntimeError
    failing()
    modes.drain()
    assert Task.get().state == 'cancelled' and Attempt.get().outcome == 'failed'


def test_a_task_that_ends_at_the_last_moment_is_not_taken_from_its_thread(manual):
    queue.task(name='quick')(lambda: None)()
    modes.drain()
    ticker._take_from_thread(Task.get())
    assert Task.get().state == 'done' and not engine.replaced


def test_a_deadline_tells_it_and_the_state_tells_the_truth(manual):
    @queue.task(name='slow', deadline=60)
    def slow(listens):
        clock.advance(61)
        ledger.tell_late_ones()
        if listens:
            running.check()
    slow(True)
    slow(False)
    modes.drain()
    assert [row.state for row in Task.select()] == ['timed out', 'timed out']


def test_in_time_is_done(manual):
    queue.task(name='quick', deadline=60)(ledger.tell_late_ones)()
    modes.drain()
    assert Task.get().state == 'done'


def test_what_lost_its_claim_should_stop(manual):
    reasons = []

    @queue.task(name='lost')
    def lost():
        Task.update(claim=Task.claim + 1).execute()
        reasons.append(running.why_stop())
    lost()
    modes.drain()
    assert reasons == ['given to another']


def test_outside_of_a_task_nothing_stops(ledger_db):
    running.check()
    running.progress(1, 2)


def test_progress_is_kept(manual):
    queue.task(name='steps')(lambda: running.progress(3, 10, 'Tea'))()
    modes.drain()
    assert Task.get().progress == '[3, 10, "Tea"]'


def test_one_that_never_returns_ends_and_the_others_go_on(workers, monkeypatch):
    monkeypatch.setattr(ticker, 'GRACE', 0)
    monkeypatch.setattr(ticker, 'BEAT', 0.2)
    release, started, ran = threading.Event(), threading.Event(), []

    @queue.task(name='stuck', deadline=0.1)
    def stuck():
        started.set()
        release.wait(60)
    quick = queue.task(name='quick')(lambda: ran.append(1))
    first, second = stuck(), stuck()    # both of the two workers
    started.wait(30)
    wait_for(lambda: Task.select().where(Task.state == 'timed out').count() == 2)
    quick()
    wait_for(lambda: ran)
    release.set()
    modes.settle()
    assert [Task.get_by_id(task.id).state for task in (first, second)] == ['timed out'] * 2
    assert workers.problems() == {}


def test_one_that_was_cancelled_and_does_not_listen_is_past_its_grace_too(manual):
    queue.task(name='stuck', deadline=60)(lambda: None)()
    ledger.claim(1, engine.worker_id, published=False)
    ledger.cancel(1)
    clock.advance(60 + ticker.GRACE + 1)
    assert [task.id for task in ledger.past_grace(engine.worker_id, ticker.GRACE)] == [1]
