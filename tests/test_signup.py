"""Signing up: closed, by approval or open, for people and not for robots, and with nothing given away. Here
without a link that confirms the address; see test_confirm.py."""
import re
import time

import pytest

from kuma_lite import clock
from kuma_lite.accounts import bans, passwords
from kuma_lite.accounts.models import Person, Session
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.moderation.models import Entry
from kuma_lite.signup import actions, forms, tasks
from kuma_lite.signup.models import Application
from kuma_lite.wiki import access
from tasks_base import assert_enqueued, enqueued

PASSWORD = 'a quiet green lake'
DAY = 86400


@pytest.fixture(params=['open', 'approval'])
def either(site, request):
    settings.accounts.signup, settings.accounts.confirm = request.param, False
    return site


@pytest.fixture
def opened(site):
    settings.accounts.signup, settings.accounts.confirm = 'open', False
    return site


@pytest.fixture
def asked(site):
    settings.accounts.signup, settings.accounts.confirm = 'approval', False
    return site


def form(browser, name='Nora', email='nora@example.org', password=PASSWORD, wait=5, **fields):
    """The form, filled in by a person who takes some seconds."""
    found = browser.get('/signup').forms['signup']
    for field, value in {'name': name, 'email': email, 'password': password, **fields}.items():
        found[field] = value
    clock.advance(wait)
    return found


def sign_up(browser, *args, **fields):
    return form(browser, *args, **fields).submit(expect_errors=True)


def mails_to(address):
    return list(Message.select().join(Delivery).where(Delivery.address == address))


def test_open_makes_an_account_and_logs_in(opened):
    browser = opened.browser()
    assert 'Sign up' in browser.get('/login')
    answer = sign_up(browser)
    assert (answer.status_int, answer.headers['Location']) == (303, '/')
    assert 'Welcome, Nora' in browser.get('/')
    person = Person.named('nora')
    assert (person.name, person.role, person.email) == ('Nora', 'editor', 'nora@example.org')
    assert passwords.fits(PASSWORD, person.password_hash) and Session.get().person == person


@pytest.mark.parametrize('role', ['reader', 'editor'])
def test_the_role_is_that_of_the_setting(either, role):
    settings.accounts.signup_role = role
    asked_for = form(either.browser()).submit_fields()
    either.app.get('/signup')
    either.app.post('/signup', [*[pair for pair in asked_for if pair[0] != 'csrf'], ('role', 'admin'),
                                ('csrf', either.app.get('/signup').forms['signup']['csrf'].value)])
    for application in Application.select():
        actions.accept(application, either.people.mona)
    assert Person.named('Nora').role == role
    assert access.may(Person.named('Nora'), access.EDIT) == (role == 'editor')


def test_closed_is_the_default_and_says_whom_to_ask(site):
    assert settings.accounts.signup == 'closed'
    assert 'an admin of this wiki makes accounts' in site.app.get('/signup', status=404)
    settings.accounts.signup = 'open'
    late = form(site.app)
    settings.accounts.signup = 'closed'
    assert late.submit(status=404) and not Person.named('Nora')
    assert '/signup' not in site.app.get('/login')


def test_a_new_person_gets_a_welcome_mail_once(opened):
    sign_up(opened.browser())
    opened.settle()
    person = Person.named('Nora')
    assert assert_enqueued(tasks.welcome, person_id=person.id).state == 'done'
    tasks.welcome(person.id)
    opened.settle()
    [mail] = mails_to('nora@example.org')
    assert 'Welcome, Nora' in mail.subject and 'http://wiki.test/login' in mail.text


# Approval

def test_a_moderator_accepts(asked):
    browser = asked.browser()
    answer = sign_up(browser, words='I know <b>all</b> about tea.')
    assert 'A moderator will look at it' in answer
    assert not Person.named('Nora') and not Session.select().exists()
    mona = asked.login('mona')
    page = mona.get('/signups')
    assert 'Nora' in page and 'nora@example.org' in page and 'I know &lt;b&gt;all' in page
    chosen = page.forms['signups-form']
    chosen[f'pick-{Application.get().id}'] = True
    assert 'One account was made.' in chosen.submit('verdict', value='accept').follow()
    asked.settle()
    assert passwords.fits(PASSWORD, Person.named('Nora').password_hash)
    assert not Application.select().exists() and len(mails_to('nora@example.org')) == 1


def test_a_moderator_declines_and_nobody_is_told(asked):
    sign_up(asked.browser())
    sign_up(asked.browser(), 'Olaf', 'olaf@example.org')
    chosen = asked.login('mona').get('/signups').forms['signups-form']
    for application in Application.select():
        chosen[f'pick-{application.id}'] = True
    assert '2 accounts were declined.' in chosen.submit('verdict', value='decline').follow()
    asked.settle()
    assert not Application.select().exists() and not Person.named('Nora') and not mails_to('nora@example.org')
    assert sign_up(asked.browser()).status_int == 200       # the name is free again


def test_decisions_are_in_the_log_with_who_and_why(asked):
    settings.moderation.public_log = True
    mona = asked.login('mona')
    for name, verdict, reason in (('Nora', 'accept', ''), ('Buy-pills', 'decline', 'Sells <b>pills</b>')):
        sign_up(asked.browser(), name, f'{name.lower()}@example.org')
        chosen = mona.get('/signups').forms['signups-form']
        chosen[f'pick-{Application.get().id}'], chosen['reason'] = True, reason
        chosen.submit('verdict', value=verdict)
    answer = mona.get('/moderation/log')
    assert 'accepted the sign-up of <strong>Nora</strong>' in answer
    assert 'declined the sign-up of <strong>Buy-pills</strong>' in answer and 'Sells &lt;b&gt;pills' in answer
    public = asked.app.get('/moderation/log')
    assert 'Buy-pills' not in public and 'declined the sign-up of <strong>somebody</strong>' in public
    assert [entry.person.name for entry in Entry.select()] == ['mona', 'mona']
    assert 'Nora' not in mona.get('/moderation/log?action=decline')


def test_a_decision_that_fails_is_not_in_the_log(asked):
    sign_up(asked.browser())
    application = Application.get()
    Person.create(name='NORA', key='nora', email='x@example.org', role='reader', password_hash='x')
    with pytest.raises(Invalid):
        actions.accept(application, asked.people.mona)
    application.delete_instance()
    assert not actions.decline(application, asked.people.mona) and not Entry.select().exists()


def test_of_two_moderators_one_is_faster(asked):
    sign_up(asked.browser())
    first, second = (asked.login(name).get('/signups').forms['signups-form'] for name in ('mona', 'ada'))
    for chosen in (first, second):
        chosen[f'pick-{Application.get().id}'] = True
    first.submit('verdict', value='accept')
    answer = second.submit('verdict', value='decline', status=409)
    assert 'Somebody else has decided' in answer.html.find(role='alert').text
    gone = Application(id=999), asked.people.mona
    assert actions.accept(*gone) is None and not actions.decline(*gone)
    assert Person.named('Nora')


def test_a_name_that_was_taken_meanwhile_waits_for_another_decision(asked):
    sign_up(asked.browser())
    Person.create(name='NORA', key='nora', email='x@example.org', role='reader', password_hash='x')
    chosen = asked.login('mona').get('/signups').forms['signups-form']
    chosen[f'pick-{Application.get().id}'] = True
    answer = chosen.submit('verdict', value='accept').follow()
    assert 'There is an account named &quot;Nora&quot; already' in answer
    assert Application.select().count() == 1


def test_moderators_hear_of_the_first_who_waits(asked):
    for name in ('Nora', 'Olaf', 'Paul'):
        sign_up(asked.browser(), name)
    asked.settle()
    assert len(enqueued(tasks.tell_moderators)) == 1
    [mail] = mails_to('mona@example.org')
    assert 'Nora' in mail.text and 'http://wiki.test/signups' in mail.text
    assert mails_to('ada@example.org') and not mails_to('edda@example.org')


def test_moderators_hear_of_the_next_one_when_all_were_answered(asked):
    for name in ('Nora', 'Olaf'):
        sign_up(asked.browser(), name, f'{name}@example.org')
        asked.settle()
        actions.decline(Application.get(), asked.people.mona)
    assert len(mails_to('mona@example.org')) == 2


def test_the_list_is_for_moderators(asked):
    sign_up(asked.browser())
    for browser in (asked.browser(), asked.login('edda')):
        assert 'nora' not in browser.get('/signups', expect_errors=True).text
        fields = {'verdict': 'accept', f'pick-{Application.get().id}': 'yes',
                  'csrf': browser.get('/login').forms['login']['csrf'].value}
        assert browser.post('/signups', fields, expect_errors=True).status_int in (401, 403)
    assert Application.select().exists() and not Person.named('Nora')
    assert asked.login('mona').get('/').text.count('href="/signups"') == 1


def test_what_nobody_answers_goes(asked):
    settings.privacy.keep_addresses = 10
    sign_up(asked.browser())
    clock.advance(9 * DAY)
    tasks.delete_old_applications.call_local()
    assert Application.select().exists()
    clock.advance(DAY)
    tasks.delete_old_applications.call_local()
    assert not Application.select().exists()


# Names, and what is told

@pytest.mark.parametrize('name, why', [
    ('edda', 'already'), ('EDDA ', 'already'), ('еdda', 'one alphabet'), ('Moderator', 'is kept for those'),
    ('a/b', 'cannot contain'), ('a\u200bb', 'cannot be seen'), ('', 'has 1 to 40')])
def test_names_follow_the_rules(either, name, why):
    answer = sign_up(either.browser(), name)
    assert answer.status_int == 422 and why in answer.html.find(class_='error').text


def test_a_refusal_keeps_what_was_typed_but_never_the_password(either):
    fields = {'words': 'Tea <&>.'} if settings.accounts.signup == 'approval' else {}
    answer = sign_up(either.browser(), 'edda', 'Nora@example.org', **fields)
    again = answer.forms['signup']
    assert (again['name'].value, again['email'].value) == ('edda', 'Nora@example.org')
    assert all(again[field].value == value for field, value in fields.items())
    assert PASSWORD not in answer and again['password'].value == ''
    again['name'], again['password'] = 'Nora', PASSWORD
    assert again.submit().status_int in (200, 303)


def test_whether_an_address_is_known_is_not_told(either):
    known, unknown = sign_up(either.browser(), 'Nora', 'edda@example.org'), sign_up(either.browser(), 'Olaf')
    assert known.status_int == unknown.status_int
    assert known.text.replace('Nora', 'Olaf') == unknown.text


def test_a_name_that_somebody_waits_for_is_taken(asked):
    sign_up(asked.browser())
    assert sign_up(asked.browser(), 'nora').status_int == 422 and Application.select().count() == 1


def test_two_at_one_moment_cannot_both_have_the_name(either, monkeypatch):
    """The second passes the look before the transaction."""
    checked = actions._checked('Nora', 'nora@example.org', PASSWORD)
    monkeypatch.setattr(actions, '_checked', lambda *args: dict(checked))
    for number in range(2):
        if number:
            with pytest.raises(actions.Invalid, match='already'):
                actions.sign_up('Nora', 'nora@example.org', PASSWORD, '', '192.0.2.1')
        else:
            actions.sign_up('Nora', 'nora@example.org', PASSWORD, '', '192.0.2.1')


# Robots

def test_the_field_that_nobody_sees_is_a_trap(either):
    browser = either.browser()
    trap = browser.get('/signup').html.find('input', {'name': forms.TRAP})
    assert trap['tabindex'] == '-1' and 'visually-hidden' in trap.parent['class'] and not trap.get('required')
    answer = sign_up(browser, **{forms.TRAP: 'http://spam.example'})
    assert answer.status_int == 422 and 'the way robots do it' in answer
    assert not Person.named('Nora') and not Application.select().exists()


def test_who_is_too_fast_has_to_wait_and_loses_nothing(opened):
    answer = sign_up(opened.browser(), wait=0)
    assert answer.status_int == 422 and 'That was fast' in answer and not Person.named('Nora')
    again = answer.forms['signup']
    assert again['name'].value == 'Nora'
    again['password'] = PASSWORD
    clock.advance(3)
    assert again.submit().status_int == 303


@pytest.mark.parametrize('stamp', ['', '1', '1.x', '٣.x', '9' * 30, '.',
                                   pytest.param(f'{int(time.time()) - 10}.{"0" * 64}', id='unsigned')])
def test_a_time_that_we_did_not_sign_does_not_count(either, stamp):
    answer = sign_up(either.browser(), began=stamp)
    assert answer.status_int == 422 and 'open for too long' in answer
    assert forms.started(answer.forms['signup']['began'].value) is not None


def test_a_form_lasts_for_a_day(opened):
    browser = opened.browser()
    answer = sign_up(browser, wait=DAY + 1)
    assert 'open for too long' in answer
    again = answer.forms['signup']
    again['password'] = PASSWORD
    clock.advance(5)
    assert again.submit().status_int == 303


def test_a_form_that_arrives_in_part_is_refused(either):
    for field in ('name', 'email', 'password', 'began', forms.TRAP, 'csrf'):
        browser = either.browser()
        fields = [pair for pair in form(browser).submit_fields() if pair[0] != field]
        browser.post('/signup', fields, status=403 if field == 'csrf' else 400)


def test_an_address_may_ask_for_so_many_accounts_a_day(either):
    settings.accounts.signup_limit = 2
    found = [sign_up(either.browser(), f'Nora {word}') for word in ('one', 'two', 'three')]
    refused = found[2]
    assert refused.status_int == 429 and int(refused.headers['Retry-After']) > 0
    assert refused.forms['signup']['name'].value == 'Nora three' and not Person.named('Nora three')
    late = form(either.browser(), 'Nora three')
    assert late.submit(extra_environ={'REMOTE_ADDR': '2001:db8::1'}).status_int in (200, 303)
    clock.advance(2 * DAY)
    assert sign_up(either.browser(), 'Nora four').status_int in (200, 303)


def test_and_send_the_form_so_often_an_hour(either):
    clock.advance(3600 - clock.now() % 3600 + 1)
    found = [sign_up(either.browser(), 'edda', wait=4).status_int for _ in range(actions.TRIES + 1)]
    assert found == [422] * actions.TRIES + [429]


def test_a_banned_address_gets_no_account(either):
    bans.add(either.people.mona, network='192.0.2.0/24', reason='Spam.')
    answer = sign_up(either.browser())
    assert answer.status_int == 422 and 'Nobody may write here from your network address' in answer
    assert not Person.named('Nora') and not Application.select().exists()


def test_who_is_logged_in_needs_no_account(opened):
    edda = opened.login('edda')
    assert edda.get('/signup').status_int == 303
    fields = form(opened.browser()).submit_fields()
    csrf = edda.get('/docs/Tea$edit').forms['edit-form']['csrf'].value
    edda.post('/signup', [*[pair for pair in fields if pair[0] != 'csrf'], ('csrf', csrf)], status=303)
    assert not Person.named('Nora')


def test_long_words_are_told_and_kept(asked):
    answer = sign_up(asked.browser(), words='x' * 1001)
    assert answer.status_int == 422 and answer.forms['signup']['words'].value == 'x' * 1001


def test_the_mail_is_written_after_the_request(opened):
    """Nothing is mailed in the transaction; without the task there is no mail."""
    sign_up(opened.browser())
    opened.settle()
    assert [message.key for message in Message.select()] == [f'welcome:{Person.named("Nora").id}']
    assert re.search('Hello Nora', Message.get().text)


def test_a_list_that_is_older_accepts_nobody_else(asked):
    """Numbers are not given again: the tick of one who was declined meanwhile is not that of the next one."""
    sign_up(asked.browser())
    left_open = asked.login('mona').get('/signups').forms['signups-form']
    left_open[f'pick-{Application.get().id}'] = True
    actions.decline(Application.get(), asked.people.mona)
    sign_up(asked.browser(), 'Buy-pills', 'pills@example.org')
    left_open.submit('verdict', value='accept', status=409)
    assert not Person.named('Buy-pills') and Application.named('Buy-pills')


def links(browser, path='/'):
    return [link['href'] for link in browser.get(path, expect_errors=True).html.select('a')]


def test_every_page_leads_a_visitor_there_unless_it_is_closed(either):
    assert '/signup' in links(either.browser(), '/all')
    assert '/signup' not in links(either.login('wanda'), '/all')


def test_where_it_is_closed_it_leads_to_the_log_in_instead(site):
    assert '/signup' not in links(site.browser(), '/all')
    closed = site.browser().get('/signup', status=404)
    assert '/login' in [link['href'] for link in closed.html.select('main a')]


def test_who_waits_for_an_account_reads_so_at_log_in(asked):
    assert 'You have asked for an account already?' in asked.browser().get('/login')


def test_who_ticks_nobody_is_told_so_and_keeps_the_reason(asked):
    sign_up(asked.browser())
    form = asked.login('mona').get('/signups').forms['signups-form']
    form['reason'] = 'A friend.'
    answer = form.submit('verdict', value='accept', status=422)
    assert 'tick those' in answer.html.find(role='alert').text
    assert answer.forms['signups-form']['reason'].value == 'A friend.' and Application.select().exists()
