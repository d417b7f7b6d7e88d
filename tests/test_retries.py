"""A failed attempt is written down and tried again, later and later, until its tries are used up."""
import pytest
from peewee import OperationalError

from kuma_lite import clock, db, queue
from kuma_lite.queue import ledger, modes, relay, tables, window, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Attempt, Task

pytestmark = pytest.mark.usefixtures('tasks')


def note(*args):
    """The body of a task that does not matter."""


def always_failing(**options):
    @queue.task(**options)
    def fail():
        raise RuntimeError('no luck')
    return fail


def test_an_error_is_recorded_and_not_raised_into_the_caller(any_mode):
    always_failing()()
    modes.settle()
    row, attempt = Task.get(), Attempt.get()
    assert row.state == 'dead' and row.error == 'RuntimeError: no luck'
    assert attempt.outcome == 'failed' and 'in fail' in attempt.error


def test_the_next_try_waits_longer_each_time(manual):
    always_failing(retries=3, retry_delay=100, retry_backoff=2)()
    waits = []
    for _ in range(3):
        modes.drain()
        waits.append(Task.get().run_at - clock.now())
        clock.advance(waits[-1] + 1)
    assert [round(wait / 100) for wait in waits] == [1, 2, 4]
    modes.drain()
    assert Task.get().state == 'dead' and Attempt.select().count() == 4


def test_a_delayed_task_waits_for_its_time(manual):
    ran = []
    queue.task(name='late')(ran.append).schedule(['x'], delay=60)
    modes.drain()
    assert ran == []
    clock.advance(61)
    modes.drain()
    assert ran == ['x']


def test_what_a_failed_atomic_task_wrote_is_gone(manual):
    @queue.task(atomic=True)
    def write():
        tables.Worker.create(host='effect', pid=1, started_at=0, beat_at=0)
        raise RuntimeError
    write()
    modes.drain()
    assert not tables.Worker.select().where(tables.Worker.host == 'effect').exists()
    assert Task.get().state == 'dead'


def test_a_claim_that_was_lost_undoes_an_atomic_task(manual):
    @queue.task(atomic=True)
    def write():
        tables.Worker.create(host='effect', pid=1, started_at=0, beat_at=0)
        Task.update(claim=Task.claim + 1).execute()     # as if given to another meanwhile
    write()
    modes.drain()
    assert not tables.Worker.select().where(tables.Worker.host == 'effect').exists()


def test_a_claim_that_was_lost_cannot_complete(manual):
    queue.task(name='slow')(note)()
    window.publish(1, {})
    old = ledger.claim(1, engine.worker_id)
    with db.atomic():
        ledger.hand_back(old)
    window.publish(1, {})
    new = ledger.claim(1, engine.worker_id)
    with pytest.raises(ledger.Fenced):
        ledger.complete(old)
    ledger.complete(new)
    assert Task.get().state == 'done'


@pytest.mark.parametrize('atomic', [True, False])
def test_a_completion_that_cannot_be_written_is_no_failure_of_the_task(manual, monkeypatch, atomic):
    ran = []
    queue.task(name='fine', atomic=atomic)(lambda: ran.append(1))()

    def refuse(*args, **kwargs):
        raise OperationalError('database is locked')
    monkeypatch.setattr(ledger, 'complete', refuse)
    modes.drain()
    monkeypatch.undo()
    assert Task.get().state == 'running' and not Attempt.select().exists()
    workers.rescue(engine.worker_id, engine.active)
    modes.drain()
    assert Task.get().state == 'done' and ran == [1, 1]


def test_a_doubled_message_runs_once(manual):
    ran = []
    queue.task(name='once')(lambda: ran.append(1))()
    window.publish(1, {})
    relay.push([1, 1, 1])
    modes._run_published()
    assert ran == [1]


def test_a_task_that_exits_has_failed_and_its_thread_goes_on(workers):
    ran = []

    @queue.task(name='exits')
    def exits():
        raise SystemExit('enough')
    for _ in range(4):
        exits()
    queue.task(name='other')(lambda: ran.append(1))()
    modes.settle()
    assert [row.state for row in Task.select().where(Task.name == 'exits')] == ['dead'] * 4
    assert 'enough' in Task.get(Task.name == 'exits').error and ran == [1]


def test_a_wait_has_a_longest_length_however_often_it_grew(manual):
    queue.task(name='often', retries=5000)(lambda: None)()
    Task.update(attempt=2000).execute()
    window.publish(1, {})
    ledger.fail(ledger.claim(1, engine.worker_id), 'Error: x')
    assert Task.get().run_at <= clock.now() + ledger.LONGEST_DELAY


def test_words_that_no_row_can_hold_are_kept_as_far_as_they_go(manual):
    """A file name that is no UTF-8 in an error, and far too long a one."""
    @queue.task(name='odd')
    def odd():
        raise OSError('caf\udce9' + 'x' * 2 * ledger.MOST_KEPT)
    odd()
    modes.drain()
    assert Task.get().state == 'dead' and Attempt.select().count() == 1
    assert len(Attempt.get().error) <= ledger.MOST_KEPT
