"""An address that refuses mail three times in a row gets no more, until somebody says so."""
import pytest

from kuma_lite import clock
from kuma_lite.mail import muting
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery, Refusals
from tests import smtp

WANDA, WORDS = 'wanda@example.org', '550 No such person here'


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        server.refused = {WANDA, 'Wanda@Example.org'}
        yield server


@pytest.fixture
def mail(site):
    """A function that posts so many further mails to an address, and waits for what becomes of them."""
    numbers = iter(range(1000))

    def mail(times=1, address=WANDA):
        for _ in range(times):
            post(f'revision:{next(numbers)}', 'News', 'It changed.', [Recipient(address)])
            site.settle()
    return mail


def test_the_third_refusal_mutes(site, server, mail):
    mail(2)
    assert muting.muted(WANDA) is None
    mail(3)
    assert muting.muted(WANDA) == WORDS
    assert len(server.tries) == 3
    assert [delivery.state for delivery in Delivery.select()] == ['refused'] * 5
    last = Delivery.select().order_by(Delivery.id.desc()).get().last_words
    assert last.startswith('Not sent: too many') and last.endswith(WORDS)


def test_nobody_else_is_muted(site, server, mail):
    mail(3)
    mail(1, 'will@example.org')
    assert server.recipients == ['will@example.org']
    assert muting.muted('will@example.org') is None


def test_an_address_is_one_in_any_spelling(site, server, mail):
    mail(2)
    mail(1, 'Wanda@Example.org')
    assert muting.muted('WANDA@example.org') == WORDS


def test_a_mail_that_arrives_begins_the_count_anew(site, server, mail):
    mail(2)
    server.refused.clear()
    mail()
    server.refused.add(WANDA)
    mail(2)
    assert muting.muted(WANDA) is None
    mail()
    assert muting.muted(WANDA) == WORDS


def test_whoever_unmutes_gets_the_next_mail(site, server, mail):
    mail(3)
    server.refused.clear()
    muting.unmute(WANDA.upper())
    mail()
    assert server.recipients == [WANDA] and Refusals.select().count() == 0


def test_an_address_that_still_refuses_is_muted_again_after_three(site, server, mail):
    mail(3)
    muting.unmute(WANDA)
    mail(5)
    assert len(server.tries) == 6 and muting.muted(WANDA) == WORDS


@pytest.mark.parametrize('mode', ['later', 'drop', 'reject'])
def test_a_trouble_of_the_server_or_with_the_mail_mutes_nobody(site, server, mail, mode):
    server.refused.clear()
    server.mode = mode
    mail(4)
    clock.advance(15)
    site.settle()
    assert Refusals.select().count() == 0


@pytest.mark.parametrize('refusal, is_hard', [
    ('550 5.1.1 No such person here', True), ('554 5.7.1 Relay access denied', False),
    ('530 Log in first', False), ('450 4.2.1 Mailbox busy', False), ('552 5.2.2 Mailbox full', True)])
def test_only_what_is_said_about_the_address_counts(site, server, mail, refusal, is_hard):
    server.refusal = refusal
    mail(3)
    assert (muting.muted(WANDA) is not None) == is_hard


def test_a_mail_that_was_not_sent_to_a_muted_address_is_no_further_refusal(site, server, mail):
    mail(4)
    assert Refusals.get().count == muting.MOST and Refusals.get().words == WORDS
