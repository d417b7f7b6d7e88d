"""Each slot of a periodic task becomes one task, whoever looks and however often."""
import itertools
import threading
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from kuma_lite import clock, db, queue
from kuma_lite.config import settings
from kuma_lite.queue import consumer, jumps, ledger, modes, schedule, tables, ticker, window
from kuma_lite.queue.crontab import DAY, MINUTE, crontab
from kuma_lite.queue.engine import engine
from kuma_lite.queue.failpoints import POINTS
from kuma_lite.queue.tables import Task
from process import wait_for

QUARTER = 15 * MINUTE

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


def test_all_of_them_are_caught_up_in_order_where_each_counts(manual):
    go_to('2026-03-01T04:00:00')
    periodic(catch_up='all')
    schedule.insert_slots()
    go_to('2026-03-04T12:00:00')
    schedule.insert_slots()
    assert slots() == [f'2026-03-0{day}T05:00Z' for day in (1, 2, 3, 4)]


def test_but_not_more_than_the_cap_which_is_logged(manual, monkeypatch, caplog):
    monkeypatch.setitem(schedule.CATCH_UP, 'all', (366 * 24 * 60, 2))
    go_to('2026-03-01T04:00:00')
    periodic(catch_up='all')
    schedule.insert_slots()
    go_to('2026-03-03T04:00:00')
    schedule.insert_slots()
    assert 'missed' not in caplog.text
    go_to('2026-03-08T12:00:00')
    schedule.insert_slots()
    assert slots()[2:] == ['2026-03-07T05:00Z', '2026-03-08T05:00Z']
    assert 'nightly missed too many runs; only the last 2 of them are caught up' in caplog.text


@pytest.mark.parametrize('catch_up', ['latest', 'all'])
def test_nothing_older_than_a_year_is_caught_up(manual, catch_up):
    go_to('2025-01-01T00:00:00')
    periodic(catch_up=catch_up, at={'minute': '0', 'hour': '5', 'day': '1', 'month': '2'})
    schedule.insert_slots()
    go_to('2026-03-01T12:00:00')
    schedule.insert_slots()
    assert slots() == ['2026-02-01T05:00Z']
    go_to('2028-02-01T04:00:00')
    schedule.insert_slots()
    assert slots()[1:] == ['2027-02-01T05:00Z']


def test_a_process_that_dies_in_the_middle_leaves_neither_slots_nor_the_cursor(manual, monkeypatch):
    go_to('2026-03-01T04:00:00')
    periodic(catch_up='all')
    schedule.insert_slots()
    go_to('2026-03-04T12:00:00')
    monkeypatch.setitem(POINTS, 'slot', lambda: 1 // 0)
    assert schedule.insert_slots() == [] == slots()
    del POINTS['slot']
    schedule.insert_slots()
    assert len(slots()) == 4


def test_one_that_cannot_be_called_keeps_no_other_from_its_slots(manual):
    go_to('2026-03-01T05:00:00')
    queue.periodic_task(queue.crontab(), name='a wrong one')(lambda page_id: None)
    periodic()
    assert len(schedule.insert_slots()) == 1 and len(slots()) == 1


def test_a_busy_moment_is_not_a_missed_one(manual):
    go_to('2026-03-01T04:59:59')
    periodic(catch_up='none')
    schedule.insert_slots()
    go_to('2026-03-01T05:02:00')    # somebody else had locked the database
    schedule.insert_slots()
    assert slots() == ['2026-03-01T05:00Z']


@pytest.mark.parametrize('name', ['nightly', window.EVERYTHING])
def test_a_paused_task_gets_no_slots_and_catches_up_when_it_is_resumed(manual, name):
    go_to('2026-03-01T04:00:00')
    periodic()
    schedule.insert_slots()
    window.pause(name)
    for day in (1, 2, 3):
        go_to(f'2026-03-0{day}T05:00:00')
        schedule.insert_slots()
    assert slots() == []
    window.resume(name)
    go_to('2026-03-03T09:00:00')
    schedule.insert_slots()
    assert slots() == ['2026-03-03T05:00Z']


# The clock is set

HOURS = [f'2026-03-01T{hour:02}:00Z' for hour in range(24)]


def hourly(first, last):
    """Look each half hour of the first of March."""
    for hour in range(first, last + 1):
        for minute in (0, 30):
            go_to(f'2026-03-01T{hour:02}:{minute:02}:00')
            schedule.insert_slots()


def test_put_back_for_good_hours_that_come_again_run_once(manual):
    go_to('2026-03-01T00:00:00')
    periodic('hourly', at={'minute': '0'})
    hourly(0, 12)
    hourly(5, 14)
    assert slots() == HOURS[:15]


def test_put_forward_by_mistake_the_tasks_do_not_stand_still_afterwards(manual):
    go_to('2026-03-01T00:00:00')
    periodic('hourly', at={'minute': '0'})
    hourly(0, 3)
    go_to('2027-04-05T05:00:00')
    schedule.insert_slots()
    hourly(4, 9)
    assert slots() == [*HOURS[:4], '2027-04-05T05:00Z', *HOURS[4:10]]


def test_a_second_back_over_the_minute(manual):
    go_to('2026-03-01T04:00:00')
    periodic()
    for text in ('04:59:59', '05:00:00', '04:59:59', '05:00:00', '05:01:00'):
        go_to(f'2026-03-01T{text}')
        schedule.insert_slots()
    assert slots() == ['2026-03-01T05:00Z']


def test_a_jump_does_not_make_the_others_look_dead_before_they_could_beat_again(manual, monkeypatch):
    other = tables.Worker.create(host='elsewhere', pid=1, started_at=clock.now(), beat_at=clock.now())
    site_ticker = ticker.Ticker(periodic=False)
    site_ticker.tick()
    clock.advance(3600)
    site_ticker.tick()
    assert tables.Worker.get_by_id(other.id).stopped_at is None
    monkeypatch.setattr(site_ticker, '_patient_until', 0)     # later
    monkeypatch.setattr(site_ticker, '_beaten', 0)
    site_ticker.tick()
    assert tables.Worker.get_by_id(other.id).stopped_at


@pytest.mark.parametrize('seconds', [3600, -2 * 86400])
def test_a_jump_takes_nothing_from_the_time_that_a_running_task_has(manual, monkeypatch, seconds):
    queue.task(name='slow', deadline=60)(lambda: None)()
    site_ticker = ticker.Ticker(periodic=False)
    row = ledger.claim(1, engine.worker_id, published=False)
    monkeypatch.setitem(engine.active, (row.id, row.claim), None)
    clock.advance(seconds)
    site_ticker.tick()
    monkeypatch.setattr(site_ticker, '_patient_until', 0)
    site_ticker.tick()
    assert Task.get().stop == ''
    clock.advance(61)
    ledger.tell_late_ones()
    assert Task.get().stop == 'timed out'


def test_what_was_queued_before_the_clock_was_put_back_keeps_its_delay(manual):
    task = queue.task(name='later', expires=7200)(lambda: None)
    task()
    task.schedule(delay=600)
    clock.advance(-2 * 86400)
    task.schedule(delay=3 * 86400)
    before, now = Task.get_by_id(3).run_at, clock.now()
    for _ in range(2):
        jumps.pull_back()
    rows = list(Task.select().order_by(Task.id))
    assert [round(row.run_at - now) for row in rows] == [0, 600, 3 * 86400] and rows[2].run_at == before
    assert round(rows[0].expires_at - now) == 7200


def test_what_is_queued_while_it_waits_for_its_turn_is_not_from_the_future(manual):
    task = queue.task(name='later')(lambda: None)
    with db.atomic():
        waiting = threading.Thread(target=pull_back_here)
        waiting.start()
        time.sleep(0.1)
        clock.advance(3600)
        task()
        queued = Task.get().created_at
    waiting.join()
    assert Task.get().created_at == queued


def pull_back_here():
    with db.connection():
        jumps.pull_back()


def test_a_try_that_failed_under_a_clock_far_ahead_is_repeated_now(manual):
    queue.task(name='failing', retries=1)(lambda: 1 // 0)()
    clock.advance(400 * 86400)
    modes.drain()
    clock.advance(-400 * 86400)
    jumps.pull_back()
    assert round(Task.get().run_at - clock.now()) == 0


# What people are shown

def test_the_last_runs_with_their_states_and_the_next(manual):
    go_to('2026-03-01T04:00:00')
    periodic(catch_up='all')
    schedule.insert_slots()
    go_to('2026-03-06T12:00:00')
    schedule.insert_slots()
    modes.drain()
    go_to('2026-03-07T05:00:00')
    schedule.insert_slots()
    queue.TASKS['nightly']()        # called by hand it is no run of the schedule
    last = schedule.last_runs('nightly')
    assert last[:2] == [('2026-03-07T05:00Z', 'queued', 7), ('2026-03-06T05:00Z', 'done', 6)]
    assert len(last) == 5
    assert [f'{run:%d %H:%M}' for run in schedule.next_runs('nightly')] == [
        '08 05:00', '09 05:00', '10 05:00', '11 05:00', '12 05:00']


@pytest.mark.parametrize('fields, words', [
    ({}, 'every minute'),
    ({'minute': '*/10'}, 'every 10 minutes'),
    ({'minute': '*/25'}, 'hourly at minute 0, 25, 50'),
    ({'minute': '30'}, 'hourly at minute 30'),
    ({'minute': '0', 'hour': '5'}, 'daily at 05:00 (Europe/Berlin)'),
    ({'minute': '0,30', 'hour': '5,17'}, 'daily at 05:00, 05:30, 17:00, 17:30 (Europe/Berlin)'),
    ({'minute': '15', 'hour': '*/2'}, 'every 2 hours at minute 15 (Europe/Berlin)'),
    ({'minute': '15', 'hour': '8-17'}, 'hours 8-17 at minute 15 (Europe/Berlin)'),
    ({'minute': '*/10', 'hour': '8-17'}, 'every 10 minutes of hour 8-17 (Europe/Berlin)'),
    ({'minute': '0', 'hour': '5', 'day_of_week': '1,5'}, 'Monday, Friday at 05:00 (Europe/Berlin)'),
    ({'minute': '0', 'hour': '5', 'day': '1'}, 'monthly on day 1 at 05:00 (Europe/Berlin)'),
    ({'minute': '0', 'hour': '5', 'day': '24', 'month': '12'},
     'yearly on 24 December at 05:00 (Europe/Berlin)'),
    ({'minute': '0', 'hour': '5', 'month': '6,7'}, 'in June, July at 05:00 (Europe/Berlin)'),
    ({'minute': '30', 'day_of_week': '0'}, 'hourly at minute 30, Sunday')])
def test_a_schedule_in_plain_words(monkeypatch, fields, words):
    monkeypatch.setattr(settings.site, 'timezone', 'Europe/Berlin')
    assert crontab(**fields).words() == words


def test_nothing_is_caught_up_from_before_the_task_existed(manual):
    go_to('2026-03-01T12:00:00')
    periodic()
    schedule.insert_slots()
    assert slots() == []


def test_the_scheduler_of_a_real_site_runs_them(ledger_db, redis_url):
    periodic(at={})
    site = consumer.Workers(1, redis_url)
    site.start()
    wait_for(lambda: Task.select().where(Task.state == 'done').exists())
    site.stop(5)


def runs(when, start, days):
    """The runs within so many days, in UTC: ['28 01:30', ...]."""
    first = datetime.fromisoformat(start + '+00:00')
    found = itertools.takewhile(lambda run: run < first + days * DAY, when.after(first - MINUTE))
    return [f'{run:%d %H:%M}' for run in found]


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
    assert runs(crontab(**fields), start, 3) == expected


@pytest.mark.parametrize('fields', [{'hour': '24'}, {'minute': '*/0'}, {'minute': 'x'}, {'day': '0'},
                                    {'day': '31', 'month': '2,4'}, {'hour': '5-3'},
                                    {'day_of_week': '7'}, {'minute': ''}])
def test_a_time_that_is_not_understood_is_refused(fields):
    with pytest.raises(ValueError, match='crontab'):
        crontab(**fields)


def test_steps_lists_and_ranges():
    hour = [f'01 00:{minute:02}' for minute in (0, 20, 40)]
    assert runs(crontab(minute='*/20'), '2026-01-01T00:00', 1)[:4] == [*hour, '01 01:00']
    night = crontab(minute='1,3-4', hour='0')
    assert runs(night, '2026-01-01T00:00', 1) == ['01 00:01', '01 00:03', '01 00:04']


@pytest.mark.parametrize('zone', ['Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'Pacific/Apia'])
@pytest.mark.parametrize('fields', [{'hour': '2'}, {'hour': '*/3', 'minute': '0,30'},
                                    {'hour': '0,23', 'day': '30'}])
def test_every_local_time_of_a_year_comes_once(monkeypatch, zone, fields):
    """As somebody finds who watches the clock on the wall. Apia skipped a whole day in 2011."""
    monkeypatch.setattr(settings.site, 'timezone', zone)
    when, start = crontab(**{'minute': '15', **fields}), datetime(2011, 1, 1, tzinfo=timezone.utc)
    shown = watched(ZoneInfo(zone), start)
    expected = sorted({shown[wall] for wall in shown if fits(when, wall)})
    end = start + 365 * DAY
    forth, back = when.after(start - MINUTE), when.until(end - MINUTE)
    assert list(itertools.takewhile(lambda run: run < end, forth)) == expected
    assert list(itertools.takewhile(lambda run: run >= start, back)) == expected[::-1]


def watched(zone, start):
    """{local time: when the clock first shows it, or has just skipped it}, for each quarter of an hour."""
    shown, latest = {}, (start - QUARTER).astimezone(zone).replace(tzinfo=None)
    for number in range(365 * 24 * 4):
        moment = start + number * QUARTER
        wall = moment.astimezone(zone).replace(tzinfo=None)
        while latest < wall:
            latest += QUARTER
            shown[latest] = moment
    return shown


def fits(when, wall):
    values = {'minute': wall.minute, 'hour': wall.hour, 'day': wall.day}
    return all(values[name] in when.fields[name] for name in values)
