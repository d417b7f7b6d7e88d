"""API tokens: text that is shown once, a hash that is kept."""
import re

from kuma_lite import clock
from kuma_lite.accounts import actions, sessions
from kuma_lite.accounts.models import ApiToken


def make():
    person = actions.find_person('edda')
    return person, sessions.create_token(person, 'backup script')


def test_a_token_stands_for_its_person(site):
    person, token = make()
    assert re.fullmatch(r'kuma_[\w-]{43}', token)
    assert sessions.person_for_token(token) == person


def test_the_database_does_not_hold_the_token(site):
    _, token = make()
    assert token not in repr(ApiToken.select().dicts().get())


def test_other_tokens_stand_for_nobody(site):
    _, token = make()
    session = sessions.start_session(actions.find_person('edda'))
    for wrong in ('', 'kuma_', token[:-1], token.upper(), 'ü\ud800', session, ApiToken.get().token_hash):
        assert sessions.person_for_token(wrong) is None
    assert sessions.person_for_session(token) is None


def test_a_token_of_an_account_that_is_not_active_is_worth_nothing(site):
    person, token = make()
    person.active = False
    person.save()
    assert sessions.person_for_token(token) is None


def test_its_last_use_is_noted_once_an_hour_at_most(site):
    _, token = make()
    used = []
    for seconds in (0, 60, 7200):
        clock.advance(seconds)
        sessions.person_for_token(token)
        used.append(ApiToken.get().used_at)
    assert used[0] == used[1] < used[2]
