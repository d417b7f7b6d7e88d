"""A stranger writes to Redis: nothing that he sends is executed, nothing runs twice, all of it is noted.

No edit and no call is unknown: one that gets no answer fails the test at once.
"""
import json
import pickle
import random
import re
from pathlib import Path
from types import SimpleNamespace

import counts
import pytest
import served
from harness import Served, calling, judge, ledger_of, timed, wait_until_done

from kuma_lite import clock
from kuma_lite.queue import ledger, refused, window
from kuma_lite.queue.tables import Task
from process import wait_for

QUEUE, SCHEDULE, RESULTS = 'huey.redis.kuma', 'huey.schedule.kuma', 'huey.results.kuma'
LARGE = 10_000_000


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


@pytest.fixture
def site(tmp_path):
    with Served(tmp_path / 'data') as site:
        yield site


def test_garbage_and_pickles_are_noted_and_dropped(site):
    trap = site.data / 'trapped'
    with site.redis() as client:
        client.zadd(SCHEDULE, {pickle.dumps(Trap(trap)): 0, b'junk': clock.now()})
        client.hset(RESULTS, '1', pickle.dumps(Trap(trap)))
    send(site, pickle.dumps(Trap(trap)), *garbage())
    wait_for(lambda: refusals(site).lines == 1 + len(garbage()))
    for message in garbage():
        assert f'{len(message)} bytes, {refused.excerpt(message)}' in site.errors()
    assert '\x1b' not in site.errors() and '\nForged' not in site.errors()
    assert not trap.exists()
    assert_alive(site, 'garbage')


def garbage():
    name = served.note.name
    huey_message = {'id': 'x', 'name': name, 'eta': None, 'retries': 0, 'args': [['forged'], {}]}
    return [b'-1', b'1.0', b'1e3', b'9' * 19, b'1' * 30, b' 1', b'1\n', '١'.encode(), b'true', b'"1"', b'[1]',
            b'', b'\xff\xfe', b'\x1b[2J\r\nForged line', json.dumps(huey_message).encode(),
            pickle.dumps(('x', name, None, 0, 0, ('forged',), {}))]


def test_forged_numbers_run_nothing(site):
    forged = stand_everywhere(site)
    before = states(site, forged)
    assert sorted(before.values()) == ['cancelled', 'dead', 'done', 'queued', 'queued', 'running']
    send(site, *(b'%d' % number for number in [999_999, *forged]))
    wait_for(lambda: refusals(site).lines == 1 + len(forged))
    assert states(site, forged) == before
    assert 'for task 999999, which does not exist' in site.errors()
    with calling(site):
        window.resume()
    wait_until_done(site)
    left = judge(site, 'forged numbers', 'first', 'paused', refused=['delayed', 'cancelled', 'rolled back'])
    assert left == 2, 'the dead and the delayed one'


def stand_everywhere(site):
    """Tasks that a message must not start; returns their numbers."""
    with calling(site):
        ended = [served.note('first').id, served.failing().id]
        delayed = served.note.schedule(('delayed',), delay=3600).id
    wait_until_done(site)
    with calling(site):
        running = served.takes_long(5).id
        wait_for(lambda: Task.get_by_id(running).state == 'running')
        window.pause()
        cancelled, paused = served.note('cancelled').id, served.note('paused').id
        ledger.cancel(cancelled)
        with counts.rolled_back():
            served.note('rolled back')
    return [*ended, delayed, running, cancelled, paused]


def states(site, numbers):
    with ledger_of(site):
        return {task.id: task.state for task in Task.select().where(Task.id.in_(numbers))}


def test_replayed_messages_run_nothing_twice(site):
    keys = [f'replayed {number}' for number in range(100)]
    with calling(site):
        messages = [b'%d' % served.note(key).id for key in keys] * 10
    random.shuffle(messages)
    send(site, *messages)
    wait_until_done(site)
    send(site, *messages)
    wait_for(lambda: queue_length(site) == 0)
    assert_alive(site, 'replayed messages', *keys)
    site.stop()
    counted = refusals(site)
    assert counted.lines <= refused.LINES + 5 and counted.all >= 2 * len(messages) - len(keys)


def test_a_flood_is_counted_to_the_last_and_does_not_flood_the_log(site):
    send(site, *[b'junk\x00'] * 10_000)
    seconds = timed(wait_for, lambda: queue_length(site) == 0, 30)[0]
    assert_alive(site, 'a flood')
    site.stop()
    counted = refusals(site)
    print(f'10,000 refused in {seconds:.1f} s; lines {counted.lines}, refused {counted.all}')
    assert counted.lines == refused.LINES and counted.all == 10_000


def test_large_messages_cost_little(site):
    before = memory(site)
    for message in (b'[' * LARGE, b'1' * LARGE, b'[' + b'{"a": 1}, ' * (LARGE // 10) + b'1]'):
        send(site, message)
        seconds = timed(wait_for, lambda: queue_length(site) == 0)[0]
        assert seconds < 2
    wait_for(lambda: refusals(site).lines == 3)
    print(f'10 MB: the last took {seconds:.2f} s; memory grew by {memory(site) - before:.0f} MB at most')
    assert memory(site) - before < 100
    assert_alive(site, 'large messages')


def test_a_key_of_another_type_is_removed(site):
    with site.redis() as client:
        for put in (lambda: client.set(QUEUE, 'x' * LARGE), lambda: client.hset(QUEUE, '1', '1'),
                    lambda: client.xadd(QUEUE, {'1': '1'})):
            client.delete(QUEUE)
            put()
            site.edit()
            assert wait_until_done(site) < 4
    assert site.errors().count('was not a list') == 3
    assert_alive(site, 'keys of another type')


# What is done and seen from outside

def send(site, *messages):
    with site.redis() as client:
        pipe = client.pipeline(transaction=False)
        for message in messages:
            pipe.lpush(QUEUE, message)
        pipe.execute()


def queue_length(site):
    with site.redis() as client:
        return client.llen(QUEUE)


def assert_alive(site, fault, *keys):
    """An edit and its tasks go through as all before, and no thread is missing."""
    site.edit()
    wait_until_done(site)
    judge(site, fault, *keys)
    assert site.is_ready(), site.errors()


def refusals(site):
    """What the log says: lines about single messages, and messages in all."""
    text = site.errors()
    lines = len(re.findall('Refused a message', text))
    more = sum(int(count) for count in re.findall(r'Refused (\d+) more', text))
    return SimpleNamespace(lines=lines, all=lines + more)


def memory(site):
    """The most memory that the process has had, in MB."""
    status = Path('/proc', str(site.popen.pid), 'status').read_text()
    return int(re.search(r'VmHWM:\s+(\d+) kB', status)[1]) / 1024
