"""What is asked of one account at the same moment: limits hold, and who knows only the old password loses."""
import threading

import pytest
from account_base import fill, log_in, mails

from base import password
from kuma_lite import db
from kuma_lite.account import actions as own
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import passwords, sessions
from kuma_lite.accounts.models import ApiToken, FormerName, Person, SecondFactor, Session
from kuma_lite.accounts.rules import Invalid

NEW, THIEFS = 'a quiet green lake', 'a loud and red desert'
AT_ONCE = 6


@pytest.fixture
def together(site, monkeypatch):
    """Do it so often at once; nobody goes on before all have said the password. Returns how often it went."""
    def run(act):
        ready, done = threading.Barrier(AT_ONCE, timeout=30), []

        def knows(person, password):
            return ready.wait() >= 0

        def one(number):
            with db.connection():
                try:
                    act(Person.named('edda'), number)
                except Invalid:
                    return
                done.append(number)
        monkeypatch.setattr(accounts, 'knows_password', knows)
        threads = [threading.Thread(target=one, args=[number]) for number in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(done)
    return run


def test_one_name_of_many_is_given(site, together):
    assert together(lambda edda, number: own.rename(edda, 'Edda ' + 'abcdef'[number], '')) == 1
    assert FormerName.select().count() == 1


def test_no_token_is_made_beyond_the_last(site, together):
    for _ in range(own.TOKENS - 2):
        sessions.create_token(site.people.edda, 'one')
    assert together(lambda edda, number: own.make_token(edda, 'another', '')) == 2
    assert ApiToken.select().count() == own.TOKENS


@pytest.fixture
def changed_meanwhile(site, monkeypatch):
    """While the next password is looked at, its owner chooses another one; it is found right."""
    right = passwords.fits

    def slowly(given, stored):
        monkeypatch.setattr(passwords, 'fits', right)
        fits = right(given, stored)
        accounts.set_password(accounts.find_person('edda'), NEW)
        return fits
    return lambda: monkeypatch.setattr(passwords, 'fits', slowly)


def test_a_log_in_with_the_password_of_a_moment_ago_is_none(site, changed_meanwhile):
    thief = site.browser()
    changed_meanwhile()
    answer = log_in(thief, 'edda', password('edda'))
    assert answer.status_int == 403 and 'changed just now' in answer
    assert not Session.select().exists() and 'Log out' not in thief.get('/')
    assert log_in(thief, 'edda', NEW).status_int == 303


@pytest.mark.parametrize('place, form, fields', [
    ('', 'token-form', {'label': 'x'}), ('/address', 'address-form', {'email': 'thief@example.org'}),
    ('/leave', 'leave-form', {'name': 'drop'})])
def test_what_was_begun_with_it_does_not_happen(site, changed_meanwhile, place, form, fields):
    page = site.login('edda').get(f'/account{place}')
    changed_meanwhile()
    answer = fill(page.forms[form], **fields, password=password('edda')).submit(expect_errors=True)
    assert answer.status_int == 422 and 'not your password' in answer
    site.settle()
    assert Person.named('edda').active and not ApiToken.select().exists() and not mails('thief@example.org')


def test_nor_does_it_choose_a_password_or_a_second_factor(site, changed_meanwhile):
    edda = accounts.find_person('edda')
    for act in (lambda: own.change_password(edda, password('edda'), THIEFS, ''),
                lambda: own.turn_on_factor(edda, password('edda'), 'A' * 32, '000000')):
        changed_meanwhile()
        with pytest.raises(Invalid, match='not your password'):
            act()
    assert accounts.check_login('edda', NEW, '192.0.2.7') and not SecondFactor.select().exists()
