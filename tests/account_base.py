"""What tests of one's own account share: mails as they arrive, and the links in them."""
import email
import email.policy
import re

from kuma_lite.account.actions import LATER
from kuma_lite.mail import transport
from tasks_base import advance


def mails(address):
    """The mails that have arrived there, the oldest first."""
    files = sorted(transport.outbox().glob('*.eml'))
    found = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    return [mail for mail in found if mail['To'] == address]


def text_of(mail):
    return mail.get_body(('plain',)).get_content()


def link_in(mail):
    """The path and query of the only secret link in a mail."""
    [link] = re.findall(r'http://wiki\.test(/\S+[?]link=\S+)', text_of(mail))
    return link


def ask_for_link(browser, who, **environ):
    """“Forgot your password?” is filled in and sent, and the task that mails has had its time."""
    form = fill(browser.get('/login/forgotten').forms['forgotten'], who=who)
    answer = form.submit(extra_environ=environ, expect_errors=True)
    advance(LATER)
    return answer


def fill(form, **fields):
    for field, value in fields.items():
        form[field] = value
    return form


def log_in(browser, name, password, address='192.0.2.7'):
    form = fill(browser.get('/login').forms['login'], name=name, password=password)
    return form.submit(extra_environ={'REMOTE_ADDR': address}, expect_errors=True)
