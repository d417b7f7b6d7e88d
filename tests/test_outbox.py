"""Without a mail server every mail becomes one file, whole and private."""
import email
import email.policy
import os
import stat
from pathlib import Path

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.mail import tasks, transport
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery


def post_to(*addresses):
    post('revision:1', 'Grüße', 'Es ändert sich.', [Recipient(address) for address in addresses])


def files():
    return sorted(transport.outbox().iterdir())


def test_a_mail_becomes_a_file(site):
    post_to('wanda@example.org', 'will@example.org')
    site.settle()
    mails = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files()]
    assert {mail['To'] for mail in mails} == {'wanda@example.org', 'will@example.org'}
    assert {mail['Subject'] for mail in mails} == {'Grüße'}
    assert transport.outbox() == Path(settings.server.data) / 'outbox'


def test_who_opens_it_can_copy_a_link_out_of_it(site):
    link = 'https://wiki.example.org/recover?link=' + 'a=b' * 40
    post('revision:1', 'Grüße', f'Es ändert sich:\n{link}\n=3D _=', [Recipient('wanda@example.org')],
         html=f'<p>Es ändert sich: <a href="{link}">{link}</a></p>')
    site.settle()
    [file] = files()
    assert f'Es ändert sich:\r\n{link}\r\n=3D _='.encode() in file.read_bytes()
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert link in mail.get_body(['html']).get_content() and link in mail.get_body(['plain']).get_content()


def test_only_the_owner_can_read_it(site):
    previous = os.umask(0)
    try:
        post_to('wanda@example.org')
        site.settle()
    finally:
        os.umask(previous)
    assert [stat.S_IMODE(file.stat().st_mode) for file in files()] == [0o600]
    assert stat.S_IMODE(transport.outbox().stat().st_mode) == 0o700


def test_a_second_attempt_replaces_the_file_of_the_first(site):
    post_to('wanda@example.org')
    site.settle()
    Delivery.update(state='queued').execute()
    tasks.deliver.func(Delivery.get().id)
    assert len(files()) == 1


def test_a_file_that_cannot_be_written_is_tried_again(site):
    transport.outbox().write_text('a file where the folder should be')
    post_to('wanda@example.org')
    site.settle()
    assert Delivery.get().state == 'queued'
    transport.outbox().unlink()
    clock.advance(15)
    site.settle()
    assert [file.suffix for file in files()] == ['.eml']


def test_nothing_unfinished_is_left(site):
    post_to(*(f'reader{number}@example.org' for number in range(5)))
    site.settle()
    assert {file.suffix for file in files()} == {'.eml'}
