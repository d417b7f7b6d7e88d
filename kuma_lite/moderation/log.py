"""The moderation log: who did what, to what, when and why. Nothing else writes it."""
import contextlib
import contextvars
import json

from kuma_lite import clock, db
from kuma_lite.accounts.models import Person
from kuma_lite.deletion.models import Deletion
from kuma_lite.moderation.models import Entry
from kuma_lite.queue import context

REASON_LIMIT = 255      # characters

ACTIONS = {             # and how it is said: "mona banned edda"
    'ban': 'banned', 'lift': 'lifted the ban of',
    'cleanup': 'cleaned up after', 'undo': 'took back the clean-up after',
    'delete': 'deleted', 'restore': 'restored', 'purge': 'purged',
    'spam': 'marked as spam', 'ham': 'marked as no spam', 'closed': 'gave no verdict about',
}
_summed_up = contextvars.ContextVar('kuma_summed_up', default=False)


def write(person, action, subject, title, reason='', undo=None):
    """Note that `person` did `action`, one of ACTIONS, to `subject` ("page:12"), which is called `title`; in
    the caller's transaction. Returns the Entry.

    `undo` says what takes it back: {'words': "Lift the ban", 'post': address}, or with 'see' instead of
    'post' the address where that can be done. None: nothing does.
    """
    if action not in ACTIONS:
        raise KeyError(action)
    with db.joined():
        return Entry.create(person=person, action=action, subject=subject, title=title,
                            reason=reason[:REASON_LIMIT], undo='' if undo is None else json.dumps(undo))


@contextlib.contextmanager
def summed_up():
    """For the block: what happens has one entry for all of it already."""
    token = _summed_up.set(True)
    try:
        yield
    finally:
        _summed_up.reset(token)


def undone(action, subject):
    """Note that what `action` did to `subject` has been taken back; in the caller's transaction."""
    _open(action, subject, undone_at=clock.now())


def final(action, subject):
    """Note that nothing takes that back any more."""
    _open(action, subject, undo='')


def _open(action, subject, **change):
    Entry.update(**change).where(Entry.action == action, Entry.subject == subject,
                                 Entry.undone_at.is_null()).execute()


def on_page_deleted(page, key, person):
    """The listener for events.page_deleted."""
    found = Deletion.get_or_none(Deletion.page == page)
    undo = found and {'words': 'Restore it', 'post': f'/bin/{found.id}/restore'}
    _tell(person, 'delete', _subject(page), page.title, found.reason if found else '', undo)


def on_page_restored(page, person):
    """The listener for events.page_restored."""
    undone('delete', _subject(page))
    _tell(person, 'restore', _subject(page), page.title)


def on_page_purged(page):
    """The listener for events.page_purged, which does not say who did it: the request does."""
    final('delete', _subject(page))
    _tell(Person.named(context.current().user), 'purge', _subject(page), page.title)


def on_verdict_given(person, verdict, title, address):
    """The listener for events.verdict_given."""
    _tell(person, verdict, address, title, '', {'words': 'See it', 'see': address})


def _tell(*entry):
    if not _summed_up.get():
        write(*entry)


def _subject(page):
    return f'page:{page.id}'
