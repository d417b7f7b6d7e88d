"""Akismet: asked as its interface says, waited for a short time, and never a reason to lose an edit."""
import threading
import time
from urllib.error import URLError

import pytest

import akismet_server
from kuma_lite import clock, config
from kuma_lite.config import settings
from kuma_lite.spam import actions, akismet
from kuma_lite.spam.models import Attempt
from kuma_lite.spam.tasks import submit_attempt
from kuma_lite.wiki.checks import Held, Suspected
from kuma_lite.wiki.models import Page
from process import wait_for
from spam_base import edit, links, send
from tasks_base import advance, enqueued

BAD = 'Buy viagra-test-123'


@pytest.fixture
def server(site):
    with akismet_server.Server() as started:
        yield started


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(akismet, 'PATIENCE', 0.2)


def test_it_is_told_what_is_new_and_who_wrote_it(site, server):
    site.page('Tea', 'Hot.')
    edda = site.login('edda')
    edda.extra_environ.update(HTTP_USER_AGENT='Firefox')
    assert send(edda, 'Tea', 'Hot.\nAnd strong.', comment='More').status_int == 303
    (what, fields), = server.asked
    assert what == 'comment-check' and fields == {
        'api_key': akismet_server.KEY, 'blog': 'http://wiki.test/', 'user_ip': '192.0.2.7',
        'user_agent': 'Firefox', 'referrer': 'http://localhost/docs/Tea$edit',
        'permalink': 'http://wiki.test/docs/Tea', 'comment_type': 'wiki-revision', 'comment_author': 'edda',
        'comment_content': 'And strong.\nMore'}


def test_what_it_calls_spam_is_refused(site, server):
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', BAD)
    assert Attempt.get().why == 'Akismet: It calls this spam.'


def test_it_is_not_asked_without_a_key_nor_about_moderators_nor_what_the_rules_refuse(site, server):
    edit(site.people.mona, 'Tea', BAD)
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', links(9))
    settings.spam.akismet_key = ''
    edit(site.people.edda, 'Tea', BAD)
    assert not server.asked


@pytest.mark.parametrize('mode, why', [('hang', 'did not answer within'), ('drip', 'did not answer within'),
                                       ('close', 'could not decide'), ('error', '500'),
                                       ('nonsense', 'Please log in to this network')])
def test_when_it_fails_the_edit_is_held_in_time(site, server, hurried, mode, why):
    server.mode = mode
    started = time.perf_counter()
    with pytest.raises(Held):
        edit(site.people.edda, 'Tea', BAD)
    assert time.perf_counter() - started < 10       # the server takes twice as long
    assert why in Attempt.get().why and Attempt.get().verdict == 'failed'


def test_it_is_not_followed_elsewhere(site, server):
    server.mode = 'redirect'
    with pytest.raises(Held):
        edit(site.people.edda, 'Tea', BAD)
    assert [what for what, _ in server.asked] == ['comment-check'] and '302' in Attempt.get().why


def test_when_it_is_down_the_edit_is_held(site, server):
    server.stop()
    with pytest.raises(Held):
        edit(site.people.edda, 'Tea', BAD)
    assert 'refused' in Attempt.get().why


def test_after_a_failure_it_is_left_alone_for_a_minute(site, server):
    server.mode = 'error'
    with pytest.raises(Held):
        edit(site.people.edda, 'Tea', BAD)
    server.mode = 'answer'
    with pytest.raises(Held):
        edit(site.people.edda, 'Coffee', 'Black.')
    assert len(server.asked) == 1
    clock.advance(akismet.REST + 1)
    assert edit(site.people.edda, 'Milk', 'White.') and len(server.asked) == 2


def test_it_is_not_left_alone_for_days_when_the_clock_is_put_back(site, server):
    server.mode = 'error'
    clock.advance(86400)
    with pytest.raises(Held):
        edit(site.people.edda, 'Tea', BAD)
    server.mode = 'answer'
    clock.advance(-86400)
    assert edit(site.people.edda, 'Coffee', 'Black.')


@pytest.mark.parametrize('error', [TimeoutError('timed out'), URLError(TimeoutError('timed out'))])
def test_a_socket_that_gives_up_first_says_the_same(site, server, monkeypatch, error):
    def give_up(*question):
        raise error
    monkeypatch.setattr(akismet, '_post', give_up)
    with pytest.raises(akismet.Unanswered, match='did not answer within'):
        akismet.ask('comment-check', {})


def test_hanging_questions_do_not_pile_up(site, server, monkeypatch):
    monkeypatch.setattr(akismet, 'PATIENCE', 0.03)
    over = threading.Event()
    monkeypatch.setattr(akismet, '_post', lambda *question: over.wait(60))
    for _ in range(akismet.AT_ONCE):
        with pytest.raises(akismet.Unanswered, match='within'):
            akismet.ask('comment-check', {})
    with pytest.raises(akismet.Unanswered, match='questions to answer already'):
        akismet.ask('comment-check', {})
    over.set()
    wait_for(lambda: akismet._asking._value == akismet.AT_ONCE)


def test_a_wrong_key_holds_and_says_so(site, server):
    settings.spam.akismet_key = 'wrong'
    with pytest.raises(Held):
        edit(site.people.edda, 'Tea', 'Hot.')
    assert Attempt.get().why == 'Akismet could not decide: It does not know the key.'


def test_moderators_try_the_key(site, server):
    mona = site.login('mona')

    def said():
        return mona.get('/spam/rules').forms['akismet-form'].submit().follow().html.find(class_='flash').text
    assert 'Akismet knows the key.' in said()
    settings.spam.akismet_key = 'wrong'
    assert 'does not know this key' in said()
    server.stop()
    assert 'cannot be reached' in said()


@pytest.mark.parametrize('verdict, what', [('spam', 'submit-spam'), ('ham', 'submit-ham')])
def test_verdicts_are_submitted_by_a_task(site, server, verdict, what):
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', BAD)
    server.asked.clear()
    actions.review(Attempt.get(), verdict, site.people.mona, 'review')
    site.settle()
    (said, fields), = server.asked
    assert said == what and fields['comment_content'].startswith(BAD) and fields['user_ip'] == '192.0.2.1'


def test_marks_are_submitted_too(site, server):
    actions.mark(site.page('Tea', 'Pills!').current(), True, site.people.mona)
    site.settle()
    assert [what for what, _ in server.asked] == ['submit-spam']


def test_a_submission_that_fails_is_tried_again(site, server):
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', BAD)
    server.mode = 'error'
    actions.review(Attempt.get(), 'spam', site.people.mona, 'review')
    site.settle()
    server.mode = 'answer'
    assert enqueued(submit_attempt)[0].state == 'queued'
    server.asked.clear()
    advance(200)
    assert [what for what, _ in server.asked] == ['submit-spam']


def test_nothing_is_submitted_about_a_closed_attempt(site, server):
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Tea', BAD)
    server.asked.clear()
    actions.review(Attempt.get(), 'closed', site.people.mona, 'review')
    site.settle()
    assert not server.asked and not Page.at('Tea')


def test_the_key_may_lie_in_a_file(tmp_path):
    (tmp_path / 'key').write_text('secret\n')
    found = config.load(environ={'KUMA_SPAM_AKISMET_KEY_FILE': str(tmp_path / 'key')})
    assert found.spam.akismet_key == 'secret'
    with pytest.raises(config.ConfigError, match='rest.akismet.com'):
        config.load(environ={'KUMA_SPAM_AKISMET_URL': 'nonsense'})
