"""The clock is set while the site runs, far and near, and over both changes of summer time: nothing
crashes, no slot is lost or doubled, tasks run on, sessions neither revive nor all die.

Two processes share the tasks, each under libfaketime. The cases are steps of one history, so that the
whole takes about 20 s, but any of them can run alone. Nothing is unknown: the test itself makes the calls,
and nobody asks for slots. The slots of a night are one, whatever the clock says.
"""
import os
import time
import urllib.request
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import clocked
import counts
import libfaketime
import pytest

from base import settings_for
from kuma_lite import app, clock, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.accounts.models import Session
from kuma_lite.accounts.rules import digest
from kuma_lite.queue import ledger
from kuma_lite.queue.crontab import to_minute
from kuma_lite.queue.schedule import Schedule
from kuma_lite.queue.tables import Task
from kuma_lite.web.session import SESSION
from process import Process, fetch, wait_for

PROGRAM = Path(__file__).with_name('clocked.py')
LIBRARY = Path(libfaketime.__file__).parent / 'vendor/libfaketime/src/libfaketime.so.1'
FAKED = {'LD_PRELOAD': str(LIBRARY), 'DONT_FAKE_MONOTONIC': '1', 'FAKETIME_NO_CACHE': '1',
         'FAKETIME_FORCE_MONOTONIC_FIX': '0', 'NO_FAKE_STAT': '1', 'KUMA_SITE_TIMEZONE': 'Europe/Berlin',
         'KUMA_TASKS_WORKERS': '2',
         # Retention believes the clock: 400 days ahead it would forget all slots of the days before.
         'KUMA_TASKS_KEEP_DONE': '1000'}
HALF, HOUR, DAY = 1800, 3600, 86400      # half an hour
START = datetime(2026, 3, 10, 12, 50, tzinfo=timezone.utc).timestamp()
BERLIN = ZoneInfo('Europe/Berlin')


class Site:
    """Two processes on one data folder, whose clocks are set by a file, and that of the test with them."""

    def __init__(self, data):
        self.data, self._file = data, data.with_name('offset')
        self.slots, self._seen = set(), START - 3 * DAY     # those that must be
        self.go(START)
        self.processes = [Process(data, program=PROGRAM, FAKETIME_TIMESTAMP_FILE=str(self._file),
                                  **FAKED, **{'command': name}) for name in ('serve', 'worker')]

    def go(self, moment):
        """Set every clock."""
        clock.reset()
        clock.advance(moment - clock.now())
        fresh = self._file.with_suffix('.new')
        fresh.write_text(f'{moment - time.time():+.3f}\n')
        os.replace(fresh, self._file)
        self._expect_slots(moment)

    def _expect_slots(self, moment):
        passed = range(int(self._seen // HALF) + 1, int(moment // HALF) + 1)[-clocked.DAYS * DAY // HALF:]
        hours = [half * HALF for half in passed if half % 2 == 0][-clocked.MOST:]
        self.slots |= {f'hourly {to_minute(hour):%Y-%m-%dT%H:%MZ}' for hour in hours}
        local = [datetime.fromtimestamp(half * HALF, BERLIN) for half in passed]
        # Where there is no half past two, the slot is at three.
        self.slots |= {f'night of {at.date()}' for at in local if f'{at:%H:%M}' in ('02:30', '03:00')}
        self._seen = moment

    def rest(self):
        """Wait until both schedules are looked at, up to now, and nothing that is due waits."""
        wait_for(lambda: self._looked() and ledger.at_rest(), timeout=90)

    def _looked(self):
        cursors = Schedule.select().where(Schedule.name.in_(['hourly', 'nightly']))
        return {row.cursor for row in cursors} == {to_minute(clock.now()).timestamp()}

    def knows(self, token):
        """Whether whoever has this session is logged in."""
        cookie = {'Cookie': f'{SESSION}={token}'}
        return 'Log out' in fetch(urllib.request.Request(f'{self.processes[0].url}/', headers=cookie))[1]


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    data = tmp_path_factory.mktemp('clock') / 'data'
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        db.database.create_tables([clocked.Effect])
        accounts.create_person('edda', 'edda@example.org', 'editor', 'a good long one')
        for name in ('hourly', 'nightly'):
            Schedule.create(name=name, cursor=START - 3 * DAY)
        site = Site(data)
        with site.processes[0], site.processes[1]:
            site.rest()
            yield site


@pytest.fixture
def site(running):
    """The site, its clock, and the sessions that it should know and should not."""
    db.open_file(running.data / 'wiki.db')
    with db.connection():
        clock.reset()
        running.go(running._seen)
        yield running


@pytest.mark.parametrize('name, jumps', [
    ('+1 h', [HOUR]), ('+400 days and back', [400 * DAY, -400 * DAY]), ('-1 h', [-HOUR]),
    ('-2 days', [-2 * DAY])])
def test_a_jump(site, name, jumps):
    alive, ended = started(site)
    called = begin(name)
    for jump in jumps:
        site.go(clock.now() + jump)
        called.append(f'{name} after {jump}')
        clocked.quick(called[-1])
        site.rest()
        assert not site.knows(ended), 'a session revived'
    assert site.knows(alive), 'a session died'
    judge(site, name, called)


@pytest.mark.parametrize('name, moments, slot', [
    ('to summer time', ['2026-03-29T00:59', '2026-03-29T01:01', '2026-03-29T02:31'], '2026-03-29T01:00Z'),
    ('to winter time', ['2026-10-25T00:29', '2026-10-25T00:31', '2026-10-25T01:31'], '2026-10-25T00:30Z')])
def test_over_a_change_of_summer_time(site, name, moments, slot):
    site.go(datetime.fromisoformat(moments[0] + '+00:00').timestamp())
    site.rest()
    alive, ended = started(site)
    called = begin(name)
    for moment in moments[1:]:
        site.go(datetime.fromisoformat(moment + '+00:00').timestamp())
        site.rest()
    assert site.knows(alive) and not site.knows(ended)
    assert [night for night in effects('nightly') if moments[0][:10] in night] == [f'nightly {slot}']
    judge(site, name, called)


def started(site):
    """The tokens of a session that is alive and of one that has ended, as its owner has just been told."""
    edda = accounts.find_person('edda')
    ended, alive = sessions.start_session(edda), sessions.start_session(edda)
    Session.update(expires_at=clock.now() - 60).where(Session.token_hash == digest(ended)).execute()
    assert site.knows(alive) and not site.knows(ended)
    return alive, ended


def begin(name):
    """Tasks that run, one that waits, while the clock is set; returns what they will leave."""
    for number in range(4):
        clocked.slow(f'{name} slow {number}')
    wait_for(lambda: sum(' begins' in what for what in effects(name)) == 4)
    clocked.quick(f'{name} before')
    clocked.quick.schedule((f'{name} delayed',), delay=1)
    with counts.rolled_back():
        clocked.quick(f'{name} rolled back')
    return [f'{name} before', f'{name} delayed', *(f'{name} slow {number} begins' for number in range(4))]


def effects(name):
    """What the tasks whose notes begin so have left, in order."""
    rows = clocked.Effect.select().order_by(clocked.Effect.id)
    return [row.what for row in rows if row.what.startswith(name)]


def judge(site, name, called):
    wait_for(lambda: f'{name} delayed' in effects(name))
    site.rest()
    done = effects('hourly') + [f'night of {local_date(slot)}' for slot in effects('nightly')]
    counts.judge(f'clock {name}', [*site.slots, *called], done + effects(f'{name} '),
                 refused=[f'{name} rolled back'], slots=len(site.slots))
    assert not Task.select().where(Task.state.not_in(['done', 'queued'])).exists()
    for process in site.processes:
        assert process.popen.poll() is None
        assert not [word for word in ('Traceback', 'given up', 'CRITICAL') if word in process.errors()]


def local_date(slot):
    return datetime.fromisoformat(slot.split()[1].replace('Z', '+00:00')).astimezone(BERLIN).date()
