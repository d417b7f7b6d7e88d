"""Moderators and attempts: the list, the verdicts, publishing what was held, and what is forgotten."""
import pytest
from protection_base import protect

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.spam import actions, judging, tasks
from kuma_lite.spam.models import Attempt, Held, Marked, Trace
from kuma_lite.wiki.checks import Held as HeldBack
from kuma_lite.wiki.checks import Suspected
from kuma_lite.wiki.models import Page
from spam_base import edit, links

DAY = 24 * 3600


@pytest.fixture
def mona(site):
    return site.login('mona')


def refused(site, path='Tea', content=None, **options):
    with pytest.raises(Suspected):
        edit(site.people.edda, path, content or links(5), **options)
    return newest()


def held(site, monkeypatch, path='Tea', content='Hot.', person='edda', **options):
    with monkeypatch.context() as patch:
        patch.setattr(judging, 'CHECKS', [('Test', lambda new: 1 / 0, '')])
        with pytest.raises(HeldBack):
            edit(getattr(site.people, person), path, content, **options)
    return newest()


def newest():
    return Attempt.select().order_by(Attempt.id.desc()).get()


def say(browser, attempt, verdict, **options):
    form = browser.get(f'/spam/attempts/{attempt.id}').forms['verdict-form']
    return form.submit('verdict', value=verdict, **options)


def test_the_list_shows_what_is_held_first(site, mona, monkeypatch):
    first, second = held(site, monkeypatch, 'Waits'), refused(site, 'Refused')
    answer = mona.get('/spam/attempts')
    assert [link.text for link in answer.html.select('main h3 a')] == ['Waits', 'Refused']
    assert 'Links: 5 links' in answer and 'Held (1)' in answer
    say(mona, first, 'spam')
    say(mona, second, 'closed')
    for state, title in (('spam', 'Waits'), ('closed', 'Refused')):
        found = mona.get(f'/spam/attempts?state={state}').html.select('main h3 a')
        assert [link.text for link in found] == [title]
    assert 'There is nothing here.' in mona.get('/spam/attempts')
    assert mona.get('/spam/attempts?state=nonsense', status=404)
    assert mona.get('/spam/attempts?after=x', status=400)


def test_a_long_list_comes_in_parts(site, mona):
    for number in range(60):
        Attempt.create(kind='edit', path=f'P{number}', title=f'P{number}', why='Links: 9')
    answer = mona.get('/spam/attempts')
    rest = answer.click('Older')
    assert [len(part.html.select('main h3 a')) for part in (answer, rest)] == [50, 10]


def test_an_attempt_shows_what_it_would_change_and_runs_nothing(site, mona):
    site.page('Tea', 'Hot.')
    attempt = refused(site, content=f'<script>alert(1)</script>\n{links(5)}', comment='<b>why</b>')
    answer = mona.get(f'/spam/attempts/{attempt.id}')
    assert '<script>alert' not in answer.text and '<b>why' not in answer.text
    assert '&lt;script&gt;alert' in answer.text and '192.0.2.1' in answer
    assert [line.text for line in answer.html.select('.diff .removed .words')] == ['Hot.']


def test_ham_publishes_what_was_refused(site, mona):
    site.page('Tea', 'Hot.')
    attempt = refused(site, comment='Shops', words='Drinks')
    answer = say(mona, attempt, 'ham')
    assert answer.location.endswith('/docs/Tea') and 'The edit is published.' in answer.follow()
    revision, attempt = Page.at('Tea').current(), newest()
    assert (revision.content, revision.comment, revision.tag_names()) == (links(5), 'Shops', ['Drinks'])
    assert (revision.author, revision.address) == (site.people.edda, '192.0.2.1')
    assert (attempt.verdict, attempt.reviewer, attempt.revision) == ('ham', site.people.mona, revision)
    assert abs(attempt.reviewed_at - clock.now()) < 9 and not Held.select().exists()
    site.settle()
    mail = Message.get(Message.subject.contains('is published'))
    assert [row.address for row in Delivery.select().where(Delivery.message == mail)] == ['edda@example.org']


def test_ham_publishes_a_new_page_and_one_that_was_held(site, mona, monkeypatch):
    attempt = held(site, monkeypatch, base=None)
    say(mona, attempt, 'ham').follow()
    assert Page.at('Tea').current().content == 'Hot.' and newest().verdict == 'ham'


def test_ham_after_a_change_publishes_nothing_and_offers_the_text(site, mona):
    first = site.page('Tea', 'Hot.').current_id
    attempt = refused(site, base=first)
    site.page('Tea', 'Cold.')
    answer = say(mona, attempt, 'ham', status=409)
    assert 'The page has changed since' in answer.html.find(class_='error').text
    assert links(5) in answer.html.find(attrs={'aria-label': 'The text of the edit'}).text
    assert Page.at('Tea').current().content == 'Cold.' and newest().verdict == 'ham'


def test_the_second_moderator_is_told(site, mona):
    attempt = refused(site)
    form = site.login('ada').get(f'/spam/attempts/{attempt.id}').forms['verdict-form']
    say(mona, attempt, 'spam')
    answer = form.submit('verdict', value='ham', status=409)
    assert 'Somebody else has said something' in answer and not Page.at('Tea')
    assert (newest().verdict, newest().reviewer) == ('spam', site.people.mona)


def test_a_slip_can_be_put_right(site, mona):
    attempt = refused(site)
    say(mona, attempt, 'spam')
    say(mona, attempt, 'ham')
    assert Page.at('Tea') and newest().verdict == 'ham'
    assert 'verdict-form' not in mona.get(f'/spam/attempts/{attempt.id}').forms


def test_a_get_changes_nothing_and_nobody_else_may(site, mona):
    attempt = refused(site)
    for browser in (site.login('edda'), site.browser()):
        for address in ('/spam/attempts', f'/spam/attempts/{attempt.id}', '/spam/rules'):
            assert browser.get(address, expect_errors=True).status_int in (401, 403)
    mona.get(f'/spam/attempts/{attempt.id}')
    mona.post(f'/spam/attempts/{attempt.id}', {'verdict': 'spam', 'was': 'review'}, status=403)     # no token
    assert newest().verdict == 'review'


def test_a_verdict_on_what_was_let_through_is_one_on_its_revision(site, mona):
    settings.spam.mode = 'training'
    edit(site.people.edda, 'Tea', links(5))
    say(mona, newest(), 'spam')
    mark = Marked.get()
    assert (mark.revision, mark.is_spam, mark.person) == (Page.at('Tea').current(), True, site.people.mona)
    actions.mark(mark.revision, False, site.people.ada)
    assert newest().verdict == 'ham' and not Marked.get().is_spam


def test_a_published_revision_is_marked_from_its_page(site, mona):
    site.page('Tea', 'Hot.')
    site.page('Tea', 'Buy pills.')
    answer = mona.get('/docs/Tea').click('Is this spam?')
    assert [line.text for line in answer.html.select('.diff .added .words')] == ['Buy pills.']
    answer = answer.forms['verdict-form'].submit('verdict', value='spam').follow()
    assert 'mona said' in answer and 'it is spam' in answer
    assert Marked.get().is_spam and Page.at('Tea').current().content == 'Buy pills.'
    answer.forms['verdict-form'].submit('verdict', value='ham').follow()
    assert [mark.is_spam for mark in Marked.select()] == [False]
    assert 'Is this spam?' not in site.login('edda').get('/docs/Tea')


def test_texts_are_forgotten_after_thirty_days_and_counts_are_kept(site, monkeypatch):
    refused(site, 'Old')
    held(site, monkeypatch, 'Held')
    Attempt.update(agent='Bot').execute()
    clock.advance(29 * DAY)
    tasks.forget.call_local()
    assert Held.select().count() == 2 and not Trace.select().exists()
    clock.advance(DAY + 1)
    refused(site, 'Young')
    monkeypatch.setattr(tasks, 'CHUNK', 1)
    tasks.forget.call_local()
    tasks.forget.call_local()
    rows = Attempt.select().order_by(Attempt.id)
    assert [(row.path, bool(row.added), row.address, row.agent, row.verdict) for row in rows] == [
        ('Old', False, '', '', 'closed'), ('Held', False, '', '', 'closed'),
        ('Young', True, '192.0.2.1', '', 'review')]
    assert [row.attempt.path for row in Held.select()] == ['Young']


def test_the_page_of_an_attempt_whose_text_is_gone_says_so(site, mona):
    attempt = refused(site)
    clock.advance(31 * DAY)
    tasks.forget.call_local()
    clock.reset()       # the session of mona is younger
    assert 'The text is not kept any more.' in mona.get(f'/spam/attempts/{attempt.id}')


def test_the_list_shows_what_is_new_and_takes_verdicts(site, mona):
    attempt = refused(site, 'Tea', f'Buy <now>! {links(5)} ' + 'x ' * 500)
    answer = mona.get('/spam/attempts')
    begins = answer.html.select_one('main li blockquote').text
    assert begins.startswith('Buy <now>! [cheap]') and len(begins) <= 240
    form = next(form for form in answer.forms.values() if form.action == f'/spam/attempts/{attempt.id}')
    after = form.submit('verdict', value='spam')
    assert after.headers['Location'] == '/spam/attempts' and newest().verdict == 'spam'


def test_what_is_published_from_the_list_leads_back_to_it(site, mona, monkeypatch):
    held(site, monkeypatch, 'Tea')
    answer = mona.get('/spam/attempts?state=held')
    form = next(form for form in answer.forms.values() if form.action.startswith('/spam/attempts/'))
    after = form.submit('verdict', value='ham')
    assert after.headers['Location'] == '/spam/attempts?state=held' and Page.at('Tea')


def test_beside_a_verdict_stands_the_way_to_a_ban_and_a_clean_up(site, mona):
    attempt, page = refused(site), site.page('Cup')
    for place in (f'/spam/attempts/{attempt.id}', f'/docs/Cup$verdict/{page.current_id}'):
        found = [link['href'] for link in mona.get(place).html.select('main a')]
        assert {'/moderation/bans?name=edda', '/moderation/cleanup/edda'} <= set(found)


def menu(browser):
    """The number beside "Stopped edits" in the menu."""
    found = browser.get('/recent').html.select_one('.site-menu a[href="/spam/attempts"] .count')
    return found and found.text


def test_the_menu_of_moderators_says_how_much_waits(site, mona):
    assert menu(mona) is None
    for verdict in ('review', 'failed', 'spam'):
        Attempt.create(kind='edit', path='Tea', title='Tea', why='x', verdict=verdict)
    assert menu(mona) == '2' and menu(site.login('edda')) is None
    Attempt.insert_many([{'kind': 'edit', 'path': f'P{number}', 'title': 'P', 'why': 'x'}
                         for number in range(100)]).execute()
    assert menu(mona) == '99+'


@pytest.mark.parametrize('outcome', ['held', 'refused'])
def test_what_is_about_a_page_for_admins_is_not_counted_for_others(site, mona, outcome):
    for path in ('Tea', 'Vault', 'Vault'):
        Attempt.create(kind='edit', path=path, title=path, why='x', outcome=outcome)
    protect(site, 'Vault', read='admins')
    for browser, count in ((mona, 1), (site.login('ada'), 3)):
        assert menu(browser) == str(count)
        assert f'({count})' in browser.get('/spam/attempts').html.select_one('.tabs').text
        word = 'one waits' if count == 1 else '3 wait'
        assert word in browser.get('/dashboards/spam').html.find(id='today').parent.text
