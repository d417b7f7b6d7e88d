"""The one writer of protections. The caller has asked `access.may()`."""
from typing import NamedTuple

from kuma_lite import db, events, text
from kuma_lite.wiki import protection
from kuma_lite.wiki.protection import CIRCLES, Protection

REASON_LIMIT = 255      # characters

TOO_HIGH = 'Only admins may set or lift what is for admins alone.'


class Refused(ValueError):
    """It cannot be done; the message is a sentence for the person."""


class Changed(Refused):
    """What holds is not what the person looked at."""


class Wanted(NamedTuple):
    """What somebody wants to hold: the least ranks of who may read and edit, 0 for whoever the site lets."""
    is_tree: bool = False
    readers: int = 0
    writers: int = 0
    reason: str = ''

    @property
    def is_open(self):
        return not self.readers and not self.writers


def protect(path, wanted, person, base):
    """Let `wanted` hold for a path, whether there is a page or not; instead of what held there before.

    `base` is the id of the Protection that the person saw, None if there was none. Returns the new one, or
    None if nothing is protected there any more. Raises Refused.
    """
    reason = ' '.join(wanted.reason.split())
    _check_reason(reason)
    with db.atomic():
        old = Protection.on(text.path_key(path))
        _check(old, base, wanted, person)
        if old and wanted.is_open:
            _lift(old, reason, person)
            return None
        if old:
            old.delete_instance()
        made = Protection.create(path=path, key=text.path_key(path), is_tree=wanted.is_tree, reason=reason,
                                 readers=wanted.readers, writers=wanted.writers, person=person)
        protection.spread(made.key)
        events.emit(events.page_protected, made, old, person)
        return made


def lift(number, person):
    """End a protection. Raises Refused."""
    with db.atomic():
        found = Protection.get_or_none(Protection.id == number)
        if found is None:
            raise Changed('This protection does not hold any more.')
        _check_rank(person, found)
        _lift(found, '', person)
        return found


def _lift(found, reason, person):
    found.delete_instance()
    protection.spread(found.key)
    events.emit(events.protection_lifted, found, reason, person)


def _check_reason(reason):
    if not reason:
        raise Refused('Please say why; those who cannot read or edit it any more will ask.')
    if len(reason) > REASON_LIMIT:
        raise Refused(f'The reason has {len(reason):,} characters; it can have {REASON_LIMIT}.')


def _check(old, base, wanted, person):
    if (old and old.id) != base:
        raise Changed('Somebody has protected this page, or lifted its protection, in the meantime. Here is '
                      'what holds now; please look at it again.')
    if old is None and wanted.is_open:
        raise Refused('Please choose who may read it, or who may edit it.')
    _check_rank(person, wanted)
    if old:
        _check_rank(person, old)


def _check_rank(person, levels):
    """Nobody shuts others in or out of where they may not go themselves."""
    if max(levels.readers, levels.writers) > protection.rank(person):
        raise Refused(TOO_HIGH)


def circles(person):
    """[(rank, name), …] of those that a person may choose."""
    return list(enumerate(CIRCLES[:protection.rank(person) + 1]))
