"""What is not needed any more goes, as many days later as the setting says, a few rows at a time."""
from datetime import datetime, timedelta, timezone

import pytest

from kuma_lite import clock, db
from kuma_lite.accounts import bans
from kuma_lite.accounts import tasks as account_tasks
from kuma_lite.accounts.models import Ban, LoginAttempt
from kuma_lite.config import settings
from kuma_lite.drafts.tasks import delete_old_drafts
from kuma_lite.mail import actions as mail
from kuma_lite.mail import muting
from kuma_lite.mail import tasks as mail_tasks
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.queue import TASKS, modes, schedule, window
from kuma_lite.queue.tables import Task
from kuma_lite.signup.tasks import delete_old_applications
from kuma_lite.spam.tasks import forget
from kuma_lite.watch.tasks import delete_old_news
from kuma_lite.web import tasks as web_tasks
from kuma_lite.web import windows
from kuma_lite.web.models import Tally
from kuma_lite.wiki import tasks
from kuma_lite.wiki.models import Revision

DAY = 86400
PURGES = [tasks.forget_addresses, account_tasks.delete_old_bans, account_tasks.delete_old_login_attempts,
          account_tasks.delete_old_sessions, web_tasks.delete_old_tallies, mail_tasks.delete_old_mails]


@pytest.fixture
def manual_site(site):
    """A site in which no mail is sent by itself."""
    window.pause(mail_tasks.deliver.name)
    return site


def addresses():
    return [revision.address for revision in Revision.select().order_by(Revision.id)]


def run(task):
    """As the clock would; twice, which must be the same as once."""
    for _ in range(2):
        task.call_local()


@pytest.mark.parametrize('days', [30, 7, 90])
def test_defect_3_addresses_of_edits_go_after_as_many_days_as_the_setting_says(site, days):
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


def mails(**states):
    """Post one mail for each {what it is about: state}, and let it end so now; None: it was never tried."""
    for key, state in states.items():
        mail.post(key, key, 'It changed.', [mail.Recipient(f'{key}@example.org')])
        delivery = Delivery.get(Delivery.address == f'{key}@example.org')
        assert delivery.state == 'queued'
        if state:
            mail_tasks.record(delivery, state, 'Its words')


def kept():
    return {delivery.message.key for delivery in Delivery.whole()}


@pytest.mark.parametrize('sent, failed', [(30, 180), (7, 9), (90, 20)])
def test_defect_3_mails_go_as_many_days_after_they_ended_as_the_settings_say(manual_site, sent, failed):
    """KUMA §7.3 again."""
    settings.mail.keep_sent, settings.mail.keep_failed = sent, failed
    mails(went='sent', refused='refused', ended='gave_up', waits=None)
    clock.advance(min(sent, failed) * DAY - 60)
    run(mail_tasks.delete_old_mails)
    assert kept() == {'went', 'refused', 'ended', 'waits'}
    clock.advance(120)
    run(mail_tasks.delete_old_mails)
    assert kept() == {'waits', *(('refused', 'ended') if sent < failed else ('went',))}
    clock.advance(abs(sent - failed) * DAY)
    run(mail_tasks.delete_old_mails)
    assert kept() == {message.key for message in Message.select()} == {'waits'}
    clock.advance(900 * DAY)
    run(mail_tasks.delete_old_mails)
    assert kept() == {'waits'}


def test_the_end_of_a_mail_counts_and_not_when_it_was_posted(manual_site):
    mails(late=None)
    clock.advance(40 * DAY)
    mail_tasks.record(Delivery.get(), 'sent', 'OK')
    run(mail_tasks.delete_old_mails)
    assert kept() == {'late'}
    clock.advance(30 * DAY)
    run(mail_tasks.delete_old_mails)
    assert kept() == set() and not Message.select().exists()


def test_what_was_withdrawn_before_it_was_tried_goes_too(manual_site):
    mails(waits=None)
    mail.withdraw('waits@example.org', 'Whom it was for was banned.')
    clock.advance(181 * DAY)
    run(mail_tasks.delete_old_mails)
    assert not Message.select().exists()


def test_a_message_stays_as_long_as_one_of_its_mails(manual_site):
    mail.post('news', 'News', 'It changed.', map(mail.Recipient, ['a@example.org', 'b@example.org']))
    mail_tasks.record(Delivery.get(Delivery.address == 'a@example.org'), 'sent', 'OK')
    clock.advance(300 * DAY)
    run(mail_tasks.delete_old_mails)
    assert [delivery.address for delivery in Delivery.select()] == ['b@example.org'] and Message.get().text


def test_an_address_that_refused_is_remembered(manual_site):
    with db.atomic():
        for _ in range(muting.MOST):
            muting.refused('refused@example.org', '550 No such person')
    mails(refused='refused')
    clock.advance(181 * DAY)
    run(mail_tasks.delete_old_mails)
    assert not Delivery.select().exists() and muting.muted('refused@example.org') == '550 No such person'


def test_many_mails_go_in_short_transactions(manual_site, monkeypatch):
    mails(**{f'mail{number}': 'sent' for number in range(7)})
    monkeypatch.setattr(mail_tasks, 'CHUNK', 3)
    chunks, delete = [], Delivery.delete
    monkeypatch.setattr(Delivery, 'delete', lambda: chunks.append(db.database.in_transaction()) or delete())
    clock.advance(31 * DAY)
    mail_tasks.delete_old_mails.call_local()
    assert chunks[:3] == [True] * 3 and not Delivery.select().exists() and not Message.select().exists()


@pytest.mark.parametrize('task', PURGES, ids=lambda task: task.name)
def test_they_run_by_the_clock_at_least_daily(site, task):
    assert task.schedule_by is not None
    first, second = task.schedule_by.next(schedule.to_minute(clock.now()), 2)
    assert (second - first).total_seconds() <= DAY


@pytest.mark.parametrize('task', [account_tasks.delete_old_bans, delete_old_applications, forget])
def test_a_clock_that_is_a_year_ahead_for_a_minute_deletes_nothing_that_counts(manual_site, task):
    clock.advance(3600 - clock.now() % 3600 - 120)      # two minutes before an hour
    modes.start_manual()
    schedule.insert_slots()
    clock.advance(365 * DAY)
    schedule.insert_slots()
    assert not Task.select().where(Task.name == task.name).exists()


@pytest.mark.parametrize('task', [account_tasks.delete_old_bans, mail_tasks.delete_old_mails, forget,
                                  delete_old_applications, delete_old_news, delete_old_drafts])
def test_it_happens_too_where_nobody_runs_the_wiki_at_night(task):
    """What is not caught up is due within each hour."""
    noon = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
    assert next(TASKS[task.name].schedule_by.after(noon)) <= noon + timedelta(hours=1)
