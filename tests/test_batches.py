"""A batch: many tasks, and one call when all of them have ended, which learns what failed."""
import pytest

from kuma_lite import clock, db, queue
from kuma_lite.queue import batches, ledger, modes, retention, window
from kuma_lite.queue.tables import Batch, Task

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def calls():
    return []


@pytest.fixture
def then(calls):
    """The task at the end of the batch."""
    return queue.task(name='then')(lambda batch_id, failed: calls.append(failed))


@pytest.fixture
def part():
    """One of its parts; a negative number fails."""
    @queue.task(name='part', expires=100)
    def part(number):
        if number < 0:
            raise RuntimeError
    return part


def start(part, then, numbers):
    with db.atomic():
        return batches.start([part.s(number) for number in numbers], then=then)


def test_the_last_call_comes_once_when_all_are_done(any_mode, part, then, calls):
    batch_id = start(part, then, range(20))
    modes.settle()
    assert calls == [[]]
    assert batches.progress(batch_id) == {'done': 20} and Batch.get().finished_at


def test_it_learns_which_are_dead(any_mode, part, then, calls):
    start(part, then, [1, -1, 2, -2])
    modes.settle()
    assert calls == [[2, 4]]


def test_cancelled_and_expired_parts_have_ended_too(manual, part, then, calls):
    start(part, then, [1, 2, 3])
    window.pause('part')
    ledger.cancel(1)
    modes.drain()
    assert calls == []
    clock.advance(101)
    modes.drain()
    assert calls == [[1, 2, 3]]


def test_a_part_that_is_retried_later_does_not_call_again(manual, part, then, calls):
    start(part, then, [-1])
    modes.drain()
    ledger.retry(1)
    modes.drain()
    assert calls == [[1]]


def test_an_empty_batch_ends_at_once(any_mode, then, calls):
    start(None, then, [])
    modes.settle()
    assert calls == [[]]


def test_a_rolled_back_batch_leaves_nothing(any_mode, part, then, calls):
    with pytest.raises(ZeroDivisionError), db.atomic():
        batches.start([part.s(1)], then=then)
        raise ZeroDivisionError
    modes.settle()
    assert calls == [] and Batch.select().count() == Task.select().count() == 0


def test_a_last_task_that_nobody_knows_any_more_becomes_a_dead_row(manual, part, then):
    start(part, then, [1])
    then.unregister()
    modes.drain()
    assert [(task.name, task.state) for task in Task.select()] == [('part', 'done'), ('then', 'dead')]


def test_a_last_task_with_other_parameters_in_this_version_becomes_a_dead_row(manual):
    part = queue.task(name='part')(lambda: None)
    last = queue.task(name='last')(lambda batch_id, failed: None)
    batches.start([part.s()], last)
    last.unregister()
    queue.task(name='last')(lambda nothing_of_this: None)
    modes.drain()
    assert Task.get(Task.name == 'part').state == 'done' and Task.get(Task.name == 'last').state == 'dead'


def test_the_number_of_one_that_was_forgotten_is_never_given_again(any_mode, part, then):
    first = start(part, then, [])
    modes.settle()
    clock.advance(400 * 86400)
    retention.delete_old_tasks.call_local()
    assert not Batch.select().exists() and start(part, then, []) > first
