"""The second factor: codes of an app, each once; recovery codes, each once; and what takes it away."""
import threading

import pyotp
import pytest
from account_base import ask_for_link, fill, link_in, log_in, mails, text_of

from base import password
from kuma_lite import clock, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import bans, second_factor, sessions
from kuma_lite.accounts.models import Person, RecoveryCode, SecondFactor

NEW = 'a quiet green lake'
SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'     # of RFC 6238, "12345678901234567890"
HERE = '/account/second-factor'


def code(steps=0):
    """What edda's app shows so many times thirty seconds from now."""
    return pyotp.TOTP(SECRET).at(int(clock.now()) + 30 * steps)


@pytest.fixture
def codes(site):
    """The recovery codes of edda, whose second factor is on; her app shows a code that was not used yet."""
    found = second_factor.turn_on(site.people.edda, SECRET, code())
    clock.advance(30)
    return found


@pytest.fixture
def step(site, codes):
    """A function that logs edda in as far as the code."""
    def ask(browser=None, **environ):
        answer = log_in(browser or site.browser(), 'edda', password('edda'))
        assert answer.status_int == 200
        return answer.forms['code-form']
    return ask


def enter(form, code):
    return fill(form, code=code).submit(expect_errors=True)


def logged_in(browser):
    return 'Log out' in browser.get('/')


def test_it_is_turned_on_with_a_code_and_asked_for_from_then_on(site):
    edda = site.login('edda')
    page = edda.get(HERE)
    assert page.html.find('img', class_='qr')['src'].startswith('data:image/svg+xml')
    app = pyotp.TOTP(page.forms['factor-form']['secret'].value)
    form = fill(page.forms['factor-form'], password=password('edda'))
    shown = enter(form, app.at(int(clock.now())))
    assert len(shown.html.select('ul.codes li')) == 10 and shown.headers['Cache-Control'] == 'no-store'
    assert 'second factor is on' in shown and 'on <a' in edda.get('/account')
    site.settle()
    assert 'was turned on' in mails('edda@example.org')[-1]['Subject']
    clock.advance(30)
    browser = site.browser()
    answer = log_in(browser, 'edda', password('edda'))
    assert not logged_in(browser)
    assert enter(answer.forms['code-form'], app.at(int(clock.now()))).status_int == 303 and logged_in(browser)


@pytest.mark.parametrize('fields, words', [
    ({'code': '000000'}, 'not the code'), ({'password': 'x'}, 'not your'), ({'secret': 'x'}, 'once more'),
    ({'code': ''}, 'not the code')])
def test_it_is_not_turned_on_by_less(site, fields, words):
    form = site.login('edda').get(HERE).forms['factor-form']
    right = pyotp.TOTP(form['secret'].value).at(int(clock.now()))
    answer = fill(form, **{'password': password('edda'), 'code': right, **fields}).submit(status=422)
    assert words in answer and not SecondFactor.select().exists()
    if 'secret' not in fields:
        assert answer.forms['factor-form']['secret'].value == form['secret'].value


def test_the_codes_are_those_of_the_standard():
    for time, right in ((59, '287082'), (1111111109, '081804'), (20000000000, '353130')):
        assert pyotp.TOTP(SECRET).at(time) == right


@pytest.mark.parametrize('next, leads', [('/docs/Tea', '/docs/Tea'), ('//example.com', '/'),
                                         ('https://example.com', '/')])
def test_after_the_code_it_leads_on_to_a_page_of_this_site(site, step, next, leads):
    assert enter(fill(step(), next=next), code()).headers['Location'] == leads


def test_a_code_counts_once(site, step):
    used = code()
    assert enter(step(), used).status_int == 303
    second = site.browser()
    answer = enter(step(second), used)
    assert answer.status_int == 403 and 'was used' in answer and not logged_in(second)
    assert enter(answer.forms['code-form'], code(-1)).status_int == 403     # nor does one from before it
    clock.advance(30)
    assert enter(answer.forms['code-form'], code()).status_int == 303


def test_each_code_is_logged_as_right_or_wrong(step, caplog):
    caplog.set_level('INFO')
    form = step()
    assert 'is logged in' not in caplog.text
    enter(form, '000000')
    enter(form, 'not-one-of-them')
    enter(form, code())
    for words in ('A code (app) of edda is wrong', 'A code (recovery) of edda is wrong',
                  'A code (app) of edda is right', 'edda is logged in'):
        assert words in caplog.text
    assert code() not in caplog.text


def test_the_code_that_turned_it_on_is_used_up(site):
    second_factor.turn_on(site.people.edda, SECRET, code())
    assert not second_factor.accepts(site.people.edda, code())


def test_of_two_at_the_same_time_with_one_code_one_gets_in(site, codes):
    got, ready, used = [], threading.Barrier(6, timeout=10), code()

    def attempt():
        with db.connection():
            ready.wait()
            got.append(second_factor.accepts(site.people.edda, used))
    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False] * 5 + [True]


@pytest.mark.parametrize('steps, counts', [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_half_a_minute(site, codes, steps, counts):
    clock.advance(300)
    assert second_factor.accepts(site.people.edda, code(steps)) == counts


@pytest.mark.parametrize('wrong', ['', '000', '12345', '1234567', 'abcdef', '１２３４５６', 'x' * 40, '-'])
def test_anything_else_is_no_code(site, step, wrong):
    assert enter(step(), wrong).status_int == 403


def test_a_recovery_code_works_once_in_any_spelling(site, step, codes):
    assert enter(step(), codes[0].upper().replace('-', ' ')).status_int == 303
    assert enter(step(), codes[0]).status_int == 403
    assert second_factor.codes_left(site.people.edda) == 9
    assert codes[1] not in repr(list(RecoveryCode.select().dicts()))


def test_the_last_recovery_codes_are_said_to_be_the_last(site, step, codes):
    RecoveryCode.delete().where(RecoveryCode.id > 2).execute()
    browser = site.browser()
    enter(step(browser), codes[0])
    assert 'You have 1 recovery code' in browser.get('/')


def test_codes_of_somebody_else_do_not_count(site, step):
    theirs = second_factor.turn_on(site.people.mona, 'A' * 32, pyotp.TOTP('A' * 32).at(int(clock.now())))
    assert enter(step(), theirs[0]).status_int == 403


def test_ten_codes_an_hour_from_wherever(site, step):
    form = step()
    answers = [fill(form, code='000000').submit(extra_environ={'REMOTE_ADDR': f'192.0.2.{number}'},
                                                expect_errors=True) for number in range(11)]
    assert [answer.status_int for answer in answers] == [403] * 10 + [429]
    assert int(answers[-1].headers['Retry-After']) > 0 and 'minutes' in answers[-1]
    assert enter(step(), code()).status_int == 429
    clock.advance(2 * 3600)
    assert enter(step(), code()).status_int == 303


def test_the_code_is_no_way_in_without_the_password(site, step):
    answer = log_in(site.app, 'edda', 'wrong')
    assert answer.status_int == 403 and 'code-form' not in answer.forms
    form = step()
    for proof in ('', '1', '1.1.x', form['proof'].value[:-1], form['proof'].value.replace('.', '.1', 1),
                  form['proof'].value.replace(f'{site.people.edda.id}.', f'{site.people.mona.id}.', 1)):
        assert fill(form, proof=proof, code=code()).submit(status=403)


def change_password(site):
    accounts.set_password(site.people.edda, NEW)


def ban(site):
    bans.add(None, person=site.people.edda, reason='Spam')


def close(site):
    Person.update(active=False).where(Person.key == 'edda').execute()


def wait(site):
    clock.advance(601)


@pytest.mark.parametrize('end', [change_password, ban, close, wait])
def test_what_was_begun_ends_with(site, step, end):
    form = step()
    end(site)
    answer = enter(form, code())
    assert answer.status_int == 403 and 'log in once more' in answer


def test_a_new_password_by_mail_does_not_go_round_it(site, step):
    browser = site.browser()
    ask_for_link(browser, 'edda')
    fill(browser.get(link_in(mails('edda@example.org')[-1])).forms['recover'], password=NEW).submit()
    answer = log_in(browser, 'edda', NEW)
    assert not logged_in(browser) and enter(answer.forms['code-form'], code()).status_int == 303


def in_form(browser, action, code, word=None):
    form = browser.get(HERE).forms['factor-form']
    form.action = f'{HERE}/{action}'
    return fill(form, password=word or password('edda'), code=code).submit(expect_errors=True)


def test_turning_it_off_asks_for_the_password_and_a_code(site, codes):
    edda = site.login('edda')
    assert 'not your password' in in_form(edda, 'off', code(), 'wrong')
    assert 'does not count' in in_form(edda, 'off', '000000')
    assert SecondFactor.select().exists()
    assert in_form(edda, 'off', code()).status_int == 303
    assert not SecondFactor.select().exists() and not RecoveryCode.select().exists()
    assert log_in(site.app, 'edda', password('edda')).status_int == 303
    site.settle()
    assert 'the password is enough' in text_of(mails('edda@example.org')[-1])


def test_new_recovery_codes_replace_the_old_ones(site, codes):
    shown = in_form(site.login('edda'), 'codes', codes[0])
    fresh = [item.text for item in shown.html.select('ul.codes code')]
    assert len(fresh) == 10 and not set(fresh) & set(codes)
    assert not second_factor.accepts(site.people.edda, codes[1])
    assert second_factor.accepts(site.people.edda, fresh[0])


def test_it_cannot_be_replaced_by_whoever_has_the_password(site, codes):
    """The form that turns it on, sent while it is on."""
    edda = site.login('edda')
    fields = {'csrf': edda.get(HERE).forms['factor-form']['csrf'].value, 'secret': 'A' * 32,
              'code': pyotp.TOTP('A' * 32).at(int(clock.now())), 'password': password('edda')}
    assert 'on already' in edda.post(HERE, fields, status=422)
    assert SecondFactor.get().secret == SECRET


def test_programs_with_a_token_go_on(site, codes):
    token = sessions.create_token(site.people.edda)
    site.page('Tea', 'Hot.')
    site.app.get('/api/v1/pages/Tea', headers={'Authorization': f'Bearer {token}'})
    assert sessions.person_for_token(token)


def test_who_leaves_takes_it_along(site, codes):
    with db.atomic():
        accounts.close(site.people.edda)
    assert not SecondFactor.select().exists() and not RecoveryCode.select().exists()
