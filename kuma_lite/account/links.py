"""Making, finding and using up the links of `models.MailedLink`. The one writer of them."""
from kuma_lite import clock, db
from kuma_lite.account.models import KEEP, LIFETIME, MailedLink
from kuma_lite.accounts import bans
from kuma_lite.mail import links as mailed

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


def find(kind, words):
    """The link that was mailed with these words, or None: wrong, used, late, void, or of somebody who is
    banned by now."""
    link = mailed.find(MailedLink.open().where(MailedLink.kind == kind), words)
    return None if link is None or bans.of_person(link.person) else link


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
