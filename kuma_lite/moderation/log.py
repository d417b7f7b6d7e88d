"""The moderation log: who did what, to what, when and why. Nothing else writes it."""
import contextlib
import contextvars
import json

from peewee import fn

from kuma_lite import clock, db
from kuma_lite.accounts.models import Ban, Person
from kuma_lite.deletion.models import Deletion
from kuma_lite.moderation.models import Entry
from kuma_lite.queue import context
from kuma_lite.wiki import protection

REASON_LIMIT = 255      # characters

ACTIONS = {             # and how it is said: "mona banned edda"
    'ban': 'banned', 'lift': 'lifted the ban of',
    'cleanup': 'cleaned up after', 'undo': 'took back the clean-up after',
    'delete': 'deleted', 'restore': 'restored', 'purge': 'purged',
    'protect': 'protected', 'unprotect': 'lifted the protection of',
    'accept': 'accepted the sign-up of', 'decline': 'declined the sign-up of',
    'site': 'changed',
    'spam': 'marked as spam', 'ham': 'marked as no spam', 'closed': 'gave no verdict about',
}
AN_ADDRESS = 'an address'   # how a title says it that is not to name one
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


def with_address(before):
    """An expression: entries of that time and earlier that name an address, but for bans that are kept."""
    bans = Ban.select(fn.CONCAT('ban:', Ban.id))
    is_over = Entry.subject.startswith('ban:') & Entry.subject.not_in(bans)
    return (Entry.at <= before) & Entry.title.contains('/') & (Entry.subject.startswith('cleanup:') | is_over)


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
    title = page.title
    if protection.of(page).readers:     # who may not read it cannot be known any more once it is gone
        title = page.path
        Entry.update(title=title, reason='').where(Entry.subject == _subject(page)).execute()
    _tell(Person.named(context.current().user), 'purge', _subject(page), title)


def on_page_protected(made, old, person):
    """The listener for events.page_protected."""
    if old:
        final('protect', f'protection:{old.id}')
    _tell(person, 'protect', f'protection:{made.id}', made.path, made.reason,
          {'words': 'Lift it', 'post': f'/protections/{made.id}/lift'})


def on_protection_lifted(lifted, reason, person):
    """The listener for events.protection_lifted."""
    undone('protect', f'protection:{lifted.id}')
    _tell(person, 'unprotect', f'protection:{lifted.id}', lifted.path, reason)


def on_signup_decided(person, application, made, reason):
    """The listener for events.signup_decided."""
    if made:
        _tell(person, 'accept', f'person:{made.id}', made.name, reason)
    else:
        _tell(person, 'decline', f'application:{application.id}', application.name, reason)


def on_verdict_given(person, verdict, title, address):
    """The listener for events.verdict_given."""
    _tell(person, verdict, address, title, '', {'words': 'See it', 'see': address})


def _tell(*entry):
    if not _summed_up.get():
        write(*entry)


def _subject(page):
    return f'page:{page.id}'
