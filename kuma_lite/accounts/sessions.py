"""Who is logged in: sessions of browsers and tokens for the API. The one writer of both.

Both are kept as digests only.
"""
import contextlib
import logging
import secrets

from peewee import OperationalError

from kuma_lite import clock, db
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import ApiToken, Session
from kuma_lite.accounts.rules import digest
from kuma_lite.queue import context
from kuma_lite.web import session
from kuma_lite.web.refusals import Forbidden

log = logging.getLogger(__name__)

HOUR, DAY = 3600, 86400
AGENT_LIMIT = 300       # characters
SESSION_IDLE = 30 * DAY         # a session ends when it was not used for so long
SESSION_MOST = session.LIFETIME     # and after this time in any case, when its cookie ends


class Changed(Forbidden):
    """The password is another one than that which was looked at, and what began with it has ended."""


def log_in(person):
    """Give the browser that asks a new session; the one that it came with is worth nothing afterwards."""
    if session.token():
        end_session(session.token())
    session.start(start_session(person, session.agent()))


def start_session(person, agent=''):
    """Log the person in, with a browser that calls itself `agent`; returns the token for the cookie. Raises
    Changed."""
    token = secrets.token_urlsafe(32)
    with db.atomic():
        if not person.has_same_password():
            raise Changed('The password of this account was changed just now. Please log in once more.')
        Session.create(token_hash=digest(token), person=person, agent=agent[:AGENT_LIMIT],
                       expires_at=clock.now() + SESSION_IDLE)
    log.info('%s is logged in, from %s', person.name, context.current().address or 'nowhere')
    return token


def end_session(token):
    with db.atomic():
        Session.delete().where(Session.token_hash == digest(token)).execute()


def session_for(token):
    """The Session of a cookie, or None."""
    return Session.get_or_none(Session.token_hash == digest(token))


def end_sessions(person, keep='', number=None):
    """End the session of this number, or all but the one with the token `keep`. Returns how many."""
    which = Session.token_hash != digest(keep) if number is None else Session.id == number
    with db.atomic():
        return Session.delete().where(Session.person == person, which).execute()


def end_everything(person):
    """All sessions and API tokens; in the caller's transaction."""
    Session.delete().where(Session.person == person).execute()
    ApiToken.delete().where(ApiToken.person == person).execute()


def person_for_session(token):
    """Whose session this is, or None. Using a session puts off its end.

    One that has ended is deleted: it stays refused, also if the clock is put back.
    """
    found = Session.with_token(digest(token))
    if found is None:
        _forget_ended(token)
        return None
    if bans.of_person(found.person):        # it began while the ban was on its way
        return None
    _put_off(found)
    return found.person


def _forget_ended(token):
    ended = (Session.token_hash == digest(token)) & (Session.expires_at <= clock.now())
    if Session.select().where(ended).exists():
        _if_possible(Session.delete().where(ended))


def _put_off(row):
    """Move the end of a session in use, at most once an hour: most page views write nothing.

    An end that is too far away was set by a clock that was wrong.
    """
    expires_at = min(clock.now() + SESSION_IDLE, row.created_at + SESSION_MOST)
    if abs(expires_at - row.expires_at) > HOUR:
        change = {'expires_at': expires_at, 'used_at': clock.now()}
        _if_possible(Session.update(change).where(Session.id == row.id))


def create_token(person, label=''):
    """Make a token for the API and return its text, which nobody can look up later."""
    token = f'kuma_{secrets.token_urlsafe(32)}'
    with db.atomic():
        ApiToken.create(person=person, token_hash=digest(token), label=label)
    log.info('%s has a new API token', person.name)
    return token


def revoke_token(person, number):
    """Whether it was there."""
    with db.atomic():
        return ApiToken.delete().where(ApiToken.person == person, ApiToken.id == number).execute() > 0


def person_for_token(token):
    """Whose API token this is, or None."""
    found = ApiToken.usable().where(ApiToken.token_hash == digest(token)).first()
    if found is None or bans.of_person(found.person):
        return None
    _note_use(found)
    return found.person


def _note_use(token):
    now = clock.now()
    if token.used_at is None or now - token.used_at > HOUR:
        _if_possible(ApiToken.update(used_at=now).where(ApiToken.id == token.id))


def _if_possible(update):
    """Write what the next request can write as well; nobody waits for it and nothing fails with it."""
    with contextlib.suppress(OperationalError), db.atomic(impatient=True):
        update.execute()
