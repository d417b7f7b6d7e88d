"""The task that sends one mail to one address."""
from datetime import datetime, timezone

from kuma_lite import clock, db, queue
from kuma_lite.mail import transport
from kuma_lite.mail.message import Undeliverable, compose
from kuma_lite.mail.models import GAVE_UP, QUEUED, REFUSED, SENT, Delivery
from kuma_lite.queue import context

RETRIES = 30    # the waits grow to the queue's cap of an hour, so this is about a day


# Low: a mail server that lets every attempt wait must not make other tasks wait behind them all.
@queue.task(retries=RETRIES, retry_delay=10, retry_backoff=2, priority='low',
            subject='delivery:{delivery_id}')
def deliver(delivery_id):
    """Send one mail; tried for about a day. Safe to run twice: what was sent is not sent again.

    A process that dies between the server's "accepted" and our note of it sends once more, under
    the same Message-ID. Costs one conversation with the mail server, outside any transaction.
    """
    delivery = Delivery.open().where(Delivery.id == delivery_id).get_or_none()
    if delivery is None:
        return
    try:
        transport.send(delivery.address, compose(delivery), file_name(delivery))
    except Undeliverable as error:
        record(delivery, REFUSED, error)
    except Exception as error:
        record(delivery, GAVE_UP if context.current().last_try else QUEUED, transport.describe(error))
        raise
    else:
        record(delivery, SENT)


def record(delivery, state, words=''):
    """Count one attempt and keep how it ended. What was sent stays sent."""
    change = {'state': state, 'attempts': Delivery.attempts + 1, 'last_words': str(words),
              'sent_at': clock.now() if state == SENT else None}
    with db.atomic():
        Delivery.update(change).where(Delivery.id == delivery.id, Delivery.state != SENT).execute()


def file_name(delivery):
    """The same at every attempt; names sort by time."""
    at = datetime.fromtimestamp(delivery.message.created_at, timezone.utc)
    return f'{at:%Y%m%dT%H%M%SZ}-{delivery.id:06}.eml'
