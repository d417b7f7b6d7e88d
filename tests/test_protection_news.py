"""What is counted, found, mailed and logged about a protected page: for each reader what they may read."""
import pytest
from protection_base import protect

import smtp
from kuma_lite import db
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.moderation.models import Entry
from kuma_lite.search import finding
from kuma_lite.spam import notices
from kuma_lite.spam import tasks as spam_tasks
from kuma_lite.spam.models import Attempt, FirstEdit
from kuma_lite.stats.filters import Filter
from kuma_lite.watch import actions as watching
from kuma_lite.watch import waiting
from kuma_lite.watch.tasks import look_for_due_mails as tell_who_waits
from kuma_lite.wiki import protection, tags
from kuma_lite.wiki.models import Page
from tasks_base import advance


def test_what_the_log_says_of_a_page_that_was_purged(site):
    settings.moderation.public_log = True
    page = site.page('Vault', 'Hot.', 'Green unicorn')
    protect(site, 'Vault', read='admins')
    deletion.purge(deletion.delete(page.id, page.current_id, 'A unicorn.', site.people.ada))
    assert Entry.select().where(Entry.action == 'purge').exists()
    for browser in (site.browser(), site.login('mona')):
        assert 'unicorn' not in browser.get('/moderation/log')


def test_mails_to_moderators_do_not_quote_what_is_for_admins(site):
    attempt = Attempt(path='Vault/New', title='', kind='create', why='Because of “unicorn”', at=0, id=1)
    assert 'unicorn' in notices.about([attempt])['text']
    protect(site, 'Vault', read='admins', tree=True)
    assert 'unicorn' not in notices.about([attempt])['text']


def test_news_for_moderators_and_authors_come_only_to_who_may_read_it(site):
    """Both mails are written by tasks, later."""
    page = site.page('Vault', 'Hot.')
    FirstEdit.delete().execute()
    FirstEdit.create(revision=page.current_id)
    protect(site, 'Vault', read='admins')
    before = Message.select().count()
    spam_tasks.tell_first_edits()
    site.settle()
    attempt = Attempt.create(path='Vault', title='T', kind='edit', why='', person=site.people.edda,
                             revision=page.current_id)
    spam_tasks.tell_author(attempt.id)
    site.settle()
    assert Message.select().count() == before


def test_counts_tell_nothing(site):
    for name in ('Open', 'Closed', 'Hidden'):
        site.page(name, 'quiet', words='tea' if name != 'Hidden' else 'tea, unicorn')
    site.settle()
    for name in ('Closed', 'Hidden'):
        protect(site, name, read='editors')
    for name, count in (('', 1), ('wanda', 1), ('edda', 3)):
        browser, person = (site.login(name), getattr(site.people, name)) if name else (site.browser(), None)
        assert browser.get('/api/v1/search?q=quiet').json['count'] == count
        assert [tag.uses for tag in tags.listed(person)][:1] == [count]
        assert len(Filter().ids(person=person)) == protection.count_readable(person) == count
        assert ('unicorn' in browser.get('/tags')) == (count == 3)
        assert browser.get('/tag/unicorn', expect_errors=True).status_int == (200 if count == 3 else 404)


def test_lists_ask_about_rows_only_where_something_is_hidden(site):
    """Of 50,000 pages it would take longer than all else."""
    site.page('Tea')
    protect(site, 'Tea', edit='moderators')
    assert protection.readable_sql(None, 'page.id') == 'true'
    protect(site, 'Tea', read='editors')
    for name, asks in (('wanda', True), ('edda', False), ('ada', False)):
        assert (protection.readable_sql(getattr(site.people, name), 'page.id') != 'true') == asks


def test_what_is_in_the_bin_is_not_counted(site):
    pages = [site.page(name) for name in ('Tea', 'Milk', 'Hidden', 'Hidden_too')]
    for name in ('Hidden', 'Hidden_too'):
        protect(site, name, read='admins')
    for page in (pages[0], pages[3]):
        deletion.delete(page.id, page.current_id, 'Old.', site.people.ada)
    assert protection.count_readable(None) == 1 and protection.count_readable(site.people.ada) == 2


def test_the_search_knows_nothing_of_it(site):
    """Neither what is found, nor how it is spelled, nor whether a title is free."""
    for name in ('Secret', 'More', 'Most'):
        site.page(f'Closed/{name}', 'zebra wombat crowd', f'{name} plans')
    for name in ('A', 'B'):
        site.page(name, 'crowd wombam')
    site.settle()
    protect(site, 'Closed', read='editors', tree=True)
    assert len(finding.find('crowd').page_ids) == 2
    assert len(finding.find('crowd', site.people.edda).page_ids) == 5
    assert finding.find('secret').page_ids == finding.find('zebra').page_ids == []
    assert len(finding.find('zebra', site.people.edda).page_ids) == 3
    assert [term.text for term in finding.find('wombaz').query.terms] == ['wombam']
    assert not finding.is_title('Secret plans', site.people.wanda)
    assert finding.is_title('Secret plans', site.people.edda)


@pytest.mark.parametrize('frequency', ['at once', 'quiet', 'daily'])
def test_a_page_protected_between_an_edit_and_its_mail(site, frequency):
    """Edit, deletion and restoring: nobody hears of what they may not read when the mail is built."""
    page = site.page('Tea', 'Hot.')
    for name in ('wanda', 'mona'):
        watching.watch(getattr(site.people, name), page)
        watching.prefer(getattr(site.people, name), frequency, 8, 1, True)
    with db.atomic():
        site.page('Tea', 'Cold.')
        protect(site, 'Tea', read='moderators')
    site.settle()
    if frequency != 'at once':
        advance(25 * 3600)
        tell_who_waits()
        site.settle()
    assert [delivery.address for delivery in Delivery.select()] == ['mona@example.org']
    assert Message.select().count() == 1
    found = deletion.delete(page.id, Page.at('Tea').current_id, 'Old.', site.people.ada)
    deletion.restore(found, site.people.ada)
    site.settle()
    assert {delivery.address for delivery in Delivery.select()} == {'mona@example.org'}


def test_a_page_protected_while_its_mail_waits_for_the_mail_server(site):
    """The mail is built already, and tried again for a day."""
    page = site.page('Tea', 'Hot.')
    for name in ('wanda', 'mona'):
        watching.watch(getattr(site.people, name), page)
    with smtp.Server() as server:
        server.mode = 'later'
        site.page('Tea', 'Secret.')
        site.settle()
    protect(site, 'Tea', read='moderators')
    settings.mail.host = ''
    advance(3600)
    assert {delivery.address: (delivery.state, delivery.last_words == f'Not sent: {waiting.CLOSED}')
            for delivery in Delivery.select()} == {'wanda@example.org': ('refused', True),
                                                   'mona@example.org': ('sent', False)}


def test_a_mail_about_a_page_that_is_purged_just_then(site):
    with db.connection():
        post('revision:999', 'News', 'Secret.', [Recipient('wanda@example.org')], thread='page:999')
    site.settle()
    assert Delivery.get().last_words == f'Not sent: {waiting.GONE}'


def test_a_link_by_title_does_not_find_what_is_not_for_everybody(site):
    site.page('Plans/2027', 'Big.', 'The big surprise')
    protect(site, 'Plans', read='members', tree=True)
    site.page('Open', '[[The big surprise]]')
    assert 'Plans/2027' not in site.browser().get('/docs/Open')
