"""Signing up where a link confirms the address: until it is followed there is no account, and nobody has the
name."""
import re

import pytest
from account_base import fill, link_in, log_in, mails, text_of

from kuma_lite import clock
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import Person, Session
from kuma_lite.config import settings
from kuma_lite.doctor import examining
from kuma_lite.findings import NOTE, Visit
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.queue.tables import Task
from kuma_lite.signup import checkup, tasks
from kuma_lite.signup.models import LIFETIME, Application
from tasks_base import assert_enqueued, enqueued

PASSWORD = 'a quiet green lake'
NORA = 'nora@example.org'
DAY = 86400


@pytest.fixture(params=['open', 'approval'])
def either(site, request):
    settings.accounts.signup = request.param
    return site


@pytest.fixture
def opened(site):
    settings.accounts.signup = 'open'
    return site


@pytest.fixture
def asked(site):
    settings.accounts.signup = 'approval'
    return site


def sign_up(browser, name='Nora', email=NORA, password=PASSWORD, **environ):
    form = fill(browser.get('/signup').forms['signup'], name=name, email=email, password=password)
    clock.advance(5)
    return form.submit(expect_errors=True, extra_environ=environ)


def link_for(site, name='Nora', email=NORA):
    """The link that is mailed when somebody signs up."""
    sign_up(site.browser(), name, email)
    site.settle()
    return link_in(mails(email)[-1])


def follow(browser, link, password=PASSWORD, **fields):
    form = fill(browser.get(link).forms['confirm'], password=password, **fields)
    return form.submit(expect_errors=True)


def test_it_is_so_by_default_and_the_first_page_says_it(opened):
    assert settings.accounts.confirm
    assert 'a link that confirms your address' in opened.app.get('/signup')
    assert 'Follow the link that was mailed to you first' in opened.app.get('/login')


def test_the_account_begins_with_the_link_and_the_password(opened):
    browser = opened.browser()
    answer = sign_up(browser)
    assert answer.status_int == 200 and f'A link is on its way to {NORA}' in answer
    assert not Person.named('Nora') and not Session.select().exists()
    assert log_in(browser, 'Nora', PASSWORD).status_int == 403
    opened.settle()
    elsewhere = opened.browser()
    answer = follow(elsewhere, link_in(mails(NORA)[-1]))
    assert (answer.status_int, answer.headers['Location']) == (303, '/')
    assert 'Welcome, Nora' in elsewhere.get('/') and 'Log out' in elsewhere.get('/')
    person = Person.named('Nora')
    assert (person.email, person.role) == (NORA, 'editor') and not Application.select().exists()
    assert log_in(browser, 'Nora', PASSWORD).status_int == 303


def test_one_mail_before_and_one_welcome_after(opened):
    link = link_for(opened)
    assert [message.key.partition(':')[0] for message in Message.select()] == ['signup']
    follow(opened.browser(), link)
    opened.settle()
    before, welcome = mails(NORA)
    assert 'Is this your address?' in before['Subject'] and 'Welcome, Nora' in welcome['Subject']
    assert 'Nora' not in text_of(before)        # it goes to addresses that anybody may type


def test_with_approval_the_moderators_hear_of_those_who_confirmed(asked):
    link = link_for(asked)
    mona = asked.login('mona')
    assert not enqueued(tasks.tell_moderators) and 'Nora' not in mona.get('/signups')
    assert 'One has not confirmed the address yet' in mona.get('/signups')
    answer = follow(asked.browser(), link)
    assert answer.status_int == 200 and 'A moderator will look at it' in answer
    assert not Person.named('Nora') and [one.person.name for one in Session.select()] == ['mona']
    assert assert_enqueued(tasks.tell_moderators, application_id=Application.get().id)
    form = mona.get('/signups').forms['signups-form']
    form[f'pick-{Application.get().id}'] = True
    assert 'One account was made.' in form.submit('verdict', value='accept').follow()
    asked.settle()
    assert len(mails(NORA)) == 2 and log_in(asked.browser(), 'Nora', PASSWORD).status_int == 303


# The link

def test_looking_at_the_link_confirms_nothing(opened):
    """Programs that look at the links of a mail before its reader does, and press no button."""
    link, browser = link_for(opened), opened.browser()
    for method in (browser.get, browser.head, browser.get):
        answer = method(link)
        assert answer.status_int == 200 and answer.headers['Cache-Control'] == 'no-store'
    assert not Person.named('Nora') and Application.get().confirmed_at is None


def test_the_link_works_once(either):
    link, browser = link_for(either), either.browser()
    second = fill(browser.get(link).forms['confirm'], password=PASSWORD)
    assert follow(either.browser(), link).status_int in (200, 303)
    assert 'This link has ended' in second.submit(status=404) and browser.get(link, status=404)
    assert Person.select().where(Person.key == 'nora').count() + Application.select().count() == 1


def test_it_takes_the_password_that_was_chosen(opened):
    """Whoever signs up with the address of somebody else gets nothing from their pressing the button."""
    link, browser = link_for(opened), opened.browser()
    answer = follow(browser, link, 'another green lake')
    assert answer.status_int == 422 and 'not the password that you chose' in answer
    assert not Person.named('Nora') and Application.get().confirmed_at is None
    tries = [follow(browser, link, 'another green lake').status_int for _ in range(10)]
    assert tries == [422] * 9 + [429]
    clock.advance(3600)
    assert follow(browser, link).status_int == 303


def test_after_three_days_it_has_ended_and_everything_is_forgotten(opened):
    link = link_for(opened)
    clock.advance(LIFETIME - 60)
    tasks.delete_old_applications.call_local()
    form = fill(opened.app.get(link).forms['confirm'], password=PASSWORD)
    clock.advance(61)
    assert form.submit(status=404) and opened.app.get(link, status=404)
    for _ in range(2):      # safe to run twice
        tasks.delete_old_applications.call_local()
        assert not Application.select().exists()


def test_who_confirmed_is_not_forgotten_with_the_others(asked):
    follow(asked.browser(), link_for(asked))
    clock.advance(LIFETIME + 60)
    tasks.delete_old_applications.call_local()
    assert Application.get().name == 'Nora'


def test_a_link_that_was_made_up_leads_nowhere(opened):
    link = link_for(opened)
    wrong = [link[:-1], link + '0', '/signup/confirm', '/signup/confirm?link=%ff.%00',
             re.sub('=[0-9]+', '=999', link), re.sub('[.][0-9a-f]+', '.' + '0' * 64, link),
             *(link.replace('/signup/confirm', place) for place in ('/recover', '/confirm'))]
    for made_up in wrong:
        answer = opened.app.get(made_up, expect_errors=True)
        assert answer.status_int in (400, 404) and 'confirm' not in answer.forms, made_up


def test_the_link_of_one_is_none_for_another(opened):
    first, second = link_for(opened), link_for(opened, 'Olaf', 'olaf@example.org')
    assert opened.app.get(f'{first.partition(".")[0]}.{second.partition(".")[2]}', status=404)


def test_a_banned_address_confirms_nothing(opened):
    link = link_for(opened)
    bans.add(opened.people.mona, network='192.0.2.0/24', reason='Spam.')
    answer = follow(opened.browser(), link)
    assert answer.status_int == 422 and 'Nobody may write here from your network address' in answer
    assert not Person.named('Nora') and Application.get().confirmed_at is None


def test_what_was_closed_meanwhile_stays_closed(opened):
    link = link_for(opened)
    form = fill(opened.app.get(link).forms['confirm'], password=PASSWORD)
    settings.accounts.signup = 'closed'
    assert opened.app.get(link, status=404) and form.submit(status=404) and not Person.named('Nora')


def test_a_forged_host_is_not_in_the_mail(opened):
    sign_up(opened.browser(), HTTP_X_FORWARDED_HOST='evil.test', HTTP_FORWARDED='host=evil.test')
    opened.settle()
    assert 'evil' not in text_of(mails(NORA)[-1])
    assert link_in(mails(NORA)[-1]).startswith('/signup/confirm?link=')


def test_no_table_holds_the_link_or_the_password(opened):
    secret = link_for(opened).partition('.')[2]
    for model in (Application, Message, Delivery, Task):
        rows = repr(list(model.select().dicts()))
        assert secret not in rows and PASSWORD not in rows, model


def test_who_was_logged_in_as_somebody_else_is_so_no_more(opened):
    wanda = opened.login('wanda')
    before = Session.get().token_hash
    follow(wanda, link_for(opened))
    assert 'Nora' in wanda.get('/') and not Session.select().where(Session.token_hash == before).exists()


# Names

def test_whether_a_name_is_taken_is_told_to_who_has_the_mail_only(either):
    known, unknown = sign_up(either.browser(), 'edda'), sign_up(either.browser(), 'Olaf', 'olaf@example.org')
    assert known.text.replace(NORA, 'olaf@example.org') == unknown.text
    either.settle()
    answer = follow(either.browser(), link_in(mails(NORA)[-1]))
    assert answer.status_int == 422 and 'There is an account named &quot;edda&quot; already' in answer
    again = fill(answer.forms['confirm'], name='Nora', password=PASSWORD)
    assert again.submit().status_int in (200, 303)
    assert Person.named('Nora') or Application.named('Nora')


def test_nobody_holds_a_name_without_a_mailbox(opened):
    """Of two who asked for one name, the first who confirms has it."""
    first, second = link_for(opened), link_for(opened, 'NORA', 'other@example.org')
    assert follow(opened.browser(), second).status_int in (200, 303)
    assert 'already' in follow(opened.browser(), first)
    owner = Person.named('nora')
    assert (owner.name, owner.email) == ('NORA', 'other@example.org')


def test_a_name_follows_the_rules_at_both_doors(opened):
    link = link_for(opened)
    for name, why in (('Moderator', 'is kept for those'), ('a/b', 'cannot contain')):
        assert why in sign_up(opened.browser(), name)
        answer = follow(opened.browser(), link, name=name)
        assert answer.status_int == 422 and why in answer and answer.forms['confirm']['name'].value == name


# The address

def test_a_known_address_gets_the_same_answer_and_its_owner_reads_more(opened):
    known, unknown = sign_up(opened.browser(), email='Edda@example.org'), sign_up(opened.browser())
    assert known.text.replace('Edda@example.org', NORA) == unknown.text
    opened.settle()
    [mail] = mails('Edda@example.org')
    assert 'you have an account already: edda' in text_of(mail) and '/login/forgotten' in text_of(mail)
    assert 'already' not in text_of(mails(NORA)[-1])


def test_nobody_can_be_pestered(opened):
    settings.accounts.signup_limit = 100
    for number in range(5):
        sign_up(opened.browser(), f'Nora {number}', NORA.upper() if number % 2 else NORA)
    opened.settle()
    assert Delivery.select().count() == 3 and Application.select().count() == 5
    clock.advance(DAY)
    link_for(opened)
    assert Delivery.select().count() == 4


def test_the_mail_goes_once(opened):
    sign_up(opened.browser())
    opened.settle()
    task = assert_enqueued(tasks.mail_link, application_id=Application.get().id)
    tasks.mail_link(Application.get().id)
    opened.settle()
    assert task.state == 'done' and len(mails(NORA)) == 1


# Where no mail comes

def test_a_moderator_lets_in_by_hand(either):
    link = link_for(either)
    page = either.login('mona').get('/signups?which=unconfirmed')
    form = page.forms['signups-form']
    form[f'pick-{Application.get().id}'] = True
    assert 'One account was made.' in form.submit('verdict', value='accept').follow()
    assert log_in(either.browser(), 'Nora', PASSWORD).status_int == 303
    assert either.app.get(link, status=404)


def test_the_doctor_tells_that_no_mail_leaves(opened):
    visit = Visit(None, True)
    [found] = checkup.links(visit)
    assert found.level == NOTE and '/signups' in found.do and 'confirm = no' in found.do
    for section, name, value in (('accounts', 'signup', 'closed'), ('accounts', 'confirm', False),
                                 ('mail', 'host', 'mail.example.org')):
        before = getattr(getattr(settings, section), name)
        setattr(getattr(settings, section), name, value)
        assert not list(checkup.links(visit))
        setattr(getattr(settings, section), name, before)
    assert 'signup' in [check.name for check in examining.CHECKS]
