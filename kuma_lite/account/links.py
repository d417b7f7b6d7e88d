"""Making, finding and using up the links of `models.MailedLink`. The one writer of them."""
import hmac
import re

from kuma_lite import clock, db
from kuma_lite.account.models import KEEP, LIFETIME, MailedLink
from kuma_lite.accounts import bans
from kuma_lite.mail import message
from kuma_lite.web import absolute

SHAPE = re.compile('([1-9][0-9]{0,17})[.]([0-9a-f]{64})')
CHUNK = 1000            # rows a transaction


def make(person, kind, email, salt):
    """A new link, which voids the one before; the same one for the same `salt`."""
    with db.atomic():
        found = MailedLink.get_or_none(MailedLink.person == person, MailedLink.kind == kind)
        if found and found.salt == salt:
            return found
        if found:
            found.delete_instance()
        return MailedLink.create(person=person, kind=kind, email=email, salt=salt)


def written(link, page):
    """Its address as a mail says it; `mail` puts the secret in."""
    return absolute(f'{page}?link={link.id}.{message.SECRET}')


def find(kind, words):
    """The link that was mailed with these words, or None: wrong, used, late, void, or of somebody who is
    banned by now."""
    shape = SHAPE.fullmatch(words)
    link = shape and MailedLink.open().where(MailedLink.id == int(shape[1]), MailedLink.kind == kind).first()
    if not link or not hmac.compare_digest(message.secret(link.sealed), shape[2]):
        return None
    return None if bans.of_person(link.person) else link


def use(kind, words):
    """Find it for the last time; in the caller's transaction. Of two at the same time one gets it."""
    link = find(kind, words)
    if link:
        MailedLink.update(used_at=clock.now()).where(MailedLink.id == link.id).execute()
    return link


def waiting(person, kind):
    """One that was mailed and can still be used, or None."""
    return MailedLink.open().where(MailedLink.person == person, MailedLink.kind == kind).first()


def void(person):
    """All of this person."""
    with db.atomic():
        MailedLink.delete().where(MailedLink.person == person).execute()


def delete_old():
    db.delete_in_chunks(MailedLink, MailedLink.made_at <= clock.now() - LIFETIME - KEEP, CHUNK)
