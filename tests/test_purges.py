"""What is not needed any more goes, as many days later as the setting says, a few rows at a time."""
import pytest

from kuma_lite import clock, db
from kuma_lite.accounts import bans
from kuma_lite.accounts import tasks as account_tasks
from kuma_lite.accounts.models import Ban, LoginAttempt
from kuma_lite.config import settings
from kuma_lite.queue import schedule
from kuma_lite.web import tasks as web_tasks
from kuma_lite.web import windows
from kuma_lite.web.models import Tally
from kuma_lite.wiki import tasks
from kuma_lite.wiki.models import Revision

DAY = 86400
PURGES = [tasks.forget_addresses, account_tasks.delete_old_bans, account_tasks.delete_old_login_attempts,
          account_tasks.delete_old_sessions, web_tasks.delete_old_tallies]


def addresses():
    return [revision.address for revision in Revision.select().order_by(Revision.id)]


def run(task):
    """As the clock would; twice, which must be the same as once."""
    for _ in range(2):
        task.call_local()


@pytest.mark.parametrize('days', [30, 7, 90])
def test_addresses_of_edits_go_after_as_many_days_as_the_setting_says(site, days):
    """KUMA §7.3: a purge ignored its `days` argument."""
    settings.privacy.keep_addresses = days
    site.page('Tea', 'old', address='192.0.2.1')
    clock.advance(DAY)
    site.page('Tea', 'new', address='192.0.2.2')
    clock.advance((days - 1) * DAY - 60)
    run(tasks.forget_addresses)
    assert addresses() == ['192.0.2.1', '192.0.2.2']
    clock.advance(120)
    run(tasks.forget_addresses)
    assert addresses() == ['', '192.0.2.2']
    clock.advance(DAY)
    run(tasks.forget_addresses)
    assert addresses() == ['', '']


def test_the_edits_themselves_stay(site):
    site.page('Tea', 'old', address='192.0.2.1', comment='why')
    clock.advance(31 * DAY)
    run(tasks.forget_addresses)
    revision = Revision.get()
    assert (revision.content, revision.comment, revision.author.name) == ('old', 'why', 'edda')


def test_many_rows_are_many_short_transactions(site, monkeypatch):
    for number in range(7):
        site.page('Tea', f'Cup {number}', address='192.0.2.1')
    clock.advance(31 * DAY)
    monkeypatch.setattr(tasks, 'CHUNK', 3)
    written, update = [], Revision.update
    monkeypatch.setattr(Revision, 'update', lambda **change: written.append(db.database.in_transaction())
                        or update(**change))
    tasks.forget_addresses.call_local()
    assert addresses() == [''] * 7 and written == [True] * 3


def test_bans_of_addresses_go_when_they_have_been_over_for_long(site):
    now, mona, mallory = clock.now(), site.people.mona, site.people.mallory
    with db.atomic():
        for network, until, lifted in (('192.0.2.0/24', now, None), ('192.0.3.0/24', None, now),
                                       ('192.0.4.0/24', None, None), ('192.0.5.0/24', now + 40 * DAY, None)):
            Ban.create(network=network, by=mona, reason='x', until=until, lifted_at=lifted)
        Ban.create(person=mallory, by=mona, reason='x', until=now)
    clock.advance(29 * DAY)
    run(account_tasks.delete_old_bans)
    assert Ban.select().count() == 5
    clock.advance(2 * DAY)
    run(account_tasks.delete_old_bans)
    assert [ban.network for ban in Ban.select().order_by(Ban.id)] == ['192.0.4.0/24', '192.0.5.0/24', '']
    assert bans.of(None, '192.0.4.7') and bans.of(None, '192.0.5.7')


def test_counts_go_when_their_time_is_over(site):
    windows.count_write('edit x', 5)
    clock.advance(DAY)
    windows.count_write('edit y', 5)
    clock.advance(DAY + 3600)
    run(web_tasks.delete_old_tallies)
    assert [row.key for row in Tally.select()] == ['edit y']


def test_failed_log_ins_go_after_a_day(site):
    with db.atomic():
        LoginAttempt.create(account='x', address='192.0.2.1')
    clock.advance(DAY - 60)
    run(account_tasks.delete_old_login_attempts)
    assert LoginAttempt.select().exists()
    clock.advance(120)
    run(account_tasks.delete_old_login_attempts)
    assert not LoginAttempt.select().exists()


@pytest.mark.parametrize('task', PURGES, ids=lambda task: task.name)
def test_they_run_by_the_clock_at_least_daily(site, task):
    assert task.schedule_by is not None
    first, second = task.schedule_by.next(schedule.to_minute(clock.now()), 2)
    assert (second - first).total_seconds() <= DAY
