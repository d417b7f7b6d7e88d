"""Who has the form of a page open, and since when. It helps people; nothing depends on it."""
import logging

from peewee import Case, OperationalError

from kuma_lite import clock, db, text
from kuma_lite.drafts.models import Presence

log = logging.getLogger(__name__)

OPENED = 10 * 60    # seconds that count for a form that was opened: without JavaScript nothing more is heard
HEARD = 2 * 60      # and from one that says every half minute that it is open still


def note(person, path, seconds):
    """The person has the form open, for these seconds at least. Not worth waiting for: while others are
    writing, nothing is noted."""
    now = clock.now()
    since = Case(None, [(Presence.until <= now, now)], Presence.since)      # or they are still at it
    row = Presence.insert(person=person, key=text.path_key(path), since=now, until=now + seconds)
    row = row.on_conflict(conflict_target=[Presence.key, Presence.person],
                          update={Presence.since: since, Presence.until: now + seconds})
    _quickly(row)


def leave(person, page):
    """In the transaction that saves the page."""
    Presence.delete().where(Presence.person == person, Presence.key == page.key).execute()


def others(person, path):
    return list(Presence.others(text.path_key(path), person))


def _quickly(query):
    try:
        with db.atomic(impatient=True):
            query.execute()
    except OperationalError as error:
        log.debug('not noted who is editing: %s', error)
