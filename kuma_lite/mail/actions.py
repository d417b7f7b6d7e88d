"""Posting: one message to many addresses, each of which is mailed once; and trying again."""
import json
from typing import NamedTuple

from peewee import chunked

from kuma_lite import db
from kuma_lite.mail import muting, stranded
from kuma_lite.mail.models import GAVE_UP, QUEUED, REFUSED, Delivery, Message, mailbox
from kuma_lite.mail.tasks import deliver
from kuma_lite.queue import ledger

CHUNK = 100     # addresses a transaction: other writers wait for about 15 ms


class Recipient(NamedTuple):
    address: str
    footer: str = ''    # goes below the text: why this reader gets it, and how to stop
    headers: dict = {}  # such as List-Unsubscribe


def post(key, subject, text, recipients, headers=None, html='', thread='', sealed=''):
    """Send a message to each Recipient, once per address, by one task each.

    `key` ("revision:12") names the message for good. Posting it again adds the addresses that are
    still missing and nothing else, so whoever was stopped half way may start again. `html` is the same
    as the text for those who prefer it: safe HTML, as it stands inside <body>; the footer comes by
    itself. `thread` ("page:12") is what the mails have in common that a mail program shows together.
    With `sealed`, SECRET in the text is sent as message.secret(sealed), which is kept in no table.
    """
    message = _message(key=key, subject=subject, text=text, html=html, thread=thread,
                       headers=json.dumps(headers or {}), sealed=sealed)
    for some in chunked(_once_per_address(recipients), CHUNK):
        with db.atomic():
            for delivery_id in _add(message, some):
                deliver(delivery_id)


def retry(delivery):
    """Send a mail that was refused or given up once more, also to an address that was muted; returns
    whether it was one."""
    ended = Delivery.state.in_((REFUSED, GAVE_UP))
    with db.atomic():
        if not Delivery.update(state=QUEUED).where(Delivery.id == delivery.id, ended).execute():
            return False
        muting.accepted(delivery.address)
        # One that is dead would otherwise wait on for a person, who could run it beside a new one.
        if not any(ledger.retry(task.id) for task in stranded.tasks(delivery.id)):
            deliver(delivery.id)
        return True


def withdraw(address, why):
    """What waits to be sent to this address stays unsent; `why` is a sentence for the record."""
    waiting = Delivery.to(address).select(Delivery.id).where(Delivery.state.in_((QUEUED, GAVE_UP)))
    with db.atomic():
        Delivery.update(state=REFUSED, last_words=why).where(Delivery.id.in_(waiting)).execute()


def _message(**row):
    with db.atomic():
        Message.insert(row).on_conflict_ignore().execute()
        return Message.get(Message.key == row['key'])


def _once_per_address(recipients):
    """The first of those that share a mailbox."""
    found = {}
    for recipient in recipients:
        found.setdefault(mailbox(recipient.address), recipient)
    return found.values()


def _add(message, recipients):
    """Insert the deliveries that do not exist yet; returns their ids."""
    rows = [{'message': message, 'address': recipient.address, 'footer': recipient.footer,
             'headers': json.dumps(recipient.headers)} for recipient in recipients]
    inserted = Delivery.insert_many(rows).on_conflict_ignore().returning(Delivery.id).tuples()
    return [delivery_id for delivery_id, in inserted.execute()]
