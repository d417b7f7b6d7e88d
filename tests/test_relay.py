"""Committed rows reach Redis, the urgent ones first, few at a time, and again when it forgets them."""
import pytest
import redis

from kuma_lite import clock, queue
from kuma_lite.queue import ledger, modes, refused, relay, window, workers
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Task
from process import wait_for

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def ran():
    return []


@pytest.fixture
def note(manual, ran):
    """A task for each priority."""
    return {priority: queue.task(name=priority, priority=priority)(lambda value: ran.append(value))
            for priority in ('low', 'normal', 'urgent')}


def test_urgent_tasks_overtake_what_waits(note, ran):
    for priority in ('low', 'normal', 'urgent', 'low', 'urgent'):
        note[priority](priority)
    modes.drain()
    assert ran == ['urgent', 'urgent', 'normal', 'low', 'low']


def test_redis_never_holds_more_than_there_are_idle_workers(note):
    workers.register(threads=2)
    for number in range(9):
        note['normal'](number)
    assert relay.step() == 3        # two and the one of this process
    assert relay.step() == 0 and engine.storage.queue_size() == 3
    assert ledger.claim(engine.dequeue().id, engine.worker_id)
    assert relay.step() == 0        # the one that took it works now


def test_who_is_awake_goes_on_without_redis(note, ran):
    for number in range(3):
        note['normal'](number)
    relay.step()
    engine.execute(engine.dequeue())
    assert ran == [0, 1, 2] and engine.storage.queue_size() == 0


def test_a_rate_holds_back_its_own_name_only(manual, ran):
    slow = queue.task(name='slow', rate='2/m', priority='urgent')(lambda: ran.append('slow'))
    for _ in range(5):
        slow()
    queue.task(name='other')(lambda: ran.append('other'))()
    modes.drain()
    assert ran == ['slow', 'slow', 'other']
    clock.advance(61)
    modes.drain()
    assert ran.count('slow') == 4


def test_every_try_counts_for_the_rate(manual):
    tries = []

    @queue.task(name='fails', rate='2/m', retries=8, retry_delay=1)
    def fails():
        tries.append(clock.now())
        raise RuntimeError('always')
    fails()
    for _ in range(20):
        modes.drain()
        clock.advance(3)
    assert len(tries) == 2
    clock.advance(3600)
    modes.drain()
    assert len(tries) == 3


def test_what_an_emptied_redis_forgot_is_pushed_again(note, ran):
    note['normal']('kept')
    relay.step()
    engine.storage.flush_queue()
    assert relay.push_lost() == 0       # it may be on its way to a worker
    clock.advance(relay.EMPTY_AGAIN + 0.1)
    assert relay.push_lost() == 1
    modes._run_published()
    assert ran == ['kept']


def test_one_message_lost_among_others_is_pushed_again_after_a_while(note):
    workers.register()
    note['normal']('first')
    note['normal']('second')
    relay.step()
    engine.dequeue()        # and its worker dies
    clock.advance(relay.PUSH_AGAIN - 1)
    assert relay.push_lost() == 0
    clock.advance(2)
    assert relay.push_lost() == 2


def test_a_clock_that_was_put_back_holds_up_nothing(note):
    note['normal']('first')
    relay.step()
    engine.storage.flush_queue()
    clock.advance(-3600)
    assert relay.push_lost() == 1


def test_what_waits_in_redis_behind_busy_workers_is_left_alone(note):
    note['normal']('first')
    relay.step()
    clock.advance(relay.PUSH_AGAIN * 100)
    assert relay.push_lost() == 0


@pytest.mark.parametrize('data', [b'', b'\x80\x04.', b'{"id": 1}', b'[1]', b'-1', b'9' * 40, b'true', b'"1"',
                                  b'\xff\xfe', b'[' * 100_000, b'NaN'])
def test_garbage_in_redis_runs_nothing(note, ran, data):
    note['normal']('x')
    engine.storage.enqueue(data)
    assert engine.dequeue() is None
    modes.drain()
    assert ran == ['x']


def test_an_id_that_does_not_exist_runs_nothing(note, caplog):
    relay.push([12345])
    modes._run_published()
    assert Task.select().count() == 0
    assert 'task 12345, which does not exist' in caplog.text


def test_a_message_starts_only_what_was_published(note, ran):
    """A paused, limited or delayed task, and one of a busy lane, are in the ledger but not published."""
    window.pause()
    relay.push([note['normal']('x').id])
    modes._run_published()
    assert ran == [] and Task.get().state == 'queued'
    window.resume()
    modes.drain()
    assert ran == ['x']


def test_a_clock_that_was_put_back_does_not_block_the_window(note, ran):
    note['normal']('first')
    relay.step()
    clock.advance(-3600)
    modes._run_published()
    assert ran == ['first']


def test_refused_messages_are_counted_and_do_not_fill_the_log(note, caplog):
    refused.tell(now=True)
    caplog.clear()
    for number in range(refused.LINES + 7):
        engine.deserialize_task(b'\x1b[2J\n%d' % number)
    refused.tell(now=True)
    assert len(caplog.records) == refused.LINES + 1
    assert caplog.messages[0].endswith(r"6 bytes, b'\x1b[2J\n0'")
    assert caplog.messages[-1] == 'Refused 7 more messages from Redis'


def test_a_relay_that_could_not_push_stays_unwell_until_it_can(note, monkeypatch):
    def refuse(*args):
        raise redis.OutOfMemoryError('command not allowed')
    loop = relay.Relay()
    with monkeypatch.context() as patched:
        patched.setattr(engine.storage, 'enqueue', refuse)
        note['normal']('x')
        for _ in range(3):
            loop._step()
            assert loop.lacks == 'redis'
    loop._step()
    assert not loop.lacks and engine.storage.queue_size() == 1


def test_the_request_does_not_need_redis(workers, ran, monkeypatch):
    """Redis fails while a task is queued: the caller sees nothing, the task runs once Redis is back."""
    task = queue.task(name='kept')(lambda: ran.append(1))
    monkeypatch.setattr(engine.storage, 'queue_key', engine.storage.queue_key + '-gone')

    def refuse(*args):
        raise ConnectionError('Redis is gone')
    monkeypatch.setattr(engine.storage, 'enqueue', refuse)
    task()
    wait_for(lambda: workers.relay.lacks)
    assert Task.get().state == 'queued' and ran == []
    monkeypatch.undo()
    modes.settle()
    assert ran == [1]


def test_a_row_that_waits_for_its_retry_is_not_run_by_an_old_message(note):
    handle = note['normal']('x')
    window.publish(1, {})
    row = ledger.claim(handle.id, engine.worker_id)
    ledger.fail(row, 'Error: x')
    assert ledger.claim(handle.id, engine.worker_id) is None


def test_what_was_published_for_one_that_never_came_is_taken_by_who_is_awake(note, ran):
    note['normal']('for a sleeper')
    window.publish(1, {})       # its message is lost
    for number in range(3):
        note['normal'](number)
    clock.advance(window.LATE + 0.1)
    assert window.take(engine.worker_id, {}).id == 1
