"""[spam] approve_first: the first edits of an author wait until a moderator has let them through."""
import pytest

from kuma_lite.accounts import sessions
from kuma_lite.config import settings
from kuma_lite.mail.models import Message
from kuma_lite.spam import actions, tasks
from kuma_lite.spam.models import HAM, SPAM, Attempt, Held, Marked
from kuma_lite.wiki.checks import Held as HeldBack
from kuma_lite.wiki.checks import Suspected
from kuma_lite.wiki.models import Page, Revision
from spam_base import edit, links, send
from tasks_base import advance


@pytest.fixture
def edda(site):
    settings.spam.approve_first = 2
    return site.login('edda')


@pytest.fixture
def mona(site):
    return site.login('mona')


def say(mona, verdict='ham', **options):
    """The verdict on what was sent last."""
    attempt = newest()
    form = mona.get(f'/spam/attempts/{attempt.id}').forms['verdict-form']
    return form.submit('verdict', value=verdict, **options)


def newest():
    return Attempt.select().order_by(Attempt.id.desc()).get()


def says(path='Tea'):
    page = Page.at(path)
    return page and page.current().content


def test_so_many_edits_wait_and_then_the_account_is_free(site, edda, mona):
    for number in range(2):
        answer = send(edda, 'Tea', f'Cup {number}.')
        assert answer.status_int == 202
        assert 'a moderator will look at it' in answer.html.find(class_='notice').text
        assert answer.forms['edit-form']['content'].value == f'Cup {number}.'
        assert says() != f'Cup {number}.'
        say(mona)
        assert says() == f'Cup {number}.'
    assert send(edda, 'Tea', 'Cup 2.').status_int == 303 and says() == 'Cup 2.'
    assert [revision.author.name for revision in Revision.select()] == ['edda'] * 3


def test_by_default_nobody_waits(site):
    assert settings.spam.approve_first == 0
    assert send(site.login('edda'), 'Tea', 'Hot.').status_int == 303


@pytest.mark.parametrize('mode', ['off', 'training'])
def test_the_mode_of_the_checks_does_not_matter(site, edda, mode):
    settings.spam.mode = mode
    assert send(edda, 'Tea', f'Hot. {links(9)}').status_int == 202
    assert 'First edits: the author has 0 published so far, of 2' in newest().why


def test_what_looks_like_spam_is_refused_all_the_same(site, edda):
    assert send(edda, 'Tea', f'Hot. {links(9)}').status_int == 422


def test_moderators_and_the_command_line_do_not_wait(site, edda):
    site.page('Coffee')
    for name in ('mona', 'ada'):
        assert send(site.login(name), 'Tea', name).status_int == 303


def test_what_was_found_to_be_spam_does_not_count(site, edda, mona):
    site.page('A')
    site.page('B')
    assert send(edda, 'Tea', 'Hot.').status_int == 303
    for path in ('A', 'Tea'):
        actions.mark(Page.at(path).current(), True, site.people.mona)
    assert Marked.select().count() == 2 and send(edda, 'Tea', 'Cold.').status_int == 202


def test_it_waits_by_every_way_to_write(site, edda):
    site.page('Tea', '# One\n\nHot.\n\n# Two\n\nCold.', author='mona')
    first = Page.at('Tea').current_id
    site.page('Tea', '# One\n\n# Two\n\nCold.', author='mona')
    before = says()
    section = edda.get('/docs/Tea$edit?section=two').forms['edit-form']
    section['content'] = '# Two\n\nWarm.'
    program = site.browser()
    program.authorization = ('Bearer', sessions.create_token(site.people.edda))
    put = {'title': 'T', 'content': 'x', 'base_revision': Page.at('Tea').current_id}
    sent = [send(edda, 'New', 'Created.'), send(edda, 'Tea', ''), section.submit(),
            program.put_json('/api/v1/pages/Tea', put),
            program.put_json('/api/v1/pages/Tea', {**put, 'content': 'y', 'merge': True}),
            program.put_json('/api/v1/pages/Tea', {'content': 'z', 'base_revision': 'latest'}),
            program.put_json('/api/v1/pages/New', {'content': 'z'})]
    assert [answer.status_int for answer in sent] == [202] * 7
    revert = edda.get(f'/docs/Tea$revert/{first}').forms['revert-form'].submit()
    assert 'a moderator will look at it' in revert.follow()
    assert says() == before and says('New') is None and Held.select().count() == 8


def test_taking_something_away_waits_too(site, edda, mona):
    site.page('Tea', 'Hot.\n\nCold.', author='mona')
    assert send(edda, 'Tea', 'Hot.').status_int == 202
    assert 'it takes something away' in mona.get(f'/spam/attempts/{newest().id}')
    say(mona)
    assert says() == 'Hot.'


def test_an_edit_that_changes_nothing_or_comes_too_late_does_not_wait(site, edda):
    first = site.page('Tea', 'Hot.', author='mona').current_id
    assert send(edda, 'Tea', 'Hot.').status_int == 303
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'Cold.', author='mona')
    form['content'] = 'Warm.'
    assert form.submit(expect_errors=True).status_int == 409
    program = site.browser()
    program.authorization = ('Bearer', sessions.create_token(site.people.edda))
    program.put_json('/api/v1/pages/Nowhere', {'content': 'x', 'base_revision': first}, status=409)
    assert not Attempt.select().exists()


def test_it_is_published_together_with_what_others_saved_meanwhile(site, edda, mona):
    site.page('Tea', 'One.\n\nTwo.\n\nThree.', author='mona', words='Drinks')
    send(edda, 'Tea', 'One.\n\nTwo.\n\nThird.')
    site.page('Tea', 'First.\n\nTwo.\n\nThree.', author='mona', words='Drinks, Hot')
    say(mona)
    assert says() == 'First.\n\nTwo.\n\nThird.' and Page.at('Tea').current().author == site.people.edda
    assert set(Page.at('Tea').current().tag_names()) == {'Drinks', 'Hot'}


def test_where_both_changed_the_same_the_moderator_hears_of_it(site, edda, mona):
    site.page('Tea', 'Hot.', author='mona')
    send(edda, 'Tea', 'Cold.')
    site.page('Tea', 'Warm.', author='mona')
    answer = say(mona, status=409)
    assert 'The page has changed since' in answer and says() == 'Warm.'
    assert 'the page had changed' in edda.get('/drafts/waiting')


def test_a_newer_one_takes_its_place_and_loses_nothing(site, edda, mona):
    site.page('Tea', 'Hot.', author='mona')
    send(edda, 'Tea', 'Cold.')
    send(edda, 'Tea', 'Colder.')
    assert [(row.verdict, row.held.get().content) for row in Attempt.select().order_by(Attempt.id)] == [
        ('closed', 'Cold.'), ('review', 'Colder.')]
    say(mona)
    assert says() == 'Colder.'
    texts = edda.get('/drafts/waiting').html.select('textarea')
    assert [text.text.strip() for text in texts] == ['Cold.']


def test_the_author_sees_what_waits_and_what_became_of_it(site, edda, mona):
    site.page('Tea', 'Hot.', author='mona')
    assert 'published when a moderator has looked at it' in edda.get('/docs/Tea$edit')
    assert '/drafts/waiting' not in edda.get('/users/edda')
    send(edda, 'Tea', 'Cold.')
    send(edda, 'Milk', 'White.')
    for address in ('/docs/Tea', '/docs/Tea$edit', '/docs/Milk$edit'):
        assert 'An edit of yours waits here' in edda.get(address)
        assert 'An edit of yours' not in mona.get(address)
    assert 'An edit of yours waits here' in edda.get('/docs/Milk', status=404)
    assert edda.get('/users/edda').click('2 edits of yours wait').html.select('.badge')[0].text == 'waits'
    assert 'edits of yours' not in mona.get('/users/edda')
    say(mona, 'spam')
    say_tea = Attempt.get(Attempt.path == 'Tea')
    mona.get(f'/spam/attempts/{say_tea.id}').forms['verdict-form'].submit('verdict', value='ham')
    answer = edda.get('/drafts/waiting')
    assert [badge.text for badge in answer.html.select('.badge')] == ['not published', 'published']
    assert 'A moderator decided not to publish it.' in answer
    site.settle()
    assert Message.get(Message.subject.contains('"Tea" is published'))


def test_moderators_are_told_and_see_how_many_wait(site, edda, mona):
    send(edda, 'Tea', 'Hot.')
    send(edda, 'Milk', 'White.')
    advance(61)
    assert 'edda, Tea (held). First edits' in Message.get(Message.subject.contains('2 edits wait')).text
    answer = mona.get('/spam/attempts')
    assert 'Held (2)' in answer and 'To review (' not in answer
    assert [link.text for link in answer.click(r'Held \(2\)').html.select('main h3 a')] == ['Milk', 'Tea']


def test_no_more_wait_than_somebody_can_read(site, edda, monkeypatch):
    monkeypatch.setattr('kuma_lite.spam.actions.MOST_HELD', 2)
    assert [send(edda, path, 'x').status_int for path in ('A', 'B', 'C')] == [202, 202, 429]


def test_without_an_account_the_address_counts(site, edda, mona):
    settings.site.edit = 'everyone'
    for number in range(2):
        with pytest.raises(HeldBack):
            edit(None, f'Page_{number}', 'Hello.', address='192.0.2.9')
        say(mona)
    assert edit(None, 'Page_2', 'Hello.', address='192.0.2.9')
    with pytest.raises(HeldBack):
        edit(None, 'Page_3', 'Hello.', address='192.0.2.10')
    actions.mark(Page.at('Page_0').current(), True, site.people.mona)
    with pytest.raises(HeldBack):
        edit(None, 'Page_4', 'Hello.', address='192.0.2.9')


def test_two_behind_one_address_do_not_take_each_others_place(site, edda):
    settings.site.edit = 'everyone'
    for text in ('Mine.', 'Yours.'):
        with pytest.raises(HeldBack):
            edit(None, 'Tea', text, base=None, address='192.0.2.9')
    assert [row.verdict for row in Attempt.select()] == ['review'] * 2


def test_a_visitor_reads_it_above_the_form(site, edda):
    settings.site.edit = 'everyone'
    assert 'published when a moderator has looked at it' in site.app.get('/docs/Tea$edit')
    assert send(site.app, 'Tea', 'Hot.').status_int == 202


def test_the_sign_up_page_says_it(site, edda):
    settings.accounts.signup = 'open'
    assert 'Your first 2 edits are published when' in site.app.get('/signup')
    settings.accounts.signup_role = 'reader'
    assert 'Your first' not in site.app.get('/signup')


def test_what_waits_goes_after_thirty_days(site, edda):
    send(edda, 'Tea', 'Hot.')
    advance(31 * 86400)
    tasks.forget.call_local()
    assert not Held.select().exists() and newest().verdict == 'closed'


def test_verdicts_teach_and_count_as_any_other(site, edda, mona):
    send(edda, 'Tea', 'Hot.')
    say(mona)
    send(edda, 'Milk', 'Cheap.')
    say(mona, 'spam')
    assert [row.verdict for row in Attempt.select().order_by(Attempt.id)] == [HAM, SPAM]
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', links(9))
