"""Addresses that refuse mail: after some refusals in a row nothing more goes there, until somebody says so.

Only what the server answers about an address counts, with a 5xx: a 4xx, a lost connection, a mail that
looks like spam or a sender that is not trusted says nothing against the reader.
"""
from kuma_lite import clock, db
from kuma_lite.mail.models import Refusals, mailbox
from kuma_lite.statements import Statement, slot

MOST = 3    # refusals in a row
MUTED = Statement(lambda: Refusals.select().where(Refusals.address == slot('address'),
                                                  Refusals.muted_at.is_null(False)))


def muted(address):
    """What the server said when it refused mail for this address once too often, or None: mail goes there."""
    found = MUTED.first(address=mailbox(address))
    return found and found.words


def refused(address, words):
    """Count a refusal; the last of MOST mutes the address. In the caller's transaction."""
    counted = {Refusals.count: Refusals.count + 1, Refusals.words: words}
    Refusals.insert(address=mailbox(address), words=words).on_conflict(
        conflict_target=[Refusals.address], update=counted).execute()
    (Refusals.update(muted_at=clock.now())
     .where(Refusals.address == mailbox(address), Refusals.count >= MOST, Refusals.muted_at.is_null())
     .execute())


def accepted(address):
    """The server takes mail for this address: earlier refusals do not count any more."""
    Refusals.delete().where(Refusals.address == mailbox(address)).execute()


def unmute(address):
    """Send mail there again, from the next one on; it is muted again after MOST refusals."""
    with db.atomic():
        accepted(address)
