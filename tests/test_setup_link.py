"""The first account: a link that `serve` prints, and that works once."""
import threading

import pytest

from kuma_lite import db
from kuma_lite.accounts import actions, sessions
from kuma_lite.accounts.models import Person


@pytest.fixture
def empty(site):
    """A site without any account."""
    Person.delete().execute()
    return site


def address():
    return f'/setup/{actions.setup_token()}'


def fill_in(browser, name='Rosa', email='rosa@example.org', password='a quiet green lake'):
    form = browser.get(address()).forms['setup']
    form['name'], form['email'], form['password'] = name, email, password
    return form


def test_the_link_makes_an_admin_and_logs_in(empty):
    answer = fill_in(empty.app).submit(status=303)
    assert answer.headers['Location'] == '/'
    assert Person.get().at_least('admin')
    assert sessions.person_for_session(empty.app.cookies['kuma_session']).name == 'Rosa'


def test_it_works_once(empty):
    link, late = address(), fill_in(empty.browser(), name='Late')
    fill_in(empty.app).submit(status=303)
    assert actions.setup_token() is None
    assert 'first account already' in empty.app.get(link, status=404)
    assert 'first account already' in late.submit(status=404)
    assert [person.name for person in Person.select()] == ['Rosa']


def test_another_link_is_worth_nothing(empty):
    right = actions.setup_token()
    for wrong in ('x', right[:-1], right.upper(), right + '0', '%C3%BC'):
        assert 'set-up link' in empty.app.get(f'/setup/{wrong}', status=404)
    empty.app.get('/setup/', status=404)


def test_a_site_with_people_has_no_link(site):
    assert actions.setup_token() is None
    site.app.get('/setup/x', status=404)


def test_bad_input_keeps_what_was_typed_except_the_password(empty):
    answer = fill_in(empty.app, password='password12').submit(expect_errors=True)
    assert answer.status_int == 422
    assert [answer.forms['setup'][field].value for field in ('name', 'email')] == ['Rosa', 'rosa@example.org']
    assert 'password12' not in answer.text
    assert not Person.select().exists()


def test_of_two_at_the_same_time_one_wins(empty):
    token, ready, made, late = actions.setup_token(), threading.Barrier(8, timeout=30), [], []

    def attempt(number):
        with db.connection():
            ready.wait()
            try:
                made.append(actions.create_first_person(token, f'Rosa {number}', 'rosa@example.org',
                                                        'a quiet green lake'))
            except actions.AlreadySetUp as error:
                late.append(error)
    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(late), Person.select().count()) == (1, 7, 1)


def test_a_used_link_leads_to_the_log_in(empty):
    link = address()
    fill_in(empty.app).submit(status=303)
    assert '/login' in [link['href'] for link in empty.browser().get(link, status=404).html.select('main a')]
