"""Logging in and out through the browser's doors, and the limits on trying."""
import statistics
import threading
import time

import pytest
from argon2 import PasswordHasher

from kuma_lite import clock, db
from kuma_lite.accounts import actions, passwords, sessions
from kuma_lite.accounts.models import LoginAttempt, Person, Session

QUARTER = 15 * 60
ELSEWHERE = ['https://example.com/', '//example.com', '/\\example.com', '\\\\example.com', '/\t/example.com',
             'javascript:alert(1)', '@example.com', '/' * 2000]


def log_in(site, name='edda', password='correct horse edda', address='192.0.2.7', **fields):
    form = site.app.get('/login').forms['login']
    for field, value in {'name': name, 'password': password, **fields}.items():
        form[field] = value
    return form.submit(extra_environ={'REMOTE_ADDR': address}, expect_errors=True)


def cookie(site):
    return site.app.cookies.get('kuma_session', '')


def whoami(site):
    person = sessions.person_for_session(cookie(site))
    return person and person.name


def test_the_right_password_logs_in_and_leads_on(site):
    answer = log_in(site, next='/docs/Tea$edit')
    assert (answer.status_int, answer.headers['Location']) == (303, '/docs/Tea$edit')
    assert whoami(site) == 'edda'


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site):
    [header] = [value for value in log_in(site).headers.getall('Set-Cookie') if 'kuma_session' in value]
    assert 'HttpOnly' in header and 'SameSite=Lax' in header and 'Domain' not in header


def test_the_name_may_be_spelled_in_any_way(site):
    assert log_in(site, name=' EDDA ').status_int == 303


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(site):
    wrong, unknown = log_in(site, password='correct horse mona'), log_in(site, name='otto')
    assert wrong.status_int == unknown.status_int == 403
    assert wrong.text.replace('edda', 'otto') == unknown.text
    assert not Session.select().exists()


def test_and_it_takes_the_same_time(site, monkeypatch):
    monkeypatch.setattr(passwords, 'hasher', PasswordHasher(2, 19 * 1024, 1))
    actions.set_password(actions.find_person('edda'), 'a quiet green lake')

    def median(name):
        times = []
        for number in range(5):
            started = time.process_time()
            actions.check_login(name, 'wrong', f'192.0.2.{number}')
            times.append(time.process_time() - started)
        return statistics.median(times)
    assert 1 / 3 < median('edda') / median('otto') < 3


def test_an_account_that_is_not_active_is_like_one_that_does_not_exist(site):
    Person.update(active=False).where(Person.key == 'edda').execute()
    assert log_in(site).status_int == 403


def test_a_wrong_password_keeps_the_name_but_never_the_password(site):
    answer = log_in(site, password='a wrong <secret>')
    assert answer.forms['login']['name'].value == 'edda'
    assert 'wrong &lt;secret' not in answer.text and 'wrong <secret' not in answer.text


def test_every_log_in_gets_a_new_session_and_ends_the_one_before(site):
    log_in(site)
    first = cookie(site)
    log_in(site)
    assert cookie(site) != first
    assert sessions.person_for_session(first) is None and whoami(site) == 'edda'


def test_a_session_that_was_planted_is_not_taken_over(site):
    site.app.set_cookie('kuma_session', 'planted')
    log_in(site)
    assert cookie(site) != 'planted'
    assert sessions.person_for_session('planted') is None


def test_a_form_from_before_the_log_in_is_worth_nothing_after_it(site):
    before = site.app.get('/login').forms['login']
    log_in(site)
    assert before.submit(expect_errors=True).status_int == 403


def test_logging_out_ends_the_session_at_once(site):
    log_in(site)
    old, form = cookie(site), site.app.get('/login').forms['login']
    site.app.post('/logout', {'csrf': form['csrf'].value}, status=303)
    assert sessions.person_for_session(old) is None
    assert not cookie(site)


@pytest.mark.parametrize('path', ['/', '/all', '/account', '/docs/Tea$edit', '/nowhere'])
def test_one_can_log_out_on_every_page(site, path):
    page = site.login('edda').get(path, expect_errors=True)
    [form] = [form for form in page.forms.values() if form.action == '/logout']
    assert form.submit().status_int == 303


def test_a_log_out_needs_a_form_of_ours(site):
    log_in(site)
    site.app.get('/logout', status=405)
    site.app.post('/logout', status=403)
    assert whoami(site) == 'edda'


@pytest.mark.parametrize('field', ['name', 'password'])
def test_a_form_that_arrives_in_part_is_refused(site, field):
    form = site.app.get('/login').forms['login']
    fields = [pair for pair in form.submit_fields() if pair[0] != field]
    site.app.post('/login', fields, status=400)


def test_the_way_back_stays_on_this_site(site):
    for target in ELSEWHERE:
        address = log_in(site, next=target).headers['Location']
        assert address.startswith('/') and address[1:2] not in ('/', '\\'), target
        assert site.app.get('/login', {'next': target}).forms['login']['next'].value.startswith('/')


def test_the_eleventh_wrong_try_for_a_name_is_not_judged(site):
    for _ in range(10):
        assert log_in(site, password='wrong').status_int == 403
    refused = log_in(site)
    assert refused.status_int == 429
    assert [label.text for label in refused.html.find_all('label')] == ['Name']
    assert 0 < int(refused.headers['Retry-After']) <= QUARTER
    assert not whoami(site)


def test_unknown_names_are_limited_alike(site):
    answers = [log_in(site, name='otto').status_int for _ in range(11)]
    assert answers == [403] * 10 + [429]


def test_the_owner_elsewhere_still_gets_in_and_gives_no_new_tries_away(site):
    for _ in range(10):
        log_in(site, password='wrong', address='203.0.113.6')
    assert log_in(site).status_int == 303
    assert log_in(site, address='203.0.113.6').status_int == 429


@pytest.mark.parametrize('attempt', [
    lambda number: ('edda', 'wrong', f'192.0.2.{number}'),
    lambda number: (f'otto {number}', 'wrong', '192.0.2.7')])
def test_an_account_and_an_address_get_a_hundred_tries_in_all(site, attempt):
    for number in range(100):
        assert actions.check_login(*attempt(number)) is None
    with pytest.raises(actions.TooMany):
        actions.check_login(*attempt(100))


def test_a_failed_log_in_is_logged_by_the_number_of_its_request(site, caplog):
    caplog.set_level('INFO')
    answer = log_in(site, name='oops my password', password='wrong')
    assert f'Request {answer.headers["X-Request-Id"]}: the log-in from 192.0.2.7 failed' in caplog.text
    assert 'oops' not in caplog.text


def test_a_log_in_is_logged_step_by_step(site, caplog):
    caplog.set_level('INFO')
    log_in(site)
    assert 'The password of edda was right, from 192.0.2.7' in caplog.text
    assert 'edda is logged in, from 192.0.2.7' in caplog.text and 'correct horse' not in caplog.text


def test_the_limit_passes_with_time(site):
    for _ in range(10):
        log_in(site, password='wrong')
    clock.advance(int(log_in(site).headers['Retry-After']))
    assert log_in(site).status_int == 303


def test_the_right_password_starts_the_count_again(site):
    for _ in range(2):
        for _ in range(9):
            log_in(site, password='wrong')
        assert log_in(site).status_int == 303
    assert not LoginAttempt.select().exists()


def test_many_tries_at_one_moment_are_limited_too(site):
    judged, ready = [], threading.Barrier(12, timeout=30)

    def attempt():
        with db.connection():
            ready.wait()
            try:
                judged.append(actions.check_login('edda', 'wrong', '192.0.2.7'))
            except actions.TooMany:
                pass
    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(judged) == 10


def test_what_was_typed_as_a_name_is_not_stored(site):
    log_in(site, name='oops my password')
    assert 'oops' not in repr(list(LoginAttempt.select().dicts()))


def test_a_hash_with_old_parameters_is_renewed_at_log_in(site, monkeypatch):
    monkeypatch.setattr(passwords, 'hasher', PasswordHasher(2, 16, 1))
    before = actions.find_person('edda').password_hash
    assert log_in(site).status_int == 303
    after = actions.find_person('edda').password_hash
    assert after != before and not passwords.outdated(after)
    assert log_in(site).status_int == 303
