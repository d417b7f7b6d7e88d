"""Moderators are mailed when somebody edits for the first time (KUMA §3)."""
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.queue.tables import Task
from kuma_lite.spam import tasks
from kuma_lite.spam.models import Attempt, FirstEdit
from kuma_lite.wiki.models import Page
from spam_base import account, edit, send
from tasks_base import advance, enqueued


def subjects():
    return [message.subject.partition('] ')[2] for message in
            Message.select().where(Message.key.startswith('first-edits:')).order_by(Message.id)]


def test_the_first_edit_and_no_other_is_told_to_all_moderators(site):
    edda = site.login('edda')
    send(edda, 'Tea', 'Hot.')
    send(edda, 'Tea', 'Cold.')
    assert subjects() == []         # not in the request
    advance(61)
    assert subjects() == ['edda has edited for the first time: "Tea"']
    send(edda, 'Milk', 'White.')
    advance(700)
    assert len(subjects()) == 1
    sent = Delivery.select().join(Message).where(Message.key.startswith('first-edits:'))
    assert {delivery.address for delivery in sent} == {'mona@example.org', 'ada@example.org'}


def test_the_link_in_it_leads_to_the_change_and_a_verdict(site):
    send(site.login('edda'), 'Tea', 'Hot.')
    number = Page.at('Tea').current_id
    advance(61)
    text = Message.get(Message.key.startswith('first-edits:')).text
    assert f'edda, Tea\nhttp://wiki.test/docs/Tea$verdict/{number}' in text
    assert 'verdict-form' in site.login('mona').get(f'/docs/Tea$verdict/{number}').forms


def test_many_are_one_mail(site):
    settings.spam.mode = 'off'
    for number in range(60):
        edit(account(f'new{number}'), f'P{number}', 'Hello.')
    advance(61)
    assert subjects() == ['60 people have edited for the first time']
    assert '… and 10 more: http://wiki.test/dashboards/revisions' in Message.get(
        Message.key.startswith('first-edits:')).text
    edit(account('late'), 'Late', 'Hello.')
    advance(300)
    assert len(subjects()) == 1
    advance(301)
    assert len(subjects()) == 2


def test_the_task_runs_after_the_commit_in_no_request_and_may_run_twice(site):
    edit(site.people.edda, 'Tea', 'Hot.')
    [row] = enqueued(tasks.tell_first_edits)
    assert row.state == 'queued' and Task.get_by_id(row.id).run_at
    tasks.tell_first_edits.call_local()
    tasks.tell_first_edits.call_local()
    assert len(subjects()) == 1 and not FirstEdit.untold().exists()


def test_moderators_imports_and_strangers_are_not_told_of(site):
    settings.site.edit = 'everyone'
    send(site.login('mona'), 'A', 'x')
    site.page('B', 'x')
    send(site.app, 'C', 'x')
    assert not FirstEdit.select().exists()


def test_what_a_moderator_has_published_or_thrown_away_is_not_told(site):
    settings.spam.approve_first = 1
    send(site.login('edda'), 'Tea', 'Hot.')
    mona = site.login('mona')
    form = mona.get(f'/spam/attempts/{Attempt.get().id}').forms['verdict-form']
    form.submit('verdict', value='ham')
    settings.spam.approve_first = 0
    page = edit(account('late'), 'Late', 'Hello.').page
    deletion.delete(page.id, page.current_id, 'Spam', site.people.mona)
    advance(61)
    assert FirstEdit.select().count() == 2 and subjects() == []


def test_rows_go_a_day_after_they_were_told(site):
    edit(site.people.edda, 'Tea', 'Hot.')
    advance(61)
    tasks.forget.call_local()
    assert FirstEdit.select().exists()
    advance(86400)
    tasks.forget.call_local()
    assert not FirstEdit.select().exists()
