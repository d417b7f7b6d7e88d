"""A forgotten password, a second factor and a new name, with and without scripts."""
import email
import email.policy
import re
import time

import pyotp
from conftest import PASSWORD, add_user, log_in, set_up

NEW = 'a quiet green lake'


def link_of_mail(process, to):
    """The secret link of the newest mail to an address, when it has arrived."""
    for _ in range(200):
        for file in sorted((process.data / 'outbox').glob('*.eml'), reverse=True):
            mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            found = re.search(r'\S+[?]link=\S+', mail.get_body(('plain',)).get_content())
            if mail['To'] == to and found:
                return found[0]
        time.sleep(.05)
    raise AssertionError(f'no mail has come to {to}')


def test_a_forgotten_password(page, process):
    add_user(process, 'edda')
    page.goto('/login')
    page.click('text=Forgot your password?')
    page.fill('#who', 'edda@example.org')
    page.click('main button')
    page.wait_for_selector('text=Look into your mail')
    page.goto(link_of_mail(process, 'edda@example.org'))
    page.fill('#password', NEW)
    page.click('main button')
    page.wait_for_selector('text=Your password is changed')
    log_in(page, 'edda')
    page.wait_for_selector('text=do not belong together')
    page.fill('#login [name=name]', 'edda')
    page.fill('#login [name=password]', NEW)
    page.click('#login button')
    page.wait_for_selector('summary:has-text("edda")')


def test_a_second_factor_from_its_picture_to_its_end(page, process):
    set_up(page, process)
    page.goto('/account')
    page.click('text=Turn it on')
    app = pyotp.TOTP(page.input_value('[name=secret]'))
    assert page.evaluate('document.querySelector(".qr").naturalWidth') > 100
    page.fill('#code', app.now())
    page.fill('#password', PASSWORD)
    page.click('main button')
    codes = page.locator('.codes code').all_text_contents()
    page.click('text=I have them')
    page.click('summary:has-text("Ada")')
    page.click('text=Log out')
    log_in(page)
    page.fill('#code', codes[0])
    page.click('main button')
    page.goto('/account/second-factor')
    page.wait_for_selector('text=9 recovery codes are left')
    page.fill('#password', PASSWORD)
    page.fill('#code', codes[1])
    page.click('text=Turn the second factor off')
    page.wait_for_selector('text=the password is enough')


def test_another_address(page, process):
    set_up(page, process)
    page.goto('/account/address')
    page.fill('#email', 'new@example.org')
    page.fill('#password', PASSWORD)
    page.click('main button')
    page.wait_for_selector('text=A link was sent to new@example.org')
    page.goto(link_of_mail(process, 'new@example.org'))
    page.click('text=That is right')
    page.wait_for_selector('text=Mails go to new@example.org from now on')
