"""What can be watched besides a page: its tree, a tag, the whole site, new pages; also pages that go."""
import pytest
from peewee import fn

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.deletion.models import Deletion
from kuma_lite.mail.models import Message
from kuma_lite.watch import actions, fanout, tasks, topics
from kuma_lite.watch.models import News, Watch
from kuma_lite.wiki.models import Page
from tests import smtp


@pytest.fixture
def server(site):
    settings.site.base_url = 'http://wiki.test'
    with smtp.Server() as server:
        yield server


def watch(site, topic, name='wanda'):
    actions.start(getattr(site.people, name), topic)


def subjects(site, server):
    """Those of the mails since the last call, in the order of the alphabet."""
    site.settle()
    found = sorted(mail['Subject'].replace(f'[{settings.site.name}]', '').strip() for mail in server.mails)
    server.mails.clear()
    return found


def delete(site, path):
    page = Page.at(path)
    return deletion.delete(page.id, page.current_id, 'Not needed', site.people.mona)


def test_a_tree_is_the_page_and_all_below_it(site, server):
    site.page('Drinks', 'a')
    watch(site, topics.of_tree('drinks'))
    for path in ('Drinks', 'Drinks/Tea/Green', 'Drinks_2', 'Food', 'Drinks-3/Tea'):
        site.page(path, 'b', title=path)
    assert subjects(site, server) == ['Page "Drinks" changed by edda',
                                      '[New] Page "Drinks/Tea/Green" created by edda']


def test_a_tree_needs_no_page(site, server):
    wanda = site.login('wanda')
    token = wanda.get('/watches').forms['how-form']['csrf'].value
    answer = wanda.post('/docs/No where$subscribe_to_tree', {'csrf': token, 'watch': 'yes'})
    assert answer.location.endswith('/docs/No_where$children')
    site.page('No where/Below')
    assert subjects(site, server) == ['[New] Page "Below" created by edda']


@pytest.mark.parametrize('before, after', [('Tea', 'Tea'), ('', 'tea'), ('TEA', ''), ('Tea, x', 'x')])
def test_a_tag_tells_pages_that_have_it_get_it_and_lose_it(site, server, before, after):
    site.page('Cup', 'a', words=before)
    watch(site, topics.of_tag('tea'))
    site.page('Cup', 'b', words=after)
    site.page('Other', 'b', words='coffee')
    assert subjects(site, server) == ['Page "Cup" changed by edda']


def test_the_whole_site(site, server):
    watch(site, topics.WHOLE_SITE)
    site.page('Tea', 'a')
    site.page('Tea', 'b')
    assert subjects(site, server) == ['Page "Tea" changed by edda', '[New] Page "Tea" created by edda']


def test_new_pages_only(site, server):
    watch(site, topics.NEW_PAGES)
    site.page('Tea', 'a')
    site.page('Tea', 'b')
    assert subjects(site, server) == ['[New] Page "Tea" created by edda']


def test_many_watches_of_one_page_are_one_mail_that_names_them_all(site, server):
    page = site.page('Drinks/Tea', 'a', words='hot')
    for topic in (topics.of_page(page), topics.of_tree('Drinks'), topics.of_tag('hot'), topics.WHOLE_SITE):
        watch(site, topic)
    site.page('Drinks/Tea', 'b')
    site.settle()
    [mail] = server.mails
    for words in ('the page "Tea"', 'the page at "Drinks" and all below it', 'the tag "hot"',
                  'the whole site'):
        assert f'* {words}; to stop it: http://' in mail.text
    assert mail.text.count('/unsubscribe/') == 5


def test_one_click_ends_all_that_led_to_the_mail(site, server):
    page = site.page('Tea', 'a')
    watch(site, topics.of_page(page))
    watch(site, topics.WHOLE_SITE)
    watch(site, topics.of_tag('other'))
    watch(site, topics.WHOLE_SITE, 'mona')
    site.page('Tea', 'b')
    site.settle()
    mail = next(mail for mail in server.mails if mail.recipients == ['wanda@example.org'])
    link = mail['List-Unsubscribe'].strip('<>').removeprefix('http://wiki.test')
    assert 'the whole site' in site.app.get(link) and Watch.select().count() == 4
    site.app.post(link, {'List-Unsubscribe': 'One-Click'})
    assert [(row.person.name, row.kind) for row in Watch.select().order_by(Watch.id)] == [
        ('wanda', 'tag'), ('mona', 'site')]


def test_the_secret_of_one_watch_opens_no_other_persons(site):
    page = site.page('Tea')
    watch(site, topics.of_page(page))
    watch(site, topics.of_page(page), 'mona')
    own, other = Watch.of(site.people.wanda, page).get(), Watch.of(site.people.mona, page).get()
    site.app.post(f'/unsubscribe/{own.id}?key={own.secret}&also={other.id}.x.99999999999999999999')
    assert list(Watch.select()) == [other]


def test_defect_1_reverts_section_edits_deletions_and_restorations_send_mail(site, server):
    first = site.page('Tea', '# One\n\na\n\n# Two\n\nb', author='mona').current_id
    watch(site, topics.of_page(Page.at('Tea')))
    edda = site.login('edda')
    form = edda.get('/docs/Tea$edit?section=one').forms['edit-form']
    form['content'] = '# One\n\nc'
    form.submit()
    edda.get(f'/docs/Tea$revert/{first}').forms['revert-form'].submit()
    site.settle()
    delete(site, 'Tea')
    deletion.restore(Deletion.get(), site.people.mona)
    assert subjects(site, server) == ['Page "Tea" changed by edda', 'Page "Tea" changed by edda',
                                      'Page "Tea" deleted by mona', 'Page "Tea" restored by mona']


def test_a_deletion_says_why_and_not_what_stood_there(site, server):
    watch(site, topics.of_tag('hot'))
    watch(site, topics.of_tree('Drinks'), 'edda')
    site.page('Drinks/Tea', 'Green unicorn', words='hot', author='edda')
    subjects(site, server)
    delete(site, 'Drinks/Tea')
    site.settle()
    assert sorted(server.recipients) == ['edda@example.org', 'wanda@example.org']
    for mail in server.mails:
        assert 'Reason: Not needed' in mail.text and 'Not needed' in mail.html
        assert 'unicorn' not in mail.text + mail.html


def test_who_deletes_gets_no_mail(site, server):
    watch(site, topics.WHOLE_SITE, 'mona')
    site.page('Tea', 'a', author='mona')
    delete(site, 'Tea')
    assert subjects(site, server) == []


def test_an_edit_of_a_page_that_has_been_deleted_meanwhile_is_not_told(site, server):
    watch(site, topics.WHOLE_SITE)
    with db.atomic():
        site.page('Tea', 'Green unicorn')
        delete(site, 'Tea')
    assert subjects(site, server) == ['Page "Tea" deleted by mona']


def test_a_purge_takes_the_watches_and_what_was_mailed(site, server):
    page = site.page('Tea', 'a')
    watch(site, topics.of_page(page))
    site.page('Tea', 'b')
    site.settle()
    assert Message.select().count() == 1
    deletion.purge(delete(site, 'Tea'))
    assert Watch.select().count() == 0
    assert not Message.select().where(Message.key.startswith('revision')).exists()


def test_nobody_hears_of_what_nobody_watches(site, server):
    watch(site, topics.of_tag('hot'))
    site.page('Tea', words='cold')
    delete(site, 'Tea')
    assert subjects(site, server) == [] and News.select().count() == 0


def test_telling_a_deletion_twice_mails_once(site, server):
    watch(site, topics.WHOLE_SITE)
    site.page('Tea', 'a')
    delete(site, 'Tea')
    site.settle()
    server.mails.clear()
    for news in News.select():
        tasks.notify_of_removal.func(news.id)
        News.update(told='').where(News.id == news.id).execute()
        tasks.notify_of_removal.func(news.id)
    assert subjects(site, server) == []


def test_a_fan_out_that_was_stopped_goes_on_where_it_stopped(site, server, monkeypatch):
    monkeypatch.setattr(fanout, 'CHUNK', 2)
    for name in ('wanda', 'mona', 'mallory', 'ada'):
        watch(site, topics.WHOLE_SITE, name)
    post, calls = fanout.post, []

    def dying(**notice):
        calls.append(sorted(recipient.address for recipient in notice['recipients']))
        if len(calls) == 2:
            raise OSError('the power is gone')
        post(**notice)
    monkeypatch.setattr(fanout, 'post', dying)
    site.page('Tea')
    site.settle()
    clock.advance(60)
    site.settle()
    first, second = ['ada@example.org', 'mallory@example.org'], ['mona@example.org', 'wanda@example.org']
    assert calls == [first, second, second]
    assert sorted(server.recipients) == sorted(set(server.recipients)) and len(server.recipients) == 4


def test_the_buttons_are_where_the_things_are(site):
    site.page('Drinks/Tea', words='Hot & cold')
    wanda = site.login('wanda')
    for address in ('/tag/Hot%20%26%20cold', '/all', '/docs/Drinks$children'):
        [form] = [form for form in wanda.get(address).forms.values() if form.action == '/watches']
        assert form.submit('watch').location.endswith(address)
        assert 'Stop watching' in wanda.get(address)
        assert 'action="/watches"' not in site.app.get(address)
    assert {(row.kind, row.target) for row in Watch.select()} == {
        ('tag', 'hot & cold'), ('site', ''), ('tree', 'drinks')}
    [form] = [form for form in wanda.get('/all').forms.values() if form.action == '/watches']
    form.submit('watch')
    assert Watch.select(fn.count()).where(Watch.kind == 'site').scalar() == 0


def test_the_list_names_all_of_mine_and_stops_each(site):
    page = site.page('Tea', title='Green tea')
    for topic in (topics.of_page(page), topics.of_tree('Drinks'), topics.of_tag('hot'), topics.WHOLE_SITE,
                  topics.NEW_PAGES):
        watch(site, topic)
    watch(site, topics.of_tag('of mona'), 'mona')
    wanda = site.login('wanda')
    listing = wanda.get('/watches')
    for words in ('Green tea', 'All at and below Drinks', 'The tag “hot”', 'The whole site', 'New pages'):
        assert words in listing
    assert 'of mona' not in listing
    for form in [form for form in listing.forms.values() if form.action.endswith('/stop')]:
        form.submit()
    assert [row.person.name for row in Watch.select()] == ['mona']
    assert 'You watch nothing yet' in wanda.get('/watches')


def test_the_list_does_not_name_what_one_may_not_read(site):
    watch(site, topics.of_page(site.page('Tea', title='Green tea')))
    delete(site, 'Tea')
    assert 'Green tea' not in site.login('wanda').get('/watches')
    watch_id = Watch.get().id
    assert site.login('mona').post(f'/watches/{watch_id}/stop', expect_errors=True).status_int == 403


def test_nobody_stops_what_others_watch(site):
    watch(site, topics.WHOLE_SITE, 'mona')
    wanda = site.login('wanda')
    form = wanda.get('/watches').forms['how-form']
    wanda.post(f'/watches/{Watch.get().id}/stop', {'csrf': form['csrf'].value, 'next': '/'}, status=404)
    assert Watch.select().count() == 1


@pytest.mark.parametrize('kind, target', [('tree', 'a$b'), ('tree', ''), ('tag', 'a, b'), ('tag', ''),
                                          ('tag', 'x' * 80), ('page', '1'), ('other', 'x'), ('tree', '../x')])
def test_what_cannot_be_watched_comes_back_with_a_sentence(site, kind, target):
    wanda = site.login('wanda')
    token = wanda.get('/watches').forms['how-form']['csrf'].value
    form = {'csrf': token, 'kind': kind, 'target': target, 'watch': 'yes'}
    answer = wanda.post('/watches', form, status=422)
    assert answer.html.find(class_='error').text and Watch.select().count() == 0
    if kind in ('tree', 'tag'):
        assert answer.forms[f'watch-{kind}']['target'].value == target


def test_a_save_does_not_look_at_who_watches(site):
    """An edit asks whether there is one, of any page and of this, and queues one task."""
    counted = []
    with db.database.atomic():
        site.page('Tea', 'a')
    watch(site, topics.WHOLE_SITE)
    execute = db.database.execute_sql

    def counting(sql, *args):
        counted.append(sql)
        return execute(sql, *args)
    db.database.execute_sql = counting
    try:
        with db.atomic():
            site.page('Tea', 'b')
            about = [sql for sql in counted if '"watch"' in sql]
            assert len(about) <= 2 and all('LIMIT' in sql for sql in about)
            assert not [sql for sql in counted if 'INSERT INTO "news"' in sql]
    finally:
        del db.database.execute_sql


def test_a_purge_takes_mails_that_waited_for_a_quiet_time(site, server):
    page = site.page('Tea', 'Green unicorn')
    watch(site, topics.of_page(page))
    actions.prefer(site.people.wanda, 'quiet', 8, 1, True)
    site.page('Tea', 'Blue unicorn')
    site.settle()
    clock.advance(3600)
    tasks.look_for_due_mails()
    site.settle()
    assert Message.select().where(Message.text.contains('unicorn')).exists()
    deletion.purge(delete(site, 'Tea'))
    assert not Message.select().where(Message.text.contains('unicorn')).exists()


def test_the_text_of_a_new_page_takes_nothing_away(site, server):
    """An empty page has no line that could go."""
    actions.start(site.people.wanda, topics.NEW_PAGES)
    site.page('Tea', 'One\nTwo')
    site.settle()
    assert '\n\n+One\n+Two\n\n' in server.mails[0].text
