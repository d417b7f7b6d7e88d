"""A thousand readers and a mail server at its worst: it refuses some for good, lets others wait, closes
after a few mails, and goes dead after taking every fortieth.

Each address gets the mail once; twice only where the line went dead after the server had taken it, and then
under the same Message-ID. What was refused is listed with its words.
"""
import counts

import smtp
from kuma_lite import clock, db
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery

READERS, GONE, DEAD = 1000, 97, 40     # every so many refuses, or is taken without an answer
WORDS = '550 5.1.1 No such person here'


class Unreliable(smtp.Server):
    """Answers 451 to every third address at first, and drops the line once for each of `dead`."""

    def __init__(self):
        super().__init__()
        self.most, self.abrupt, self.refusal = 7, True, WORDS
        self.asked, self.dead, self.doubled = set(), set(), set()

    async def handle_RCPT(self, server, session, envelope, address, options):    # noqa: N802 (aiosmtpd's name)
        later = len(self.asked) % 3 == 0 and address not in self.asked
        self.asked.add(address)
        return '451 Come back later' if later else await super().handle_RCPT(
            server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):    # noqa: N802 (aiosmtpd's name)
        [address] = envelope.rcpt_tos
        if address in self.dead:
            self.dead.remove(address)
            self.doubled.add(address)
            self.mails.append(smtp.Mail(envelope))
            server.transport.abort()
            return None
        return await super().handle_DATA(server, session, envelope)


def test_each_gets_it_and_twice_only_where_nobody_can_know(site):
    readers = [f'reader{number}@example.org' for number in range(READERS)]
    with Unreliable() as server:
        server.refused, server.dead = set(readers[::GONE]), set(readers[1::DEAD])
        expected_twice = server.dead - server.refused
        with db.connection():
            post('revision:1', 'News', 'It changed.', map(Recipient, readers), html='<p>It changed.</p>')
            with counts.rolled_back():
                post('revision:2', 'Old news', 'It changed back.', map(Recipient, readers))
        for _ in range(6):
            site.settle()
            clock.advance(120)
    got = server.recipients
    assert {address for address in got if got.count(address) > 1} == server.doubled == expected_twice
    assert set(got) == set(readers) - server.refused and len(got) == len(set(got)) + len(server.doubled)
    ids = {(mail['To'], mail['Message-ID']) for mail in server.mails}
    counts.judge('a thousand mails', set(readers) - server.refused, [to for to, _ in ids],
                 refused=['Old news'], sent_again=len(got) - len(ids))
    refused = Delivery.select().where(Delivery.state == 'refused')
    assert {(delivery.address, delivery.last_words) for delivery in refused} == {
        (address, WORDS) for address in server.refused}
    assert Delivery.select().where(Delivery.state == 'sent').count() == len(set(got))
