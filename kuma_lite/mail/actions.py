"""Posting: one message to many addresses, each of which is mailed once."""
import json
from typing import NamedTuple

from peewee import chunked

from kuma_lite import db
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.mail.tasks import deliver

CHUNK = 100     # addresses a transaction: other writers wait for about 15 ms


class Recipient(NamedTuple):
    address: str
    footer: str = ''    # goes below the text: why this reader gets it, and how to stop
    headers: dict = {}  # such as List-Unsubscribe


def post(key, subject, text, recipients, headers=None):
    """Send a message to each Recipient, once per address, by one task each.

    `key` ("revision:12") names the message for good. Posting it again adds the addresses that are
    still missing and nothing else, so whoever was stopped half way may start again.
    """
    message = _message(key, subject, text, headers or {})
    for some in chunked(_once_per_address(recipients), CHUNK):
        with db.atomic():
            for delivery_id in _add(message, some):
                deliver(delivery_id)


def _message(key, subject, text, headers):
    row = {'key': key, 'subject': subject, 'text': text, 'headers': json.dumps(headers)}
    with db.atomic():
        Message.insert(row).on_conflict_ignore().execute()
        return Message.get(Message.key == key)


def _once_per_address(recipients):
    """The first of those that share a mailbox: people spell one address with capitals and without."""
    found = {}
    for recipient in recipients:
        found.setdefault(recipient.address.lower(), recipient)
    return found.values()


def _add(message, recipients):
    """Insert the deliveries that do not exist yet; returns their ids."""
    rows = [{'message': message, 'address': recipient.address, 'footer': recipient.footer,
             'headers': json.dumps(recipient.headers)} for recipient in recipients]
    inserted = Delivery.insert_many(rows).on_conflict_ignore().returning(Delivery.id).tuples()
    return [delivery_id for delivery_id, in inserted.execute()]
