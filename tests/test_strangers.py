"""What a stranger learns about who has an account, from the doors that anybody may knock at: nothing."""
import statistics
import time

import pytest
from account_base import fill, log_in
from argon2 import PasswordHasher

from base import password
from kuma_lite import clock
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import bans, passwords, second_factor
from kuma_lite.accounts.models import Person, SecondFactor
from kuma_lite.config import settings

WRONG = 'a wrong green lake'


@pytest.fixture
def real_hashes(site, monkeypatch):
    """Passwords hashed as they are outside of tests; else nobody could measure anything."""
    monkeypatch.setattr(passwords, 'hasher', PasswordHasher(2, 19 * 1024, 1))
    for name in ('edda', 'mona', 'wanda', 'mallory'):
        accounts.set_password(getattr(site.people, name), password(name))


@pytest.fixture
def all_kinds(site, real_hashes):
    """Names: of an account like any other, with a second factor, banned, closed; and of nobody."""
    SecondFactor.create(person=site.people.mona, secret=second_factor.new_secret(), last_step=0)
    bans.add(None, person=site.people.wanda, reason='Spam')
    Person.update(active=False).where(Person.key == 'mallory').execute()
    return ['edda', 'mona', 'wanda', 'mallory', 'otto']


def medians(names, ask, rounds=7):
    """{name: median seconds of CPU}; in turns, so that a busy moment hits all of them."""
    taken = {name: [] for name in names}
    for number in range(rounds):
        for name in names:
            form = ask(name, number)
            started = time.process_time()
            form.submit(extra_environ={'REMOTE_ADDR': f'192.0.2.{number}'}, expect_errors=True)
            taken[name].append(time.process_time() - started)
    return {name: statistics.median(times) for name, times in taken.items()}


def test_a_wrong_password_is_answered_alike_whoever_it_is(site, all_kinds):
    answers = {name: log_in(site.app, name, WRONG) for name in all_kinds}
    assert {answer.status_int for answer in answers.values()} == {403}
    assert len({answer.text.replace(name, 'NAME') for name, answer in answers.items()}) == 1


def test_and_in_the_same_time(site, all_kinds):
    def ask(name, number):
        return fill(site.app.get('/login').forms['login'], name=name, password=WRONG)
    found = medians(all_kinds, ask)
    assert max(found.values()) < 2 * min(found.values()), found


def signing_up(site, name, email):
    form = site.app.get('/signup').forms['signup']
    fill(form, name=name, email=email, password='a quiet green lake')
    clock.advance(5)
    return form


@pytest.mark.parametrize('confirm', [True, False])
@pytest.mark.parametrize('mode', ['open', 'approval'])
def test_signing_up_does_not_tell_whose_mail_address_is_known(site, mode, confirm):
    """Nor whose name, unless `confirm` is off: then it has to."""
    settings.accounts.signup, settings.accounts.confirm = mode, confirm
    known = signing_up(site, 'edda' if confirm else 'Nora', 'edda@example.org').submit()
    site.app.reset()
    unknown = signing_up(site, 'Olaf', 'olaf@example.org').submit()
    assert known.status_int == unknown.status_int
    assert known.text.replace('edda@example.org', 'olaf@example.org') == unknown.text


def test_nor_does_the_time_that_it_takes(site, real_hashes):
    settings.accounts.signup, settings.accounts.signup_limit = 'approval', 1000

    def ask(name, number):
        return signing_up(site, name, f'{name}@example.org')
    found = medians(['edda', 'otto'], ask)
    assert max(found.values()) < 2 * min(found.values()), found
