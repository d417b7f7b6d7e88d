"""What a person does with tasks: cancel one that waits, retry one that is dead; and what time does."""
import pytest

from kuma_lite import clock, queue
from kuma_lite.config import settings
from kuma_lite.queue import ledger, modes, relay, retention, workers
from kuma_lite.queue.tables import Attempt, Task, Worker

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def broken(manual):
    """A task that fails until it is mended."""
    state = {'broken': True}

    @queue.task(name='broken', unique='it')
    def run():
        if state['broken']:
            raise RuntimeError
    run.state = state
    return run


def test_a_dead_task_can_be_retried(broken):
    task_id = broken().id
    modes.drain()
    assert Task.get_by_id(task_id).state == 'dead'
    broken.state['broken'] = False
    assert ledger.retry(task_id)
    modes.drain()
    row = Task.get_by_id(task_id)
    assert (row.state, row.attempt) == ('done', 1) and Attempt.select().count() == 2


def test_one_that_is_done_is_not_retried(manual):
    task_id = queue.task(name='fine')(lambda: None)().id
    modes.drain()
    assert not ledger.retry(task_id) and not ledger.retry(12345)


def test_a_retry_while_its_twin_waits_changes_nothing(broken):
    task_id = broken().id
    modes.drain()
    broken()
    assert not ledger.retry(task_id)
    assert Task.get_by_id(task_id).state == 'dead'


def test_a_queued_task_can_be_cancelled(broken):
    task_id = broken().id
    assert ledger.cancel(task_id) and not ledger.cancel(task_id)
    modes.drain()
    assert Task.get_by_id(task_id).state == 'cancelled' and Attempt.select().count() == 0


def test_a_cancelled_task_that_is_in_redis_already_does_not_run(broken):
    task_id = broken().id
    relay.step()
    ledger.cancel(task_id)
    modes.drain()
    assert Attempt.select().count() == 0


def test_finished_tasks_are_forgotten_after_their_days_and_dead_ones_are_not(broken, monkeypatch):
    monkeypatch.setattr(retention, 'CHUNK', 2)
    fine = queue.task(name='fine')(lambda: None)
    for _ in range(5):
        fine()
    broken()
    modes.drain()
    clock.advance((settings.tasks.keep_done - 1) * retention.DAY)
    retention.delete_old_tasks.call_local()
    assert Task.select().count() == 6
    clock.advance(2 * retention.DAY)
    retention.delete_old_tasks.call_local()
    assert [row.name for row in Task.select()] == ['broken']
    assert Attempt.select().count() == 1


@pytest.mark.parametrize('state', ['dead', 'timed out'])
def test_what_waits_for_a_person_stays_until_it_is_given_up(broken, state):
    task_id = broken().id
    modes.drain()
    Task.update(state=state).where(Task.id == task_id).execute()
    clock.advance(400 * retention.DAY)
    retention.delete_old_tasks.call_local()
    assert Task.get_by_id(task_id).state == state
    assert ledger.give_up(task_id) and not ledger.give_up(task_id)
    retention.delete_old_tasks.call_local()
    assert 'RuntimeError' in Task.get_by_id(task_id).error
    clock.advance((settings.tasks.keep_done + 1) * retention.DAY)
    retention.delete_old_tasks.call_local()
    assert not Task.select().exists()


def test_a_worker_that_was_given_up_comes_back_to_its_row(manual):
    """It was asleep and idle, and the hour of the cleaning came before it woke up."""
    sleeper = workers.register(threads=3)
    workers.stop(sleeper)
    retention.delete_old_tasks.call_local()
    assert Worker.get_by_id(workers.register_again(sleeper)).threads == 3
    clock.advance(15 * 86400)
    retention.delete_old_tasks.call_local()
    assert Worker.get_or_none(Worker.id == sleeper) is None
