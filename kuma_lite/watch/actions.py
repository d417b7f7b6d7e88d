"""Starting and stopping to watch, how often somebody wants mail, and what follows from what happens."""
import hmac

from peewee import fn

from kuma_lite import db
from kuma_lite.mail.models import Message
from kuma_lite.watch import notices, pending, reports, topics
from kuma_lite.watch.models import DELETED, NEVER, RESTORED, Pending, Watch, WatchPreference
from kuma_lite.watch.tasks import notify_of_removal, notify_watchers
from kuma_lite.wiki.models import Revision


def watch(person, page):
    start(person, topics.of_page(page))


def unwatch(person, page):
    stop(person, topics.of_page(page))


def start(person, topic):
    """Begin to watch; who watches already keeps the secret that earlier mails carry."""
    with db.atomic():
        Watch.insert(person=person, **topic._asdict()).on_conflict_ignore().execute()


def stop(person, topic):
    with db.atomic():
        Watch.delete().where(Watch.person == person, Watch.kind == topic.kind,
                             Watch.target == topic.target).execute()


def stop_all(watches):
    with db.atomic():
        Watch.delete().where(Watch.id.in_([watch.id for watch in watches])).execute()


def prefer(person, frequency, hour, weekday, minor):
    """How often a person wants mail from now on; what waits already waits as they want it now."""
    values = {'frequency': frequency, 'hour': hour, 'weekday': weekday, 'minor': minor}
    with db.atomic():
        WatchPreference.insert(person=person, **values).on_conflict(
            conflict_target=[WatchPreference.person], update=values).execute()
        pending.reschedule(WatchPreference.of(person))


def silence(preference):
    """No mails any more, by the link in one; the watches stay."""
    with db.atomic():
        WatchPreference.update(frequency=NEVER).where(WatchPreference.id == preference.id).execute()
        Pending.delete().where(Pending.person == preference.person_id).execute()


def find_by_secret(watch_id, secret, others=()):
    """The watches of an unsubscribe link: that one, and those of `others` that are the same person's.
    [] if the link is wrong, or has done its work."""
    watch = Watch.get_or_none(Watch.id == watch_id)
    if watch is None or not _is(watch.secret, secret):
        return []
    same = Watch.select().where(Watch.id.in_(others), Watch.person == watch.person_id, Watch.id != watch.id)
    return [watch, *same.order_by(Watch.id)]


def preference_by_secret(preference_id, secret):
    """The preference of a link that stops all mails, or None."""
    found = WatchPreference.get_or_none(WatchPreference.id == preference_id)
    return found if found and _is(found.secret, secret) else None


def _is(secret, given):
    return hmac.compare_digest(secret.encode(), given.encode())


def on_page_saved(page, revision, is_new):
    """The listener for events.page_saved: one task for each edit that somebody wants to hear of, in the
    transaction that saves it."""
    if reports.is_awaited(page, revision, is_new):
        notify_watchers(revision.id)


def on_page_deleted(page, key, person):
    _tell(reports.of_removal(DELETED, page, key, person))


def on_page_restored(page, person):
    _tell(reports.of_removal(RESTORED, page, page.key, person))


def _tell(news):
    if news is not None:
        notify_of_removal(news.id)


def on_zone_changed(person):
    """The listener for events.zone_changed: the hour of a daily or weekly mail is another one now."""
    preference = WatchPreference.of(person)
    if preference.is_digest:
        pending.reschedule(preference)


def on_person_left(person):
    """The listener for events.person_left: what somebody watched is nobody's business any more."""
    for model in (Pending, Watch, WatchPreference):
        model.delete().where(model.person == person).execute()


def on_page_purged(page):
    """The listener for events.page_purged: nothing of it stays in what was mailed or is to be, and nobody
    watches it any more."""
    keys = Revision.select(fn.printf('revision:%d', Revision.id)).where(Revision.page == page)
    about = Message.key.in_(keys) | (Message.thread == notices.thread_of(page.id))
    Message.delete().where(about).execute()
    Watch.delete().where(Watch.kind == topics.PAGE, Watch.target == str(page.id)).execute()
