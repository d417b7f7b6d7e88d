"""A mail for each address: sent once, tried again while there is hope, refused without a fuss."""
import threading
import time

import pytest

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.mail import actions, stranded, tasks
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery
from kuma_lite.queue import ledger
from kuma_lite.queue.tables import Attempt, Task
from tests import smtp


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


def post_to(*addresses, key='revision:1'):
    with db.connection():
        post(key, 'News', 'It changed.', [Recipient(address, 'You asked for it.') for address in addresses])


def states():
    return {delivery.address: delivery.state for delivery in Delivery.select()}


def test_a_mail_goes_to_each_address(site, server):
    post_to('wanda@example.org', 'will@example.org')
    site.settle()
    assert sorted(server.recipients) == ['wanda@example.org', 'will@example.org']
    assert [mail['To'] for mail in server.mails] == server.recipients
    assert set(states().values()) == {'sent'}
    assert server.mails[0].text == 'It changed.\n\n-- \nYou asked for it.\n'


def test_posting_twice_mails_once(site, server):
    post_to('wanda@example.org')
    post_to('wanda@example.org', 'WANDA@example.org', 'will@example.org')
    site.settle()
    assert sorted(server.recipients) == ['wanda@example.org', 'will@example.org']


def test_a_fan_out_that_is_killed_half_way_is_completed_by_the_next_run(site, server, monkeypatch):
    addresses = [f'reader{number}@example.org' for number in range(7)]
    monkeypatch.setattr('kuma_lite.mail.actions.CHUNK', 3)
    deliver, calls = tasks.deliver, []

    def dies_at_the_fifth(delivery_id):
        calls.append(delivery_id)
        if len(calls) == 5:
            raise KeyboardInterrupt
        deliver(delivery_id)

    with monkeypatch.context() as patch:
        patch.setattr('kuma_lite.mail.actions.deliver', dies_at_the_fifth)
        with pytest.raises(KeyboardInterrupt):
            post_to(*addresses)
    assert len(states()) == 3      # the second chunk left nothing behind
    post_to(*addresses)
    site.settle()
    assert sorted(server.recipients) == addresses


def test_running_a_delivery_twice_mails_once(site, server):
    post_to('wanda@example.org')
    site.settle()
    tasks.deliver.func(Delivery.get().id)
    assert len(server.mails) == 1


def test_one_refused_address_stops_nobody_else(site, server):
    server.refused = {'gone@example.org'}
    post_to('gone@example.org', 'wanda@example.org')
    site.settle()
    assert server.recipients == ['wanda@example.org']
    assert states() == {'gone@example.org': 'refused', 'wanda@example.org': 'sent'}
    refused = Delivery.get(Delivery.state == 'refused')
    assert refused.last_words == '550 No such person here'
    assert {task.state for task in Task.select().where(Task.name == 'mail.deliver')} == {'done'}


@pytest.mark.parametrize('address', [
    'wanda@example.org\r\nBcc: mallory@example.org', 'wanda@example.org\nRCPT TO:<mallory@example.org>',
    'wanda@example.org, mallory@example.org', '<wanda@example.org>', 'Wanda <wanda@example.org>', '',
    'wanda', '@example.org', 'wanda@', 'wanda@example.org\n', 'wända@example.org', 'wanda@example.org\0',
    'a' * 300 + '@example.org', 'wanda@example.org> SIZE=1'])
def test_what_is_not_an_address_never_reaches_the_server(site, server, address):
    post_to(address, 'will@example.org')
    site.settle()
    assert server.tries == ['will@example.org']
    assert states()[address] == 'refused'


def test_a_mail_that_is_refused_as_such_is_not_tried_again(site, server):
    server.mode = 'reject'
    post_to('wanda@example.org')
    site.settle()
    clock.advance(3600)
    site.settle()
    assert states() == {'wanda@example.org': 'refused'}
    assert len(server.tries) == 1


def test_a_server_that_says_later_for_an_hour_gets_each_mail_once(site, server):
    """The waits grow from 10 s; the mail comes at most twice the time that the trouble lasted."""
    server.mode, began = 'later', clock.now()
    post_to('wanda@example.org', 'will@example.org')
    while states() != dict.fromkeys(states(), 'sent'):
        server.mode = 'later' if clock.now() < began + 3600 else 'accept'
        clock.advance(300)
        site.settle()
    assert sorted(server.recipients) == ['wanda@example.org', 'will@example.org']
    assert clock.now() < began + 2 * 3600 + 600
    assert len(server.tries) <= 2 * 14


def test_one_of_many_that_is_refused_stops_nobody(site, server):
    addresses = [f'reader{number}@example.org' for number in range(60)]
    server.refused = {addresses[30]}
    post_to(*addresses)
    site.settle()
    assert sorted(server.recipients) == sorted(set(addresses) - server.refused)
    [refused] = Delivery.select().where(Delivery.state != 'sent')
    assert (refused.address, refused.last_words) == (addresses[30], '550 No such person here')


def test_the_record_keeps_the_words_and_the_time_of_the_last_attempt(site, server):
    server.mode = 'later'
    began = clock.now()
    post_to('wanda@example.org')
    site.settle()
    first = Delivery.get()
    assert began <= first.tried_at <= clock.now() and first.sent_at is None
    server.mode = 'accept'
    clock.advance(15)
    site.settle()
    last = Delivery.get()
    assert last.tried_at == last.sent_at > first.tried_at + 10
    assert (last.state, last.attempts, last.last_words) == ('sent', 2, '250 Accepted')


def test_words_of_a_server_are_one_line_whatever_they_hold(site, server):
    server.refused, server.refusal = {'wanda@example.org'}, '550-Nobody\r\n550 h\xe9re\tof   that\x07 name'
    post_to('wanda@example.org')
    site.settle()
    assert Delivery.get().last_words.startswith('550 Nobody h') and '\n' not in Delivery.get().last_words


@pytest.mark.parametrize('end', ['dead', 'cancelled', 'gone'])
def test_a_mail_whose_task_ended_without_a_word_is_given_up(site, server, end):
    """As one that was cancelled, or whose process died each time."""
    server.mode = 'later'
    post_to('wanda@example.org', 'will@example.org')
    site.settle()
    mine = stranded.tasks(Delivery.get(Delivery.address == 'wanda@example.org').id)
    task = mine.get()
    if end == 'dead':
        Task.update(state='dead', error='its worker died each time').where(Task.id == task.id).execute()
    elif end == 'cancelled':
        ledger.cancel(task.id)
    else:
        Attempt.delete().execute()
        task.delete_instance()
    tasks.give_up_stranded()
    tasks.give_up_stranded()
    site.settle()
    assert states() == {'wanda@example.org': 'gave_up', 'will@example.org': 'queued'}
    words = Delivery.get(Delivery.state == 'gave_up').last_words
    assert {'dead': 'its worker died', 'cancelled': 'by a person', 'gone': 'forgotten'}[end] in words


@pytest.mark.parametrize('ended', ['refused', 'gave_up'])
def test_a_person_can_have_it_sent_again(site, server, ended):
    server.mode = 'refuse'
    post_to('wanda@example.org')
    site.settle()
    server.mode = 'accept'
    Delivery.update(state=ended).execute()
    delivery = Delivery.get()
    assert [actions.retry(delivery), actions.retry(delivery)] == [True, False]
    site.settle()
    assert states() == {'wanda@example.org': 'sent'} and len(server.mails) == 1


def test_to_send_it_again_wakes_the_task_that_died(site, server):
    post_to('wanda@example.org')
    site.settle()
    Delivery.update(state='gave_up').execute()
    Task.update(state='dead').where(Task.name == 'mail.deliver').execute()
    actions.retry(Delivery.get())
    site.settle()
    assert [task.state for task in Task.select().where(Task.name == 'mail.deliver')] == ['done']
    assert len(server.mails) == 2


def test_what_is_withdrawn_is_not_sent(site, server):
    server.mode = 'later'
    post_to('wanda@example.org', 'will@example.org')
    site.settle()
    actions.withdraw('Wanda@example.org', 'Its account is closed.')
    server.mode = 'accept'
    clock.advance(15)
    site.settle()
    assert server.recipients == ['will@example.org']
    refused = Delivery.get(Delivery.address == 'wanda@example.org')
    assert (refused.state, refused.last_words) == ('refused', 'Its account is closed.')


def test_what_was_sent_is_not_withdrawn(site, server):
    post_to('wanda@example.org')
    site.settle()
    actions.withdraw('wanda@example.org', 'Its account is closed.')
    assert states() == {'wanda@example.org': 'sent'}


def test_what_is_sent_or_waits_is_not_sent_again_by_a_person(site, server):
    post_to('wanda@example.org')
    site.settle()
    assert not actions.retry(Delivery.get())
    Delivery.update(state='queued').execute()
    assert not actions.retry(Delivery.get())


@pytest.mark.parametrize('mode, words', [
    ('later', '451 Come back later'), ('hang', '127.0.0.1:'), ('drop', 'The connection was lost')])
def test_a_passing_trouble_delays_the_mail(site, server, mode, words):
    server.mode = mode
    post_to('wanda@example.org')
    site.settle()
    waiting = Delivery.get()
    assert (waiting.state, waiting.attempts) == ('queued', 1)
    assert waiting.last_words.startswith(words)
    server.mode = 'accept'
    clock.advance(15)
    site.settle()
    assert states() == {'wanda@example.org': 'sent'}


def test_a_server_that_is_down_delays_the_mail(site, server):
    port, settings.mail.port = settings.mail.port, smtp.free_port()
    post_to('wanda@example.org')
    site.settle()
    assert states() == {'wanda@example.org': 'queued'}
    settings.mail.port = port
    clock.advance(15)
    site.settle()
    assert server.recipients == ['wanda@example.org']


def test_every_attempt_sends_the_very_same_mail(site, server):
    """A server that took the mail and died before it said so gets it again, and can tell."""
    server.mode = 'drop'
    post_to('wanda@example.org')
    site.settle()
    server.mode = 'accept'
    clock.advance(15)
    site.settle()
    first, second = server.mails
    assert first.data == second.data
    assert first['Message-ID'] == second['Message-ID']


def test_after_a_day_a_delivery_gives_up_and_a_person_can_still_send_it(site, server):
    server.mode = 'later'
    post_to('wanda@example.org')
    site.settle()
    Delivery.update(attempts=tasks.RETRIES).execute()
    Task.update(attempt=tasks.RETRIES).where(Task.name == 'mail.deliver').execute()
    clock.advance(15)
    site.settle()
    assert states() == {'wanda@example.org': 'gave_up'}
    assert Task.get(Task.name == 'mail.deliver').state == 'dead'
    server.mode = 'accept'
    tasks.deliver(Delivery.get().id)
    site.settle()
    assert states() == {'wanda@example.org': 'sent'}


def test_nobody_waits_for_the_database_while_the_server_hangs(site, server):
    server.mode, settings.mail.timeout = 'hang', 3
    sender = threading.Thread(target=post_to, args=['wanda@example.org'])
    sender.start()
    assert server.hanging.wait(30)
    began = time.monotonic()
    with db.connection(), db.atomic():
        Delivery.update(footer='written meanwhile').execute()
    assert time.monotonic() - began < 2.5
    sender.join()
    site.settle()


@pytest.mark.parametrize('change', [{'security': 'starttls'}, {'security': 'tls'},
                                    {'user': 'kuma', 'password': 'secret'}])
def test_a_server_without_the_wanted_protection_gets_neither_mail_nor_password(site, server, change):
    vars(settings.mail).update(change)
    post_to('wanda@example.org')
    site.settle()
    assert server.tries == []
    assert states() == {'wanda@example.org': 'queued'}    # the setting can be put right


@pytest.mark.parametrize('security', ['starttls', 'tls'])
def test_a_protected_connection_needs_a_certificate_that_is_trusted(site, monkeypatch, security):
    with smtp.Server(security) as server:
        post_to('wanda@example.org')
        site.settle()
        assert states() == {'wanda@example.org': 'queued'} and server.tries == []
        monkeypatch.setenv('SSL_CERT_FILE', str(smtp.CERTIFICATE))
        clock.advance(15)
        site.settle()
        assert server.recipients == ['wanda@example.org']


@pytest.mark.filterwarnings('ignore:Requiring AUTH')
def test_a_password_opens_the_server_and_a_wrong_one_can_be_put_right(site):
    with smtp.Server(password='correct horse') as server:
        settings.mail.user, settings.mail.password = 'kuma', 'wrong'
        post_to('wanda@example.org')
        site.settle()
        assert states() == {'wanda@example.org': 'queued'}
        assert Delivery.get().last_words.startswith('535 ')
        settings.mail.password = 'correct horse'
        clock.advance(15)
        site.settle()
        assert server.recipients == ['wanda@example.org']


@pytest.mark.filterwarnings('ignore:Requiring AUTH')
def test_a_missing_log_in_is_no_refusal_of_the_mail(site):
    with smtp.Server(password='correct horse') as server:
        post_to('wanda@example.org')
        site.settle()
        assert states() == {'wanda@example.org': 'queued'} and server.mails == []
