"""What waits for a later mail: written with the news, brought forward or dropped as things go on."""
import contextlib

from peewee import OperationalError, fn

from kuma_lite import clock, db, queue
from kuma_lite.queue.crontab import to_minute
from kuma_lite.statements import Statement, slot
from kuma_lite.watch.models import AT_ONCE, DAILY, NEVER, QUIET, Pending

PAUSE = 30 * 60         # seconds without a further edit that make a quiet time
PATIENCE = 4 * 3600     # seconds after which the mail leaves all the same


WAITS = Statement(lambda: Pending.select(Pending.id).where(
    Pending.person == slot('person'), Pending.page == slot('page')).limit(1))


def keep(news, readers):
    """Let these [(person, preference), …] hear of the news later; in the caller's transaction."""
    quiet = [person for person, preference in readers if preference.frequency == QUIET]
    if quiet:       # what waits for them waits on, but not without end
        put_off = fn.min(news.at + PAUSE, Pending.at + PATIENCE)
        theirs = (Pending.page == news.page_id) & Pending.person.in_(quiet)
        Pending.update(due_at=put_off).where(theirs).execute()
    rows = [{'person': person, 'news': news, 'page': news.page_id, 'at': news.at,
             'due_at': due_at(preference, news.at, person.zone)} for person, preference in readers]
    if rows:
        Pending.insert_many(rows).on_conflict_ignore().execute()


def due_at(preference, at, zone=''):
    """When somebody whose time zone this is ('': that of the site) hears of what happened at a time, in epoch
    seconds."""
    if preference.frequency == AT_ONCE:
        return at
    if preference.frequency == QUIET:
        return at + PAUSE
    days = '*' if preference.frequency == DAILY else str(preference.weekday)
    hour = queue.crontab(minute='0', hour=str(preference.hour), day_of_week=days, zone=zone)
    return hour.next(to_minute(at), 1)[0].timestamp()


def reschedule(preference):
    """What waits for a person waits as they want it from now on; in the caller's transaction."""
    mine = Pending.person == preference.person_id
    if preference.frequency == NEVER:
        Pending.delete().where(mine).execute()
    else:
        Pending.update(due_at=due_at(preference, clock.now(), preference.person.zone)).where(mine).execute()


def has_seen(person, page):
    """The person has the page on the screen: nothing about that waits any more. Writes only if something
    does, and not while others are writing: then a mail may tell what is known already."""
    if not WAITS.first(person=person.id, page=page.id):
        return
    seen = Pending.seen_with(person, page)
    if Pending.select().where(seen).exists():
        with contextlib.suppress(OperationalError), db.atomic(impatient=True):
            Pending.delete().where(seen).execute()
