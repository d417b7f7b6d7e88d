"""A mail server that takes each mail, and is gone before it says so: the attempts end, and the reader
gets copies of one mail.

No mail is unknown: the test itself posts them. What is sent again under one Message-ID is not doubled.
"""
import counts

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
            with counts.rolled_back():
                post('revision:2', 'Old news', 'It changed back.', [Recipient('wanda@example.org')])
        for _ in range(tasks.RETRIES + 10):
            site.settle()
            clock.advance(2 * LONGEST_DELAY)
    mails = {mail['Message-ID']: mail['Subject'] for mail in server.mails}
    counts.judge('dropped mail', ['News'], mails.values(), refused=['Old news'],
                 sent_again=len(server.mails) - len(mails))
    assert len(server.mails) == Attempt.select().count() == tasks.RETRIES + 1
    assert Task.get().state == 'dead' and Delivery.get().state == GAVE_UP
