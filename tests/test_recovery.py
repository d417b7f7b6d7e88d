"""“Forgot your password?”: the mail, its link, and what a stranger learns from it: nothing."""
import re
import statistics
import time

import pytest
from account_base import ask_for_link, fill, link_in, log_in, mails, text_of

from base import password
from kuma_lite import clock
from kuma_lite.account import tasks
from kuma_lite.account.models import LIFETIME, MailedLink
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import bans, sessions
from kuma_lite.accounts.models import ApiToken, Person
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.queue import modes
from kuma_lite.queue.tables import Task
from tasks_base import assert_enqueued, enqueued

NEW = 'a quiet green lake'
EDDA = 'edda@example.org'


def ask(site, who, browser=None, **environ):
    return ask_for_link(browser or site.browser(), who, **environ)


def asked(site, who='edda'):
    """The link that is mailed to edda when somebody asks for it."""
    ask(site, who)
    site.settle()
    return link_in(mails(EDDA)[-1])


def choose(browser, link, new=NEW):
    return fill(browser.get(link).forms['recover'], password=new).submit(expect_errors=True)


@pytest.mark.parametrize('who', ['edda', ' EDDA ', 'edda@example.org', 'Edda@Example.org'])
def test_a_link_by_mail_leads_to_a_new_password(site, who):
    browser = site.browser()
    assert '/login/forgotten' in browser.get('/login')
    answer = choose(browser, asked(site, who))
    assert (answer.status_int, answer.headers['Location']) == (303, '/login')
    assert 'password is changed' in answer.follow()
    assert log_in(browser, 'edda', password('edda')).status_int == 403
    assert log_in(browser, 'edda', NEW).status_int == 303


def test_it_ends_sessions_and_tokens_and_says_so(site):
    inside, token = site.login('edda'), sessions.create_token(site.people.edda)
    other = sessions.create_token(site.people.mona)
    choose(site.browser(), asked(site))
    assert 'Log out' not in inside.get('/')
    assert sessions.person_for_token(token) is None and sessions.person_for_token(other)
    assert ApiToken.select().count() == 1
    site.settle()
    last = text_of(mails(EDDA)[-1])
    assert 'was changed just now with a link that was mailed to you' in last and '/login/forgotten' in last


def test_the_link_works_once(site):
    link = asked(site)
    second = fill(site.app.get(link).forms['recover'], password='another green lake')
    assert choose(site.browser(), link).status_int == 303
    assert second.submit(status=404) and site.app.get(link, status=404)
    assert accounts.check_login('edda', NEW, '192.0.2.9')


def test_looking_at_it_changes_nothing(site):
    """Programs that look at the links of a mail before its reader does."""
    link, before = asked(site), Person.named('edda').password_hash
    for method in (site.app.get, site.app.head, site.app.get):
        assert method(link).status_int == 200
    assert Person.named('edda').password_hash == before
    assert choose(site.browser(), link).status_int == 303


def test_a_password_that_is_refused_leaves_the_link(site):
    link = asked(site)
    answer = choose(site.app, link, 'short')
    assert answer.status_int == 422 and '10 to 1000 characters' in answer
    assert fill(answer.forms['recover'], password=NEW).submit().status_int == 303


def test_after_an_hour_it_has_ended(site):
    link = asked(site)
    form = fill(site.app.get(link).forms['recover'], password=NEW)
    clock.advance(LIFETIME + 1)
    assert 'This link has ended' in form.submit(status=404) and site.app.get(link, status=404)
    assert accounts.check_login('edda', password('edda'), '192.0.2.9')


def test_the_next_link_makes_the_first_one_void(site):
    first, second = asked(site), asked(site)
    assert first != second and site.app.get(first, status=404)
    assert choose(site.browser(), second).status_int == 303


def test_a_password_or_address_that_changes_meanwhile_makes_it_void(site):
    link = asked(site)
    accounts.set_password(site.people.edda, NEW)
    assert site.app.get(link, status=404)
    link = asked(site)
    Person.update(email='new@example.org').where(Person.key == 'edda').execute()
    assert site.app.get(link, status=404)


def ban(person):
    bans.add(None, person=person, reason='Spam')


def close(person):
    Person.update(active=False).where(Person.id == person.id).execute()


@pytest.mark.parametrize('end', [ban, close])
def test_it_is_nothing_for_the_banned_and_the_inactive(site, end):
    link = asked(site)
    form = fill(site.app.get(link).forms['recover'], password=NEW)
    end(site.people.edda)
    assert form.submit(status=404) and site.app.get(link, status=404)
    count = len(mails(EDDA))
    assert 'a mail is on its way' in ask(site, 'edda')
    site.settle()
    assert len(mails(EDDA)) == count


@pytest.mark.parametrize('change', [
    lambda link: link[:-1], lambda link: link + '0', lambda link: link.replace('=', '=0'),
    lambda link: re.sub('=[0-9]+', '=999', link), lambda link: re.sub('[.][0-9a-f]+', '.' + '0' * 64, link),
    lambda link: '/recover', lambda link: '/recover?link=' + 'x' * 200, lambda link: '/recover?link=%ff.%00'])
def test_a_link_that_was_made_up_leads_nowhere(site, change):
    answer = site.app.get(change(asked(site)), expect_errors=True)
    assert answer.status_int in (400, 404, 413) and 'recover' not in answer.forms


def test_the_link_of_one_account_is_none_for_another(site):
    mine = asked(site)
    ask(site, 'mona')
    site.settle()
    theirs = link_in(mails('mona@example.org')[-1])
    mixed = f'{theirs.partition(".")[0]}.{mine.partition(".")[2]}'
    assert site.app.get(mixed, status=404)


def test_a_forged_host_is_not_in_the_mail(site):
    ask(site, 'edda', HTTP_HOST='evil.test')
    site.settle()
    assert not mails(EDDA)      # refused for that alone
    forwarded = {'HTTP_X_FORWARDED_HOST': 'evil.test', 'HTTP_FORWARDED': 'host=evil.test'}
    assert ask(site, 'edda', **forwarded).status_int == 200
    site.settle()
    text = text_of(mails(EDDA)[-1])
    assert 'evil' not in text and 'http://wiki.test/recover?link=' in text


def test_no_table_holds_the_link(site):
    secret = asked(site).partition('.')[2]
    for model in (MailedLink, Message, Delivery, Task):
        assert secret not in repr(list(model.select().dicts())), model
    number = Delivery.get().id
    ada = site.login('ada')
    for page in (f'/mails/{number}', f'/mails/{number}.eml'):
        whole = re.sub('=\r?\n', '', ada.get(page).text)     # without its soft line ends
        assert secret not in whole
    choose(site.browser(), f'/recover?link={MailedLink.get().id}.{secret}')
    site.settle()
    assert secret not in repr(list(Task.select().dicts()))


def test_the_page_keeps_the_link_to_itself(site):
    answer = site.app.get(asked(site))
    assert answer.headers['Referrer-Policy'] == 'same-origin'
    assert answer.headers['Cache-Control'] == 'no-store'
    assert not [tag for tag in answer.html.find_all(['a', 'img', 'script', 'link', 'form'])
                if '//' in (tag.get('href') or tag.get('src') or tag.get('action') or '')]


# What a stranger sees

def test_known_and_unknown_get_the_same_answer(site):
    browser = site.browser()
    close(site.people.mallory)
    ban(site.people.wanda)
    everybody = ('edda', EDDA, 'otto', 'otto@example.org', 'mallory', 'wanda')
    answers = [ask(site, who, browser) for who in everybody]
    assert {answer.status_int for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


def test_and_it_takes_the_same_time(site):
    """Measured without what tasks do afterwards, which no answer waits for."""
    modes.start_manual()

    times = {'warm': [], 'edda': [], 'otto': []}
    for number in range(20):
        for who, taken in times.items():
            form = fill(site.app.get('/login/forgotten').forms['forgotten'], who=who)
            started = time.perf_counter()
            form.submit(extra_environ={'REMOTE_ADDR': f'192.0.2.{number}'})
            taken.append(time.perf_counter() - started)
    assert 0.5 < statistics.median(times['edda']) / statistics.median(times['otto']) < 2
    assert len(enqueued(tasks.mail_recovery)) == 60     # one task each, whoever it was


def test_what_was_typed_is_kept_nowhere(site):
    ask(site, 'oops my password')
    site.settle()
    for model in (Task, MailedLink, Message):
        assert 'oops' not in repr(list(model.select().dicts()))


def test_accounts_that_share_an_address_get_a_mail_each(site):
    Person.update(email=EDDA).where(Person.key == 'wanda').execute()
    ask(site, EDDA)
    site.settle()
    assert {text_of(mail).split()[1] for mail in mails(EDDA)} == {'edda,', 'wanda,'}


def test_an_account_gets_three_mails_an_hour_and_keeps_the_last_link(site):
    for number in range(6):
        ask(site, 'edda', REMOTE_ADDR=f'192.0.2.{number}')
    site.settle()
    assert len(mails(EDDA)) == 3
    answers = [site.app.get(link_in(mail), expect_errors=True).status_int for mail in mails(EDDA)]
    assert answers == [404, 404, 200]
    clock.advance(2 * 3600)
    asked(site)
    assert len(mails(EDDA)) == 4


def test_a_network_address_may_ask_twenty_times_an_hour(site):
    answers = [ask(site, f'nobody {number}') for number in range(21)]
    assert [answer.status_int for answer in answers] == [200] * 20 + [429]
    assert int(answers[-1].headers['Retry-After']) > 0
    assert ask(site, 'edda', REMOTE_ADDR='203.0.113.4').status_int == 200


def test_nothing_typed_is_a_sentence(site):
    assert 'Please say your name' in ask(site, '  ')


def test_the_task_may_run_twice(site):
    ask(site, 'edda')
    site.settle()
    task = assert_enqueued(tasks.mail_recovery, person_ids=[site.people.edda.id])
    tasks.mail_recovery([site.people.edda.id], MailedLink.get().salt)
    site.settle()
    assert task.state == 'done' and len(mails(EDDA)) == 1 and MailedLink.select().count() == 1


def test_the_owner_who_was_locked_out_gets_in_again(site):
    for number in range(100):
        accounts.check_login('edda', 'wrong', f'192.0.2.{number}')
    choose(site.app, asked(site))
    assert log_in(site.app, 'edda', NEW).status_int == 303


def test_fifty_wrong_passwords_slow_the_guesser_only(site):
    guesses = [log_in(site.browser(), 'edda', 'wrong', '203.0.113.4').status_int for _ in range(50)]
    assert guesses == [403] * 10 + [429] * 40
    assert log_in(site.browser(), 'edda', password('edda')).status_int == 303


def test_old_links_are_forgotten(site):
    asked(site)
    clock.advance(LIFETIME + 60)
    tasks.delete_old_links.call_local()
    assert MailedLink.select().exists()
    clock.advance(2 * 86400)
    for _ in range(2):      # safe to run twice
        tasks.delete_old_links.call_local()
        assert not MailedLink.select().exists()
