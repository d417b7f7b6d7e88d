"""An edit is told to everybody who watches the page: once per address, never to its author."""
import re

import pytest
from peewee import IntegrityError

from kuma_lite import db
from kuma_lite.config import settings
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.queue.tables import Task
from kuma_lite.watch import actions, notices, tasks
from kuma_lite.watch.models import Watch
from kuma_lite.wiki.actions import save
from tests import smtp

HEAD = 'Tea is a drink.\n\nOne\nTwo\nThree\nFour\n'


@pytest.fixture
def server(site):
    settings.site.base_url = 'https://wiki.example.org'
    with smtp.Server() as server:
        yield server


@pytest.fixture
def page(site):
    """A page that wanda watches."""
    page = save('Drinks/Tea', 'Tea', HEAD, site.people.edda).page
    actions.watch(site.people.wanda, page)
    site.settle()
    return page


def edit(site, content, author='edda', title='Tea', comment=''):
    return save('Drinks/Tea', title, content, author and getattr(site.people, author), comment, base='latest')


def test_an_edit_mails_the_watcher(site, server, page):
    revision = edit(site, HEAD.replace('Two', 'Zwei'), comment='In German')
    site.settle()
    [mail] = server.mails
    assert mail.recipients == ['wanda@example.org']
    assert mail['Subject'] == f'[{settings.site.name}] Page "Tea" changed by edda'
    assert mail['From'] == settings.mail.sender
    assert mail['X-Kuma-Editor'] == 'edda'
    assert mail['X-Kuma-Page'] == 'Drinks/Tea'
    assert mail['X-Kuma-Title'] == 'Tea'
    assert 'edda changed the page "Tea"' in mail.text and 'In German' in mail.text
    assert '\n-Two\n+Zwei\n Three\n' in mail.text
    assert 'wanda watches the page' in mail.text
    old = revision.based_on_id
    for address in ('/docs/Drinks/Tea\n', f'/docs/Drinks/Tea$compare?from={old}&to={revision.id}\n',
                    '/docs/Drinks/Tea$history\n', '/users/edda\n', '/unsubscribe/'):
        assert f'https://wiki.example.org{address}' in mail.text


def test_a_mail_says_that_an_edit_is_minor(site, server, page):
    save('Drinks/Tea', 'Tea', 'Other', site.people.edda, base='latest', minor=True)
    site.settle()
    assert 'It is a minor edit.' in server.mails[0].text


def test_every_link_in_a_mail_leads_somewhere(site, server, page):
    edit(site, 'Other')
    site.settle()
    links = re.findall(r'https://wiki\.example\.org(\S+)', server.mails[0].text)
    assert len(links) == 6
    settings.site.base_url = 'http://wiki.test'      # browsers send the cookie of an account
    wanda = site.login('wanda')
    assert {wanda.get(link).status_int for link in links} == {200}


def test_the_diff_shows_three_lines_around(site, server, page):
    lines = [f'Line {number}' for number in range(20)]
    edit(site, '\n'.join(lines))
    site.settle()
    lines[10] = 'Changed'
    edit(site, '\n'.join(lines))
    site.settle()
    text = server.mails[-1].text
    assert ' Line 7\n Line 8\n Line 9\n-Line 10\n+Changed\n Line 11\n Line 12\n Line 13\n' in text
    assert 'Line 6' not in text and 'Line 14' not in text


def test_the_author_gets_no_mail(site, server, page):
    actions.watch(site.people.edda, page)
    edit(site, 'Other')
    site.settle()
    assert server.recipients == ['wanda@example.org']


def test_nor_does_the_author_under_another_name(site, server, page):
    """One address, two accounts: the person has just seen the edit."""
    change(site.people.wanda, email='EDDA@example.org')
    edit(site, 'Other')
    site.settle()
    assert server.tries == []


def test_two_accounts_with_one_address_get_one_mail(site, server, page):
    actions.watch(site.people.mona, page)
    change(site.people.mona, email='Wanda@Example.org')
    edit(site, 'Other')
    site.settle()
    assert server.recipients == ['wanda@example.org']


@pytest.mark.parametrize('values', [{'active': False}, {'email': ''}])
def test_who_cannot_be_told_is_left_out(site, server, page, values):
    change(site.people.wanda, **values)
    edit(site, 'Other')
    site.settle()
    assert server.tries == []
    assert Message.select().count() == 0


def test_who_may_no_longer_read_gets_no_mail(site, server, page):
    settings.site.read = 'editors'
    edit(site, 'Other')
    site.settle()
    assert server.tries == []


def test_an_edit_of_nobody_in_particular_is_told_too(site, server, page):
    edit(site, 'Other', author=None)
    site.settle()
    assert server.mails[0]['Subject'].endswith('changed by somebody without an account')


def test_who_began_to_watch_after_an_edit_hears_of_the_next_one_only(site, server, page):
    revision = edit(site, 'Other')
    actions.watch(site.people.mona, page)
    tasks.notify_watchers.func(revision.id)
    edit(site, 'Another')
    site.settle()
    assert sorted(server.recipients) == ['mona@example.org', 'wanda@example.org', 'wanda@example.org']


def test_a_new_title_is_told(site, server, page):
    edit(site, HEAD, title='Green tea')
    site.settle()
    assert 'The title was "Tea".' in server.mails[0].text
    assert 'The text is the same.' in server.mails[0].text


def test_each_of_two_quick_edits_is_told(site, server, page):
    with db.atomic():
        edit(site, 'First')
        edit(site, 'Second')
    site.settle()
    assert ['+First' in mail.text for mail in server.mails].count(True) == 1
    assert ['-First' in mail.text for mail in server.mails].count(True) == 1


def test_an_edit_that_is_rolled_back_is_told_to_nobody(site, server, page):
    with pytest.raises(ZeroDivisionError), db.atomic():
        edit(site, 'Other')
        1 / 0
    site.settle()
    assert server.tries == []
    assert Task.select().where(Task.name == 'watch.notify_watchers').count() == 0


def test_telling_twice_mails_once(site, server, page):
    revision = edit(site, 'Other')
    site.settle()
    tasks.notify_watchers.func(revision.id)
    tasks.notify_watchers.func(revision.id)
    site.settle()
    assert len(server.mails) == 1


def test_a_revision_that_is_gone_is_no_error(site, server):
    tasks.notify_watchers(10 ** 9)
    site.settle()
    assert {task.state for task in Task.select()} <= {'done'}


def test_a_page_without_watchers_costs_no_rows(site, server):
    save('Lonely', 'Lonely', 'Text', site.people.edda)
    site.settle()
    assert Message.select().count() == Delivery.select().count() == 0


def test_a_big_diff_is_cut_and_links_to_the_rest(site, server, page):
    edit(site, 'A line of some length, again and again.\n' * 10_000)
    site.settle()
    text = server.mails[0].text
    assert len(text) < notices.DIFF_LIMIT + 2_000
    assert 'too long for a mail' in text and '$compare?from=' in text


def test_hostile_titles_and_names_reach_one_reader_as_text(site, server):
    title = '=?utf-8?q?=0D=0ABcc:_x@y?='
    actions.watch(site.people.wanda, save('Trap', title, 'x', site.people.edda).page)
    save('Trap', title, 'y', site.people.edda, base='latest')
    site.settle()
    assert server.tries == ['wanda@example.org']
    assert server.mails[0]['Bcc'] is None
    assert server.mails[0]['X-Kuma-Title'] == title


def test_somebody_watches_a_page_once(site, page):
    secret = Watch.of(site.people.wanda, page).get().secret
    actions.watch(site.people.wanda, page)
    assert Watch.of(site.people.wanda, page).get().secret == secret
    with pytest.raises(IntegrityError):
        Watch.create(person=site.people.wanda, kind='page', target=str(page.id))


def change(person, **values):
    type(person).update(**values).where(type(person).id == person.id).execute()


def test_who_signs_up_with_the_address_of_a_watcher_does_not_silence_them(site, server, page):
    """Nobody proves that an address is theirs: the newer account keeps no mails from the older one."""
    change(site.people.mallory, email='Wanda@example.org')
    edit(site, 'Pills', author='mallory')
    site.settle()
    assert server.recipients == ['wanda@example.org']
