"""Whoever asks for a prepared value has an answer at once; tasks compute it. The rules are Kuma's."""
import threading
import time

import pytest

from kuma_lite import clock, db
from kuma_lite.queue import cache, modes
from kuma_lite.queue.cache import Prepared, Value
from kuma_lite.queue.tables import Task


@pytest.fixture
def computed():
    return []


@pytest.fixture
def value(manual, computed):
    def fetch(key):
        computed.append(key)
        return [key, len(computed)]
    yield Value('thing', fetch, lifetime=100, refresh_timeout=30, empty=list)
    del cache.VALUES['thing']


def test_missing_is_empty_now_and_there_after_the_task(value):
    assert value.get('a') == []
    assert value.get('a') == [] and Task.select().count() == 1
    modes.drain()
    answer = value.ask('a')
    assert answer.data == ['a', 1] and answer.fresh


def test_stale_is_served_while_one_refresh_runs(value):
    value.get('a')
    modes.drain()
    clock.advance(101)
    assert [value.get('a') for _ in range(3)] == [['a', 1]] * 3
    modes.drain()
    assert value.get('a') == ['a', 2]


def test_several_values_are_kept_together_or_not_at_all(value):
    rows = value.compute_all(['a', 'b'])
    assert [rows[key].data for key in 'ab'] == ['["a", 1]', '["b", 2]'] and value.get('b') == ['b', 2]
    value.landed = lambda key: 1 / (key != 'd')
    with pytest.raises(ZeroDivisionError):
        value.compute_all(['c', 'd'])
    assert Prepared.select().count() == 2


def test_a_failed_refresh_is_tried_again_after_its_time(value, computed):
    value.fetch = lambda key: 1 / 0
    value.get('a')
    modes.drain()
    value.get('a')
    assert Task.select().count() == 1
    clock.advance(31)
    value.fetch = lambda key: 'now'
    value.get('a')
    modes.drain()
    assert value.get('a') == 'now'


def test_it_says_when_what_it_gives_is_being_refreshed(value):
    value.get('a')
    assert not value.ask('a').fresh
    modes.drain()
    assert value.ask('a').fresh
    value.invalidate('a')
    assert not value.ask('a').fresh
    modes.drain()
    clock.advance(101)
    assert not value.ask('a').fresh and not value.ask('a').fresh


def test_of_two_refreshes_at_once_the_later_one_stays(value):
    def slow(key):
        value.fetch = lambda key: 'later'
        clock.advance(1)
        value.compute(key)
        return 'earlier'
    value.fetch = slow
    value.compute('a')
    assert value.get('a') == 'later'


def test_fetch_on_miss_computes_at_once(value):
    value.fetch_on_miss = True
    assert value.get('a') == ['a', 1]


def test_invalidate_keeps_the_old_value_until_the_refresh_lands(value):
    value.get('a')
    modes.drain()
    with db.atomic():
        value.invalidate('a')
        value.invalidate('a')
    assert value.get('a') == ['a', 1]
    modes.drain()
    assert value.get('a') == ['a', 2]


def test_an_invalidation_whose_refresh_fails_is_tried_again(value):
    value.get('a')
    modes.drain()
    value.fetch = lambda key: 1 / 0
    value.invalidate('a')
    modes.drain()
    value.fetch = lambda key: 'new'
    clock.advance(31)
    assert value.get('a') == ['a', 1]
    modes.drain()
    assert value.get('a') == 'new'


def test_a_reader_does_not_wait_for_a_writer(value):
    value.get('a')
    modes.drain()
    clock.advance(101)
    blocked, done = threading.Event(), threading.Event()

    def write():
        with db.connection(), db.atomic():
            blocked.set()
            done.wait(30)
    writer = threading.Thread(target=write)
    writer.start()
    blocked.wait()
    started = time.monotonic()
    assert value.get('a') == ['a', 1]
    assert time.monotonic() - started < 4      # who waits, waits for 5
    done.set()
    writer.join()


def test_invalidate_does_nothing_for_an_absent_key(value):
    value.invalidate('b')
    assert Task.select().count() == 0 and Prepared.select().count() == 0


def test_an_invalidation_during_a_refresh_makes_one_more(value):
    value.get('a')
    modes.drain()
    value.invalidate('a')
    calls = []

    def once(key):
        calls.append(key)
        if len(calls) == 1:
            value.invalidate(key)       # an edit lands while the first refresh computes
        return len(calls)
    value.fetch = once
    modes.drain()
    assert value.get('a') == 2


def test_no_more_than_120_refreshes_start_in_a_minute(value, computed):
    for key in range(150):
        value.get(key)
    modes.drain()
    assert len(computed) == 120
    clock.advance(61)
    modes.drain()
    assert len(computed) == 150


def test_values_that_nobody_asks_for_are_deleted(value):
    value.get('a')
    modes.drain()
    clock.advance(100 + cache.KEEP + 1)
    cache.delete_old_values()
    modes.drain()
    assert Prepared.select().count() == 0
