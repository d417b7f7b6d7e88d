"""What a check sees of an edit, by whichever way it came, and what becomes of one that is stopped."""
import pytest

from kuma_lite import db
from kuma_lite.accounts import sessions
from kuma_lite.config import settings
from kuma_lite.mail.models import Message
from kuma_lite.queue.tables import Task
from kuma_lite.spam import judging, rules
from kuma_lite.spam.models import Attempt, Held, Trace
from kuma_lite.spam.tasks import tell_moderators
from kuma_lite.wiki.checks import Held as HeldBack
from kuma_lite.wiki.checks import Suspected
from kuma_lite.wiki.models import Page, Revision
from spam_base import by_network, edit, links, old_account, send
from tasks_base import advance, enqueued

SPAM = links(5)


@pytest.fixture
def edda(site):
    return site.login('edda')


@pytest.fixture
def seen(monkeypatch):
    """What the checks are asked about."""
    asked = []
    monkeypatch.setattr(judging, 'CHECKS', [('Test', lambda new: asked.append(new) or '', '')])
    return asked


def broken(new):
    raise ZeroDivisionError


def break_checks(monkeypatch):
    monkeypatch.setattr(judging, 'CHECKS', [('Test', broken, '')])


def test_spam_is_refused_recorded_and_told_and_the_text_stays_in_the_form(site, edda):
    site.page('Tea', 'Hot.')
    answer = send(edda, 'Tea', f'Hot.\n{SPAM}', comment='Better', tags='Drinks')
    assert answer.status_int == 422 and 'could not be saved' in answer.html.find(class_='error').text
    form = answer.forms['edit-form']
    typed = [form[name].value for name in ('content', 'comment', 'tags')]
    assert typed == [f'Hot.\n{SPAM}', 'Better', 'Drinks']
    attempt = Attempt.get()
    assert (attempt.person, attempt.address, attempt.kind, attempt.verdict, attempt.outcome) == (
        site.people.edda, '192.0.2.7', 'edit', 'review', 'refused')
    assert attempt.added == f'{SPAM}\nBetter\nDrinks'
    assert attempt.why == 'Links: 5 links, where a new account has 3'
    assert Page.at('Tea').current().content == 'Hot.'
    assert Message.select().where(Message.subject.contains('waits for a moderator')).count() == 0
    advance(61)
    mail = Message.get(Message.subject.contains('An edit waits for a moderator'))
    assert 'edda, Tea (refused). Links: 5 links' in mail.text and '/spam/attempts' in mail.text


def test_moderators_get_one_mail_for_a_burst_and_the_next_ten_minutes_later(site, edda):
    for number in range(5):
        send(edda, f'Page_{number}', f'{SPAM} {number}')
    advance(61)
    send(edda, 'Page_9', SPAM)
    advance(300)
    assert Message.select().count() == 1
    advance(301)
    assert [text.subject.partition(']')[2] for text in Message.select().order_by(Message.id)] == [
        ' 5 edits wait for a moderator', ' An edit waits for a moderator']


def test_the_mail_leaves_nothing_out_when_its_task_runs_twice(site, edda):
    send(edda, 'Tea', SPAM)
    tell_moderators.call_local()
    send(edda, 'Coffee', SPAM)
    tell_moderators.call_local()
    tell_moderators.call_local()
    assert Message.select().count() == 2 and not Attempt.untold().exists()


def test_only_what_is_new_is_seen(site, edda, seen):
    site.page('Tea', 'One.\nTwo.\nThree.', words='Drinks')
    send(edda, 'Tea', 'Three.\nOne.\n2.', comment='Mended', tags='Drinks, Hot', title='Teas')
    new, = seen
    assert (new.content, new.gone) == ('2.', 'Two.') and new.text == '2.\nTeas\nMended\nHot'
    assert (new.author, new.address, new.kind, new.path) == (site.people.edda, '192.0.2.7', 'edit', 'Tea')


def test_it_sees_the_browser_and_all_of_a_new_page(site, edda, seen):
    edda.extra_environ['HTTP_USER_AGENT'] = 'Spambot/1.0'
    send(edda, 'Cheap_tea', 'Hot.')
    assert (seen[0].agent, seen[0].kind) == ('Spambot/1.0', 'create')
    assert seen[0].text == 'Hot.\nCheap tea\nCheap tea'


def test_nothing_new_nothing_checked(site, edda, seen):
    site.page('Tea', 'One.\nTwo.')
    send(edda, 'Tea', 'Two.\nOne.')         # moved
    send(edda, 'Tea', 'Two.')               # taken away
    send(edda, 'Tea', 'Two.', comment='Why')
    assert not seen and Revision.select().count() == 3


def test_every_way_to_write_is_checked(site, edda, monkeypatch):
    site.page('Tea', '# One\n\nHot.\n\n# Two\n\nCold.')
    first = Page.at('Tea').current_id
    site.page('Tea', '# One\n\n# Two\n\nCold.', base=first)
    monkeypatch.setattr(judging, 'CHECKS', [('Test', lambda new: 'no', '')])
    section = edda.get('/docs/Tea$edit?section=two').forms['edit-form']
    section['content'] = '# Two\n\nWarm.'
    program = site.browser()
    program.authorization = ('Bearer', sessions.create_token(site.people.edda))
    address = '/api/v1/pages/Tea'
    answers = [send(edda, 'Tea', 'Edited.'), send(edda, 'New', 'Created.'),
               section.submit(expect_errors=True),
               edda.get(f'/docs/Tea$revert/{first}').forms['revert-form'].submit(expect_errors=True),
               program.put_json(address, {'content': 'x', 'base_revision': 'latest'}, expect_errors=True),
               program.put_json(address, {'content': 'x', 'base_revision': first, 'merge': True},
                                expect_errors=True)]
    assert [answer.status_int for answer in answers[:5]] == [422] * 5 and answers[5].status_int in (409, 422)
    assert Revision.select().count() == 2
    kinds = [row.kind for row in Attempt.select().order_by(Attempt.id)]
    assert kinds == ['edit', 'create', 'edit', 'edit', 'api']


def test_what_others_saved_meanwhile_is_not_new(site, edda, seen):
    site.page('Tea', 'One.\n\nTwo.\n\nThree.')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', f'One. {SPAM}\n\nTwo.\n\nThree.', author='mona')
    form['content'] = 'One.\n\nTwo.\n\nMine.'
    form.submit().follow()
    assert [new.content for new in seen] == ['Mine.'] and SPAM in Page.at('Tea').current().content


def test_spam_that_is_merged_comes_back_as_spam_not_as_a_conflict(site, edda):
    site.page('Tea', 'One.\n\nTwo.')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'First.\n\nTwo.', author='mona')
    form['content'] = f'One.\n\nTwo. {SPAM}'
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 422 and 'looks like spam' in answer
    assert 'Together with' not in answer and SPAM in answer.forms['edit-form']['content'].value


@pytest.mark.parametrize('name', ['mona', 'ada'])
def test_moderators_are_not_checked(site, seen, name):
    send(site.login(name), 'Tea', SPAM)
    assert not seen and Page.at('Tea')


def test_the_command_line_of_the_owner_is_not_checked_and_a_task_of_a_request_is(site, seen):
    site.page('Tea', SPAM)
    assert not seen
    with by_network(cause='task'):
        site.page('Tea', f'{SPAM} more')
    assert len(seen) == 1


def test_off_checks_nothing(site, edda, seen):
    settings.spam.mode = 'off'
    send(edda, 'Tea', SPAM)
    assert not seen and Page.at('Tea')


def test_training_records_and_lets_through(site, edda):
    settings.spam.mode = 'training'
    assert send(edda, 'Tea', SPAM).status_int == 303
    attempt = Attempt.get()
    assert attempt.revision == Page.at('Tea').current() and (attempt.outcome, attempt.verdict) == (
        'let through', 'review')
    assert not Held.select().exists()


def test_training_records_nothing_for_an_edit_that_is_not_saved(site, edda):
    settings.spam.mode = 'training'
    site.page('Tea', 'Hot.')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'Cold.', author='mona')
    form['content'] = f'Warm. {SPAM}'
    assert form.submit(expect_errors=True).status_int == 409
    assert not Attempt.select().exists() and not Trace.select().exists()


def test_a_check_that_fails_holds_the_edit(site, edda, monkeypatch):
    site.page('Tea', 'Hot.')
    break_checks(monkeypatch)
    answer = send(edda, 'Tea', 'Cold.', comment='Better', tags='Drinks')
    assert answer.status_int == 202
    assert 'a moderator will look at it' in answer.html.find(class_='notice').text
    assert answer.forms['edit-form']['content'].value == 'Cold.' and not answer.html.find(class_='error')
    held = Held.get()
    assert (held.content, held.comment, held.tags, held.base) == ('Cold.', 'Better', 'Drinks',
                                                                  str(Page.at('Tea').current_id))
    assert (held.attempt.verdict, held.attempt.outcome) == ('failed', 'held')
    assert Page.at('Tea').current().content == 'Hot.'


def test_a_held_edit_of_a_program_is_a_202(site, monkeypatch):
    break_checks(monkeypatch)
    program = site.browser()
    program.authorization = ('Bearer', sessions.create_token(site.people.edda))
    answer = program.put_json('/api/v1/pages/Tea', {'content': 'Hot.'})
    assert answer.status_int == 202 and 'moderator' in answer.json['held'] and not Page.at('Tea')


def test_a_held_revert_says_so(site, edda, monkeypatch):
    first = site.page('Tea', 'Hot.').current_id
    site.page('Tea', 'Cold.')
    break_checks(monkeypatch)
    answer = edda.get(f'/docs/Tea$revert/{first}').forms['revert-form'].submit().follow()
    assert 'a moderator will look at it' in answer and Held.get().content == 'Hot.'


def test_the_same_edit_sent_again_waits_once(site, edda, monkeypatch):
    break_checks(monkeypatch)
    send(edda, 'Tea', 'Hot.')
    send(edda, 'Tea', 'Hot.')
    send(edda, 'Tea', 'Cold.')
    assert [held.content for held in Held.select().order_by(Held.id)] == ['Hot.', 'Cold.']


def test_so_many_wait_whole_and_no_more(site, edda, monkeypatch):
    monkeypatch.setattr('kuma_lite.spam.actions.MOST_HELD', 2)
    for number in range(4):
        send(edda, f'Page_{number}', f'{SPAM} {number}')
    assert (Attempt.select().count(), Held.select().count()) == (4, 2)
    break_checks(monkeypatch)
    answer = send(edda, 'Tea', 'Hot.')
    assert answer.status_int == 429 and answer.forms['edit-form']['content'].value == 'Hot.'
    with pytest.raises(HeldBack):
        edit(site.people.wanda, 'Tea', 'Hot.')


def test_another_check_that_calls_it_spam_decides_over_one_that_failed(site, edda, monkeypatch):
    monkeypatch.setattr(judging, 'CHECKS', [('One', broken, ''), ('Two', rules.links, '')])
    assert send(edda, 'Tea', SPAM).status_int == 422
    assert Attempt.get().outcome == 'refused'


def test_no_attempt_is_kept_and_nobody_told_for_an_edit_that_is_a_conflict_anyway(site):
    first = site.page('Tea', f'Hot. {SPAM}').current_id
    site.page('Tea', 'Hot.')
    program = site.browser()
    program.authorization = ('Bearer', sessions.create_token(site.people.edda))
    fields = {'content': f'Cold. {SPAM}', 'base_revision': first}
    program.put_json('/api/v1/pages/Tea', fields, status=409)
    assert not Attempt.select().exists() and not enqueued(tell_moderators)


def test_nothing_is_judged_in_a_transaction_and_no_mail_is_sent_in_the_request(site, edda, monkeypatch):
    inside = []

    def check(new):
        inside.append(db.database.in_transaction())
        return 'no'
    monkeypatch.setattr(judging, 'CHECKS', [('Test', check, '')])
    send(edda, 'Tea', 'Hot.')
    assert inside == [False]
    assert [row.state for row in Task.select().where(Task.name == tell_moderators.name)] == ['queued']


def test_an_established_editor_brings_back_what_a_vandal_took_away(site):
    person = old_account(site)
    good = site.page('Tea', links(30), author='mona').current_id
    site.page('Tea', 'Gone.', author='mallory')
    assert edit(person, 'Tea', Revision.get_by_id(good).content)
    site.page('Tea', 'Gone.', author='mona')
    with pytest.raises(Suspected):
        edit(site.people.mallory, 'Tea', Revision.get_by_id(good).content)
