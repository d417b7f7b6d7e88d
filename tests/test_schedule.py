"""Each slot of a periodic task becomes one task, whoever looks and however often."""
from datetime import datetime, timezone

import pytest

from kuma_lite import clock, queue
from kuma_lite.config import settings
from kuma_lite.queue import modes, schedule
from kuma_lite.queue.crontab import MINUTE, crontab
from kuma_lite.queue.tables import Task
from process import wait_for

pytestmark = pytest.mark.usefixtures('tasks', 'only_ours')


@pytest.fixture
def only_ours(monkeypatch):
    """No periodic tasks but those of the test."""
    for name in list(queue.TASKS):
        monkeypatch.delitem(queue.TASKS, name)


def go_to(text):
    clock.reset()
    clock.advance(datetime.fromisoformat(text + '+00:00').timestamp() - clock.now())


def periodic(name='nightly', **options):
    times = options.pop('at', {'minute': '0', 'hour': '5'})
    return queue.periodic_task(crontab(**times), name=name, **options)(lambda: None)


def slots():
    return [row.slot.split()[1] for row in Task.select().order_by(Task.id)]


def test_a_slot_runs_once_however_often_anyone_looks(manual):
    go_to('2026-03-01T04:59:30')
    periodic()
    schedule.insert_slots()
    go_to('2026-03-01T05:00:01')
    for _ in range(5):
        schedule.insert_slots()
    assert slots() == ['2026-03-01T05:00Z']


def test_a_slot_missed_while_the_site_was_down_is_caught_up_once(manual):
    go_to('2026-03-01T04:00:00')
    periodic()
    schedule.insert_slots()
    go_to('2026-03-04T12:00:00')
    schedule.insert_slots()
    schedule.insert_slots()
    assert slots() == ['2026-03-04T05:00Z']


def test_or_forgotten_as_its_policy_says(manual):
    go_to('2026-03-01T04:00:00')
    periodic(catch_up='none')
    schedule.insert_slots()
    go_to('2026-03-04T12:00:00')
    schedule.insert_slots()
    assert slots() == []


def test_nothing_is_caught_up_from_before_the_task_existed(manual):
    go_to('2026-03-01T12:00:00')
    periodic()
    schedule.insert_slots()
    assert slots() == []


def test_the_scheduler_of_a_real_site_runs_them(ledger_db, redis_url):
    periodic(at={})
    site = modes.Workers(1, redis_url)
    site.start()
    wait_for(lambda: Task.select().where(Task.state == 'done').exists())
    site.stop(5)


def runs(when, start, minutes):
    first = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
    found = [first + n * MINUTE for n in range(minutes)]
    return [f'{minute:%d %H:%M}' for minute in found if when.matches(minute)]


@pytest.mark.parametrize('fields, start, expected', [
    # Berlin: 02:00 becomes 03:00 on 29 March 2026 (01:00 UTC), 03:00 becomes 02:00 on 25 October.
    ({'hour': '2', 'minute': '30'}, '2026-03-28T00:00', ['28 01:30', '29 01:00', '30 00:30']),
    ({'hour': '3', 'minute': '0'}, '2026-03-28T00:00', ['28 02:00', '29 01:00', '30 01:00']),
    ({'hour': '2', 'minute': '30'}, '2026-10-24T00:00', ['24 00:30', '25 00:30', '26 01:30']),
    ({'hour': '*', 'minute': '0'}, '2026-03-29T00:00', [f'29 {hour:02}:00' for hour in range(24)] + [
        f'30 {hour:02}:00' for hour in range(24)] + [f'31 {hour:02}:00' for hour in range(24)]),
])
def test_fixed_hours_run_once_a_local_day_also_when_the_clocks_change(monkeypatch, fields, start, expected):
    monkeypatch.setattr(settings.site, 'timezone', 'Europe/Berlin')
    assert runs(crontab(**fields), start, 3 * 24 * 60) == expected


@pytest.mark.parametrize('fields', [{'hour': '24'}, {'minute': '*/0'}, {'minute': 'x'}, {'day': '0'},
                                    {'hour': '5-3'}, {'day_of_week': '7'}, {'minute': ''}])
def test_a_time_that_is_not_understood_is_refused(fields):
    with pytest.raises(ValueError, match='crontab'):
        crontab(**fields)


def test_steps_lists_and_ranges():
    assert runs(crontab(minute='*/20'), '2026-01-01T00:00', 60) == ['01 00:00', '01 00:20', '01 00:40']
    assert runs(crontab(minute='1,3-4', hour='*'), '2026-01-01T00:00', 60) == [
        '01 00:01', '01 00:03', '01 00:04']
