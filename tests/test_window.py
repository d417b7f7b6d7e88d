"""What may start now: lanes, pauses, expiry. The rest waits in the ledger."""
from datetime import datetime, timezone

import pytest

from kuma_lite import clock, db, queue
from kuma_lite.queue import ledger, modes, relay, window, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Task, rows

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def ran():
    return []


@pytest.fixture
def move(manual, ran):
    @queue.task(name='move', one_at_a_time='page:{page_id}')
    def move(page_id, step):
        ran.append((page_id, step))
    return move


def test_of_a_lane_one_is_published_at_a_time(move):
    workers.register(threads=5)
    for step in range(3):
        move(1, step)
    move(2, 0)
    assert relay.step() == 2        # the first of each lane
    assert relay.step() == 0
    first = engine.dequeue()
    ledger.claim(first.id, engine.worker_id)
    assert relay.step() == 0        # while it runs, too


def test_a_lane_goes_on_in_its_order(move, ran):
    for step in range(3):
        move(1, step)
    modes.drain()
    assert ran == [(1, 0), (1, 1), (1, 2)]


def test_on_real_workers_a_lane_never_runs_twice_at_once(workers, ran):
    running, most = [], []

    @queue.task(one_at_a_time='all')
    def careful(number):
        running.append(number)
        most.append(len(running))
        running.remove(number)
    for number in range(30):
        careful(number)
    modes.settle()
    assert len(most) == 30 and max(most) == 1


def test_a_paused_name_waits_and_others_do_not(manual, ran):
    paused = queue.task(name='paused')(lambda: ran.append('paused'))
    other = queue.task(name='other')(lambda: ran.append('other'))
    window.pause('paused')
    paused()
    other()
    modes.drain()
    assert ran == ['other']
    assert window.resume('paused') and not window.resume('paused')
    modes.drain()
    assert ran == ['other', 'paused']


def test_everything_can_be_paused(manual, ran):
    window.pause()
    queue.task(name='other')(lambda: ran.append('other'))()
    modes.drain()
    assert ran == []
    window.resume()
    modes.drain()
    assert ran == ['other']


def test_what_did_not_start_in_time_is_cancelled(manual, ran):
    late = queue.task(name='late', expires=60)(lambda: ran.append('late'))
    window.pause()
    late()
    clock.advance(61)
    window.resume()
    modes.drain()
    assert ran == [] and (Task.get().state, Task.get().error) == ('cancelled', 'expired')


def test_what_started_in_time_may_finish_later(manual, ran):
    def slow():
        clock.advance(100)
        ran.append('slow')
    queue.task(name='slow', expires=60)(slow)()
    modes.drain()
    assert ran == ['slow'] and Task.get().state == 'done'


def test_a_moment_for_the_start_has_a_time_zone(manual, ran):
    task = queue.task(name='later')(lambda: ran.append('later'))
    with pytest.raises(ValueError, match='time zone'):
        task.schedule(eta=datetime(2040, 1, 1))
    task.schedule(eta=datetime.fromtimestamp(clock.now() + 60, timezone.utc))
    modes.drain()
    assert ran == []
    clock.advance(61)
    modes.drain()
    assert ran == ['later']


def test_what_is_delayed_holds_up_nothing(manual, ran):
    """The index leads past the rows that wait for their time, and needs no sorting."""
    later = queue.task(name='later', priority='urgent')(lambda number: ran.append(number))
    with db.atomic():
        for number in range(2000):
            later.schedule((number,), delay=60)
    queue.task(name='now', priority='low')(lambda: ran.append('now'))()
    plan = rows(f'EXPLAIN QUERY PLAN SELECT id FROM {window.WAITING} AND priority IN '
                f'({window.ALL_PRIORITIES}) AND run_at <= 1 ORDER BY priority DESC, run_at, id LIMIT 1')
    assert 'priority=? AND run_at<?' in plan[0][3] and len(plan) == 1
    modes.drain()
    assert ran == ['now']
