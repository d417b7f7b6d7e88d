"""A unique key: many calls while one waits are one task; a call while it runs is one more."""
import pytest

from kuma_lite import clock, queue
from kuma_lite.queue import ledger, modes, window
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Task

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def refresh(manual):
    return queue.task(name='refresh', unique='{page_id}', retries=2)(_refresh)


def _refresh(page_id):
    pass


def test_calls_while_one_waits_are_one(refresh):
    assert refresh(1).id == refresh(1).id
    assert refresh(2).id != refresh(1).id
    assert Task.select().count() == 2


def test_a_call_while_it_runs_is_one_more(refresh):
    first = refresh(1)
    window.publish(1, {})
    ledger.claim(first.id, engine.worker_id)
    assert refresh(1).id != first.id


def test_a_call_while_one_waits_for_its_retry_makes_it_due_with_all_its_tries(refresh):
    first = refresh(1)
    window.publish(1, {})
    ledger.fail(ledger.claim(first.id, engine.worker_id), 'Error: x')
    assert Task.get().run_at > clock.now() and Task.get().attempt == 1
    assert refresh(1).id == first.id
    assert Task.get().run_at <= clock.now() and Task.get().attempt == 0


def test_a_row_that_returns_to_a_waiting_twin_is_cancelled(refresh):
    first = refresh(1)
    window.publish(1, {})
    row = ledger.claim(first.id, engine.worker_id)
    second = refresh(1)
    ledger.fail(row, 'Error: x')
    row = Task.get_by_id(first.id)
    assert row.state == 'cancelled' and row.error == f'superseded by {second.id}'
    modes.drain()
    assert Task.get_by_id(second.id).state == 'done'


def test_a_call_does_not_expire_with_the_twin_that_it_joins(manual):
    ran = []
    task = queue.task(name='joined', unique='all', expires=60)(lambda: ran.append(1))
    task()
    clock.advance(61)       # nobody has looked since
    task()
    modes.drain()
    assert ran == [1]


def test_one_that_yields_to_a_later_twin_makes_it_run_as_early(manual):
    ran = []
    task = queue.task(name='yields', unique='all')(lambda: ran.append(1))
    task()
    row = ledger.claim(1, engine.worker_id, published=False)
    task.schedule(delay=86400)
    ledger.hand_back(row)
    modes.drain()
    assert ran == [1] and Task.get_by_id(1).error == 'superseded by 2'
