"""Starting and stopping to watch, the button for it, and what follows from an edit."""
import hmac

from kuma_lite import db, web
from kuma_lite.watch.models import Watch
from kuma_lite.watch.tasks import notify_watchers
from kuma_lite.wiki import access


def watch(person, page):
    """Begin to watch; who watches already keeps the secret that earlier mails carry."""
    with db.atomic():
        Watch.insert(person=person, page=page).on_conflict_ignore().execute()


def unwatch(person, page):
    with db.atomic():
        Watch.delete().where(Watch.person == person, Watch.page == page).execute()


def panel(page, person):
    """The watch button, for `wiki.panels`."""
    if not access.may(person, access.SUBSCRIBE, page):
        return ''
    return web.render('watch/panel.html', page=page, watching=Watch.of(person, page).exists())


def find_by_secret(watch_id, secret):
    """The watch of an unsubscribe link, or None: the link is wrong, or has done its work."""
    watch = Watch.get_or_none(Watch.id == watch_id)
    if watch and hmac.compare_digest(watch.secret.encode(), secret.encode()):
        return watch
    return None


def on_page_saved(page, revision, is_new):
    """The listener for events.page_saved: one task for each edit of a page that somebody watches, in
    the transaction that saves it."""
    if page.watches.exists():
        notify_watchers(revision.id)
