"""The task that sends one mail to one address."""
from datetime import datetime, timezone

from kuma_lite import queue
from kuma_lite.mail import transport
from kuma_lite.mail.message import Undeliverable, compose
from kuma_lite.mail.models import GAVE_UP, QUEUED, REFUSED, SENT, Delivery

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
        delivery.record(REFUSED, error)
    except Exception as error:
        delivery.record(QUEUED if delivery.attempts < RETRIES else GAVE_UP, transport.describe(error))
        raise
    else:
        delivery.record(SENT)


def file_name(delivery):
    """The same at every attempt; names sort by time."""
    at = datetime.fromtimestamp(delivery.message.created_at, timezone.utc)
    return f'{at:%Y%m%dT%H%M%SZ}-{delivery.id:06}.eml'
