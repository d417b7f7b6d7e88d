"""The task that sends one mail to one address, and the one that sees that none is forgotten."""
from datetime import datetime, timezone

from kuma_lite import clock, db, queue
from kuma_lite.config import settings
from kuma_lite.mail import muting, smtp, stranded, transport
from kuma_lite.mail.message import compose
from kuma_lite.mail.models import GAVE_UP, QUEUED, REFUSED, SENT, Delivery, Message
from kuma_lite.mail.wire import Undeliverable
from kuma_lite.queue import context

RETRIES = 30    # the waits grow to the queue's cap of an hour, so this is about a day
DAY, CHUNK = 86400, 500     # seconds; rows deleted in one transaction

# fn(delivery), each giving why this mail must not be sent any more, or ''; filled by app.py
OBJECTIONS = []

_accepted = {}  # delivery id → what the server said, while that could not be written down


# Low: a mail server that lets every attempt wait must not make other tasks wait behind them all.
@queue.task(retries=RETRIES, retry_delay=10, retry_backoff=2, priority='low',
            subject='delivery:{delivery_id}')
def deliver(delivery_id):
    """Send one mail; tried for about a day. Safe to run twice: what was sent is not sent again.

    A process that dies between the server's "accepted" and our note of it sends once more, under
    the same Message-ID. Costs a few answers of the mail server, outside any transaction.
    """
    delivery = Delivery.open().where(Delivery.id == delivery_id).get_or_none()
    if delivery is None:
        return
    try:
        _accepted[delivery_id] = _accepted.get(delivery_id) or _send(delivery)
    except Undeliverable as error:
        record(delivery, REFUSED, str(error), is_hard=isinstance(error, smtp.AddressRefused))
    except Exception as error:
        record(delivery, GAVE_UP if context.current().last_try else QUEUED, smtp.describe(error))
        raise
    else:
        record(delivery, SENT, _accepted[delivery_id])
        del _accepted[delivery_id]


@queue.periodic_task(queue.crontab(minute='*/10'), catch_up='latest')
def give_up_stranded():
    """Give up deliveries whose task ended without a word: it was cancelled, or its process died each time.

    Every ten minutes; safe to run twice; costs a look at what is queued.
    """
    for delivery_id, words in stranded.find():
        change = {'state': GAVE_UP, 'last_words': words}
        with db.atomic():
            Delivery.update(change).where(Delivery.id == delivery_id, Delivery.state == QUEUED).execute()


@queue.periodic_task(queue.crontab(minute='28'), catch_up='none')
def delete_old_mails():
    """Delete mails that were sent [mail] keep_sent days ago, and those that were refused or given up
    keep_failed days ago. Hourly; safe to run twice; 500 rows at a time. What is queued stays, and so do the
    addresses that want no more mail.

    Nothing is caught up, so that a clock that is wrong for a minute deletes nothing. Whoever runs a dead task
    by hand that posted a mail longer ago than that mails it again.
    """
    sent, failed = (clock.now() - days * DAY for days in (settings.mail.keep_sent, settings.mail.keep_failed))
    db.delete_in_chunks(Delivery, Delivery.ended((SENT,), sent), CHUNK)
    db.delete_in_chunks(Delivery, Delivery.ended((REFUSED, GAVE_UP), failed), CHUNK)
    db.delete_in_chunks(Message, Message.unaddressed(max(sent, failed)), CHUNK)


def record(delivery, state, words, is_hard=False):
    """Count one attempt and keep how it ended. What was sent stays sent."""
    now = clock.now()
    change = {'state': state, 'attempts': Delivery.attempts + 1, 'last_words': words, 'tried_at': now,
              'sent_at': now if state == SENT else None}
    with db.atomic():
        Delivery.update(change).where(Delivery.id == delivery.id, Delivery.state != SENT).execute()
        if state == SENT:
            muting.accepted(delivery.address)
        elif is_hard:
            muting.refused(delivery.address, words)


def file_name(delivery):
    """The same at every attempt; names sort by time."""
    at = datetime.fromtimestamp(delivery.message.created_at, timezone.utc)
    return f'{at:%Y%m%dT%H%M%SZ}-{delivery.id:06}.eml'


def _send(delivery):
    for object_to in OBJECTIONS:
        why = object_to(delivery)
        if why:
            raise Undeliverable(f'Not sent: {why}')
    words = muting.muted(delivery.address)
    if words is not None:
        raise Undeliverable(f'Not sent: too many mails to this address were refused, the last with: {words}')
    return transport.send(delivery.address, compose(delivery, reveal=True), file_name(delivery))
