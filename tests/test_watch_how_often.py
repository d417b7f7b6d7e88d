"""How often people get mail: at once, after a quiet time, as a digest; never about what they have seen."""
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kuma_lite import clock, db
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.queue.failpoints import POINTS
from kuma_lite.watch import actions, digests, pending, tasks, topics
from kuma_lite.watch.models import News, Pending, WatchPreference
from kuma_lite.wiki.models import Page
from tests import smtp

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


@pytest.fixture
def tea(site, server):
    """A page that wanda watches."""
    page = site.page('Tea', 'One\n\nTwo\n\nThree\n')
    actions.watch(site.people.wanda, page)
    return page


def prefer(site, frequency, hour=8, weekday=1, minor=True, name='wanda'):
    actions.prefer(getattr(site.people, name), frequency, hour, weekday, minor)


def look(site, seconds=0):
    """Turn the clock on, and do what the scheduler does then."""
    site.settle()
    clock.advance(seconds)
    tasks.look_for_due_mails()
    site.settle()


def edit(site, content, **options):
    page = site.page('Tea', content, **options)
    site.settle()
    return page


def test_many_edits_become_one_mail_after_half_an_hour(site, server, tea):
    prefer(site, 'quiet')
    edit(site, 'One\n\n2\n\nThree\n', comment='first')
    look(site, 20 * MINUTE)
    edit(site, 'One\n\n2\n\n3\n', author='mona', comment='second')
    look(site, 20 * MINUTE)
    assert server.mails == []
    look(site, 11 * MINUTE)
    [mail] = server.mails
    assert mail['Subject'].endswith('Page "Tea" changed by edda and mona')
    assert '\n-Two\n+2\n' in mail.text and '\n-Three\n+3\n' in mail.text
    assert 'Comment: first' in mail.text and 'Comment: second' in mail.text
    assert 'first' in mail.html and 'second' in mail.html
    assert Pending.select().count() == 0


def test_the_next_mail_begins_where_the_last_one_ended(site, server, tea):
    prefer(site, 'quiet')
    for content in ('a', 'b', 'c'):
        edit(site, content)
        look(site, HOUR)
    assert [re.findall('^[-+][a-c]$', mail.text, re.M) for mail in server.mails] == [
        ['+a'], ['-a', '+b'], ['-b', '+c']]


def test_a_page_that_never_rests_is_told_after_four_hours(site, server, tea):
    prefer(site, 'quiet')
    for number in range(13):
        edit(site, f'{number}')
        look(site, 20 * MINUTE)
    [mail] = server.mails
    assert '+12' not in mail.text and Pending.select().count() in (0, 1)


def test_each_page_rests_by_itself(site, server, tea):
    prefer(site, 'quiet')
    actions.watch(site.people.wanda, site.page('Cup'))
    edit(site, 'a')
    look(site, 20 * MINUTE)
    site.page('Cup', 'b')
    look(site, 15 * MINUTE)
    assert [mail['X-Kuma-Page'] for mail in server.mails] == ['Tea']
    look(site, 20 * MINUTE)
    assert [mail['X-Kuma-Page'] for mail in server.mails] == ['Tea', 'Cup']


def test_a_page_that_was_read_is_not_told(site, server, tea):
    prefer(site, 'quiet')
    edit(site, 'a')
    site.login('wanda').get('/docs/Tea')
    look(site, HOUR)
    assert server.mails == [] and Pending.select().count() == 0


def test_after_a_visit_only_what_came_later_is_told(site, server, tea):
    prefer(site, 'daily')
    edit(site, 'a')
    site.login('wanda').get('/docs/Tea')
    edit(site, 'b')
    look(site, DAY)
    [mail] = server.mails
    assert '\n-a\n+b' in mail.text and 'Two' not in mail.text


def test_the_visit_of_somebody_else_and_other_pages_count_for_nothing(site, server, tea):
    prefer(site, 'quiet')
    edit(site, 'a')
    site.page('Cup')
    for name, address in (('mona', '/docs/Tea'), ('wanda', '/docs/Cup'), ('wanda', '/docs/Tea$history')):
        site.login(name).get(address)
    site.app.get('/docs/Tea')
    look(site, HOUR)
    assert len(server.mails) == 1


def test_a_view_writes_nothing_when_nothing_waits(site, server, tea):
    wanda = site.login('wanda')
    wanda.get('/docs/Tea')
    before = db.database.execute_sql('SELECT total_changes()').fetchone()
    wanda.get('/docs/Tea')
    assert db.database.execute_sql('SELECT total_changes()').fetchone() == before


def test_a_daily_mail_tells_all_pages(site, server, tea):
    prefer(site, 'daily')
    actions.start(site.people.wanda, topics.NEW_PAGES)
    edit(site, 'a')
    edit(site, 'b', comment='again')
    site.page('Cup', 'Porcelain')
    look(site, DAY)
    [mail] = server.mails
    assert mail['Subject'].endswith('Daily mail: 2 pages have changed')
    assert 'changed 2 times' in mail.text and 'edda created the page "Cup" (Cup)' in mail.text
    assert '\n+b' in mail.text and '+Porcelain' in mail.text and 'Porcelain' in mail.html
    look(site, DAY)
    assert len(server.mails) == 1


@pytest.mark.parametrize('zone, frequency, at, due', [
    ('UTC', 'daily', '2026-11-22 07:59', '2026-11-22 08:00'),
    ('UTC', 'daily', '2026-11-22 08:00', '2026-11-23 08:00'),
    ('Europe/Berlin', 'daily', '2026-11-22 09:00', '2026-11-23 08:00'),
    ('Europe/Berlin', 'daily', '2026-10-24 12:00', '2026-10-25 08:00'),     # summer time ends that night
    ('Asia/Seoul', 'weekly', '2026-11-22 12:00', '2026-11-23 08:00'),       # a Sunday; Monday follows
    ('Asia/Seoul', 'weekly', '2026-11-23 08:01', '2026-11-30 08:00'),
])
def test_a_digest_leaves_at_the_hour_of_its_reader(site, zone, frequency, at, due):
    settings.site.timezone = zone
    seconds = [datetime.strptime(time, '%Y-%m-%d %H:%M').replace(tzinfo=ZoneInfo(zone)).timestamp()
               for time in (at, due)]
    assert pending.due_at(WatchPreference(frequency=frequency, hour=8, weekday=1), seconds[0]) == seconds[1]


def test_it_waits_until_then(site, server, tea):
    hour = datetime.fromtimestamp(clock.now(), ZoneInfo('UTC')).hour
    prefer(site, 'daily', hour=(hour + 3) % 24)
    edit(site, 'a')
    look(site, HOUR)
    assert server.mails == []
    look(site, 2 * HOUR)
    assert len(server.mails) == 1


def test_minor_edits_only_for_those_who_want_them(site, server, tea):
    prefer(site, 'at once', minor=False)
    edit(site, 'a', minor=True)
    assert server.mails == []
    edit(site, 'b')
    assert len(server.mails) == 1
    prefer(site, 'at once')
    edit(site, 'c', minor=True)
    assert len(server.mails) == 2


def test_a_minor_edit_does_not_hide_in_the_first_mail(site, server, tea):
    """It is in the differences all the same: they are those of the page since the first edit that counts."""
    prefer(site, 'quiet', minor=False)
    edit(site, 'a')
    edit(site, 'b', minor=True)
    edit(site, 'c')
    look(site, HOUR)
    [mail] = server.mails
    assert mail.text.count('changed it') == 2 and '+c' in mail.text


def test_no_mail_is_no_mail(site, server, tea):
    prefer(site, 'daily')
    edit(site, 'a')
    prefer(site, 'never')
    edit(site, 'b')
    look(site, 8 * DAY)
    assert server.mails == [] and Pending.select().count() == 0


def test_who_changes_the_time_loses_nothing(site, server, tea):
    prefer(site, 'weekly')
    edit(site, 'a')
    look(site, MINUTE)
    prefer(site, 'at once')
    look(site, MINUTE)
    assert len(server.mails) == 1


def test_what_one_has_done_oneself_is_told_to_others_only(site, server, tea):
    actions.watch(site.people.edda, tea)
    prefer(site, 'daily')
    prefer(site, 'daily', name='edda')
    edit(site, 'a')
    look(site, 2 * DAY)
    assert server.recipients == ['wanda@example.org']


def test_one_address_gets_one_mail_whoever_chose_what(site, server, tea):
    actions.watch(site.people.mona, tea)
    Person.update(email='WANDA@example.org').where(Person.name == 'mona').execute()
    prefer(site, 'daily')
    edit(site, 'a')
    look(site, 2 * DAY)
    assert server.recipients == ['WANDA@example.org']


@pytest.mark.parametrize('change', [
    lambda site, page: setattr(settings.site, 'read', 'editors'),
    lambda site, page: actions.unwatch(site.people.wanda, page),
    lambda site, page: Person.update(active=False).where(Person.name == 'wanda').execute(),
    lambda site, page: Person.update(email='').where(Person.name == 'wanda').execute(),
], ids=['rights', 'watch', 'account', 'address'])
def test_rights_and_wishes_are_looked_at_again_when_the_mail_is_built(site, server, tea, change):
    prefer(site, 'quiet')
    edit(site, 'a')
    change(site, tea)
    look(site, HOUR)
    assert server.tries == [] and Pending.select().count() == 0


def test_a_page_that_is_deleted_meanwhile_is_told_without_its_text(site, server, tea):
    prefer(site, 'quiet')
    page = edit(site, 'Green unicorn')
    deletion.delete(page.id, page.current_id, 'Nonsense', site.people.mona)
    look(site, HOUR)
    [mail] = server.mails
    assert mail['Subject'].endswith('Page "Tea" deleted by mona')
    assert 'unicorn' not in mail.text + mail.html and 'Reason: Nonsense' in mail.text


def test_who_deletes_a_page_hears_no_more_of_its_edits(site, server, tea):
    actions.watch(site.people.mona, tea)
    actions.unwatch(site.people.wanda, tea)
    prefer(site, 'quiet', name='mona')
    page = edit(site, 'Green unicorn')
    deletion.delete(page.id, page.current_id, 'Nonsense', site.people.mona)
    look(site, HOUR)
    assert server.mails == [] and Pending.select().count() == 0


def test_a_purged_page_waits_for_nobody(site, server, tea):
    prefer(site, 'quiet')
    page = edit(site, 'a')
    deletion.purge(deletion.delete(page.id, page.current_id, 'Nonsense', site.people.mona))
    look(site, HOUR)
    assert server.mails == [] and News.select().count() == 0


def test_the_periodic_task_may_run_twice(site, server, tea):
    prefer(site, 'quiet')
    edit(site, 'a')
    clock.advance(HOUR)
    tasks.look_for_due_mails.func()
    tasks.look_for_due_mails.func()
    site.settle()
    tasks.mail_what_waits.func(site.people.wanda.id)
    tasks.mail_what_waits.func(site.people.wanda.id)
    site.settle()
    assert len(server.mails) == 1


def test_telling_an_edit_twice_lets_it_wait_once(site, server, tea):
    prefer(site, 'quiet')
    page = edit(site, 'a')
    look(site, HOUR)
    tasks.notify_watchers.func(page.current_id)
    look(site, HOUR)
    assert len(server.mails) == 1


def test_what_dies_before_the_commit_is_sent_later_and_once(site, server, tea):
    prefer(site, 'quiet')
    edit(site, 'a')
    clock.advance(HOUR)
    POINTS['digest'] = lambda: 1 / 0
    try:
        with pytest.raises(ZeroDivisionError):
            digests.send(site.people.wanda.id)
    finally:
        POINTS.clear()
    site.settle()
    assert server.mails == [] and Pending.select().count() == 1
    look(site)
    look(site)
    assert len(server.mails) == 1


def test_who_reads_while_the_mail_is_built_gets_none(site, server, tea, monkeypatch):
    prefer(site, 'quiet')
    edit(site, 'a')
    clock.advance(HOUR)
    compose = digests._compose

    def slowly(*args):
        mail = compose(*args)
        site.login('wanda').get('/docs/Tea')
        return mail
    monkeypatch.setattr(digests, '_compose', slowly)
    digests.send(site.people.wanda.id)
    site.settle()
    assert server.mails == [] and Pending.select().count() == 0


def test_one_click_in_a_digest_stops_all_mails_and_keeps_the_list(site, server, tea):
    prefer(site, 'daily')
    edit(site, 'a')
    look(site, DAY)
    link = server.mails[0]['List-Unsubscribe'].strip('<>').removeprefix('http://wiki.test')
    assert 'Stop all mails?' in site.app.get(link)
    assert WatchPreference.get().frequency == 'daily'
    assert site.app.post(link.replace('key=', 'key=x')).status_int == 200
    assert WatchPreference.get().frequency == 'daily'
    site.app.post(link, {'List-Unsubscribe': 'One-Click'}, headers={'Origin': 'https://mail.example.net'})
    assert WatchPreference.get().frequency == 'never' and Page.at('Tea')
    assert 'Stop all' not in site.login('wanda').get('/watches').forms['how-form'].text
    assert site.login('wanda').get('/watches').forms['how-form']['frequency'].value == 'never'


def test_the_form_keeps_what_was_chosen(site):
    wanda = site.login('wanda')
    form = wanda.get('/watches').forms['how-form']
    assert form['frequency'].value == 'at once' and form['minor'].checked
    form['frequency'], form['hour'], form['weekday'], form['minor'] = 'weekly', '17', '5', False
    answer = form.submit().follow()
    assert 'in your weekly mail, on Friday at 17:00' in answer
    form = answer.forms['how-form']
    assert (form['frequency'].value, form['hour'].value, form['weekday'].value, form['minor'].checked) == (
        'weekly', '17', '5', False)
    for name, value in (('frequency', 'hourly'), ('hour', '24'), ('weekday', '7'), ('hour', 'x')):
        form[name].force_value(value)
        assert form.submit(expect_errors=True).status_int == 400
        form = wanda.get('/watches').forms['how-form']


def test_old_news_go_when_nobody_waits_for_them(site, server, tea):
    prefer(site, 'weekly')
    edit(site, 'a')
    clock.advance(31 * DAY)
    tasks.delete_old_news()
    site.settle()
    assert News.select().count() == 1
    look(site)
    tasks.delete_old_news()
    site.settle()
    assert News.select().count() == 0 and len(server.mails) == 1


def test_a_digest_of_very_many_pages_stays_readable(site, server):
    actions.start(site.people.wanda, topics.WHOLE_SITE)
    prefer(site, 'daily')
    for number in range(45):
        site.page(f'Page {number}', f'Text of {number}. ' * 300)
    look(site, DAY)
    [mail] = server.mails
    assert mail['Subject'].endswith('45 pages have changed')
    assert 'Page 44' in mail.text and 'Text of 44' not in mail.text and 'Text of 3.' in mail.text
    assert len(mail.html) < 120_000 and len(mail.text) < 150_000
