"""Connections to the mail server serve several mails; one that is of no use any more is replaced, and
nothing is sent twice for that."""
import time

import pytest
from peewee import OperationalError

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.mail import connections, tasks
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery
from tests import smtp
from tests.process import wait_for


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


def readers(count):
    return [f'reader{number}@example.org' for number in range(count)]


def post_to(count, key='revision:1'):
    with db.connection():
        post(key, 'News', 'It changed.', [Recipient(reader) for reader in readers(count)])


def assert_each_once(server, count):
    """Every reader got the mail, at the first attempt, and once."""
    assert sorted(server.recipients) == readers(count)
    assert {(delivery.state, delivery.attempts) for delivery in Delivery.select()} == {('sent', 1)}


def test_mails_in_a_row_share_a_connection(site, server):
    post_to(8)
    site.settle()
    assert_each_once(server, 8)
    assert len(server.transports) <= 2      # one for each worker


@pytest.mark.filterwarnings('ignore:Requiring AUTH')
def test_so_do_mails_that_need_tls_and_a_password(site, monkeypatch):
    monkeypatch.setenv('SSL_CERT_FILE', str(smtp.CERTIFICATE))
    with smtp.Server('starttls', password='correct horse') as server:
        settings.mail.user, settings.mail.password = 'kuma', 'correct horse'
        post_to(5)
        site.settle()
        assert_each_once(server, 5)
        assert len(server.transports) <= 2


def test_a_server_that_takes_a_mail_and_closes_gets_each_once(site, server):
    server.mode = 'close'
    for number in range(4):
        post_to(1, f'revision:{number}')
        site.settle()
        time.sleep(0.03)
    assert len(server.mails) == len({mail['Message-ID'] for mail in server.mails}) == 4
    assert {delivery.attempts for delivery in Delivery.select()} == {1}
    assert len(server.transports) == 4


@pytest.mark.parametrize('abrupt', [False, True])
def test_a_server_that_takes_two_mails_over_a_connection_gets_all(site, server, abrupt):
    server.most, server.abrupt = 2, abrupt
    post_to(7)
    site.settle()
    assert_each_once(server, 7)
    assert len(server.transports) >= 4


def test_a_server_that_takes_none_is_asked_once_an_attempt(site, server):
    server.most = 0
    post_to(1)
    site.settle()
    assert (Delivery.get().state, Delivery.get().attempts) == ('queued', 1)
    assert Delivery.get().last_words == '421 Too many mails over this connection'
    assert len(server.transports) == 1


def test_a_server_that_was_started_anew_gets_the_next_mail_at_once(site):
    port = smtp.free_port()
    with smtp.Server(port=port) as server:
        post_to(1, 'revision:1')
        site.settle()
        kept, connections._kept[:] = connections._kept[:], []   # so that leaving does not close it
    connections._kept[:] = kept
    with smtp.Server(port=port) as server:
        post_to(1, 'revision:2')
        site.settle()
        assert len(kept) == 1 and len(server.mails) == 1
    assert {delivery.attempts for delivery in Delivery.select()} == {1}


def test_refusals_do_not_cost_the_connection(site, server):
    server.refused = {'reader1@example.org', 'reader3@example.org'}
    post_to(6)
    site.settle()
    assert len(server.mails) == 4 and len(server.transports) <= 2


@pytest.mark.parametrize('mode', ['drop', 'stall'])
def test_what_may_have_arrived_is_not_sent_again_at_once(site, server, mode):
    post_to(1, 'revision:0')
    site.settle()       # now there is a connection that would be used
    server.mode = mode
    post_to(1)
    site.settle()
    waiting = Delivery.get(Delivery.state == 'queued')
    assert len(server.mails) == 2 and waiting.last_words.startswith('The connection was lost while')
    server.mode = 'accept'
    clock.advance(15)
    site.settle()
    _, first, second = server.mails
    assert first['Message-ID'] == second['Message-ID'] and first.data == second.data


def test_what_was_taken_but_could_not_be_noted_is_not_sent_again(site, server, monkeypatch):
    """A full disk, or a database that others hold, after the server has said yes."""
    record, calls = tasks.record, []

    def fails_once(*args, **kwargs):
        calls.append(args)
        if len(calls) == 1:
            raise OperationalError('database is locked')
        record(*args, **kwargs)

    monkeypatch.setattr(tasks, 'record', fails_once)
    post_to(1)
    site.settle()
    clock.advance(15)
    site.settle()
    assert len(calls) == 2
    assert_each_once(server, 1)


def test_an_idle_connection_is_closed(site, server, monkeypatch):
    monkeypatch.setattr(connections, 'IDLE', 0.05)
    post_to(3)
    site.settle()
    wait_for(lambda: all(transport.is_closing() for transport in server.transports.values()), 3)


def test_a_connection_is_not_used_for_ever(site, server, monkeypatch):
    monkeypatch.setattr(connections, 'MAILS', 2)
    post_to(6)
    site.settle()
    assert_each_once(server, 6)
    assert len(server.transports) >= 3


def test_other_settings_mean_another_connection(site, server):
    post_to(1, 'revision:1')
    site.settle()
    settings.mail.timeout = 0.4
    post_to(1, 'revision:2')
    site.settle()
    assert len(server.mails) == len(server.transports) == 2
