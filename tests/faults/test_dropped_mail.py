"""A mail server that takes each mail, and is gone before it says so: the attempts end, and the reader
gets copies of one mail."""
import smtp
from kuma_lite import clock, db
from kuma_lite.mail import tasks
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import GAVE_UP, Delivery
from kuma_lite.queue.ledger import LONGEST_DELAY
from kuma_lite.queue.tables import Attempt, Task


def test_it_is_tried_as_often_as_allowed_under_one_message_id(site):
    with smtp.Server() as server:
        server.mode = 'drop'
        with db.connection():
            post('revision:1', 'News', 'It changed.', [Recipient('wanda@example.org')])
        for _ in range(tasks.RETRIES + 10):
            site.settle()
            clock.advance(2 * LONGEST_DELAY)
    copies = [mail['Message-ID'] for mail in server.mails]
    print(f'\nattempts {Attempt.select().count()}, mails {len(copies)}, Message-IDs {len(set(copies))}')
    assert len(copies) == Attempt.select().count() == tasks.RETRIES + 1
    assert len(set(copies)) == 1
    assert Task.get().state == 'dead' and Delivery.get().state == GAVE_UP
