"""Sessions: what is stored, how long they live, what ends them."""
import random

from kuma_lite import clock
from kuma_lite.accounts import actions, sessions, tasks
from kuma_lite.accounts.models import LoginAttempt, Session

DAY = 86400


def start(name='edda'):
    person = actions.find_person(name)
    return person, sessions.start_session(person)


def test_a_session_tells_who_it_is(site):
    person, token = start()
    assert sessions.person_for_session(token) == person
    for wrong in ('', token[:-1], token.swapcase(), 'ü', Session.get().token_hash):
        assert sessions.person_for_session(wrong) is None


def test_the_database_does_not_hold_the_token(site):
    _, token = start()
    assert token not in repr(Session.select().dicts().get())


def test_a_token_is_made_of_256_bits_of_chance(site):
    tokens = []
    for _ in range(3):
        random.seed(1)
        tokens += [start()[1], sessions.create_token(site.people.edda).removeprefix('kuma_')]
    assert len(set(tokens)) == 6 and {len(token) for token in tokens} == {43}     # of 6 bits each


def test_a_session_ends_when_it_is_not_used_for_thirty_days(site):
    _, token = start()
    clock.advance(30 * DAY)
    assert sessions.person_for_session(token) is None


def test_use_puts_off_the_end_but_writes_once_an_hour_at_most(site):
    _, token = start()
    first = Session.get().expires_at
    clock.advance(3000)
    sessions.person_for_session(token)
    assert Session.get().expires_at == first
    clock.advance(20 * DAY)
    sessions.person_for_session(token)
    clock.advance(20 * DAY)
    assert sessions.person_for_session(token)


def test_no_session_outlives_half_a_year(site):
    _, token = start()
    for _ in range(18):
        clock.advance(10 * DAY)
        sessions.person_for_session(token)
    assert sessions.person_for_session(token) is None


def test_another_password_ends_every_session_of_the_person_only(site):
    person, token = start()
    _, second = start()
    _, other = start('mona')
    actions.set_password(person, 'another quiet lake')
    assert sessions.person_for_session(token) is sessions.person_for_session(second) is None
    assert sessions.person_for_session(other)


def test_an_account_that_is_not_active_has_no_session(site):
    person, token = start()
    person.active = False
    person.save()
    assert sessions.person_for_session(token) is None


def test_old_sessions_are_deleted_in_chunks_and_live_ones_kept(site, monkeypatch):
    monkeypatch.setattr(tasks, 'CHUNK', 3)
    for _ in range(10):
        start()
    clock.advance(31 * DAY)
    _, token = start()
    for _ in range(2):      # safe to run twice
        tasks.delete_old_sessions.call_local()
        assert Session.select().count() == 1
    assert sessions.person_for_session(token)


def test_old_log_in_attempts_are_deleted(site):
    actions.check_login('edda', 'not her password', '192.0.2.1')
    clock.advance(2 * DAY)
    actions.check_login('mona', 'not hers either', '192.0.2.1')
    tasks.delete_old_login_attempts.call_local()
    assert LoginAttempt.select().count() == 1


def test_what_was_refused_stays_refused_when_the_clock_is_put_back(site):
    _, token = start()
    clock.advance(31 * DAY)
    assert sessions.person_for_session(token) is None
    clock.advance(-2 * DAY)
    assert sessions.person_for_session(token) is None


def test_an_end_that_a_wrong_clock_has_set_is_put_right(site):
    clock.advance(400 * DAY)
    person, token = start()
    clock.advance(-400 * DAY)
    assert sessions.person_for_session(token) == person
    assert Session.get().expires_at <= clock.now() + sessions.SESSION_IDLE
