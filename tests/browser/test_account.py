"""A forgotten password, a second factor and a new name, with and without scripts."""
import email
import email.policy
import re

import pyotp
from conftest import PASSWORD, enter, log_in, press
from playwright.sync_api import expect

from process import wait_for

NEW = 'a quiet green lake'


def link_of_mail(process, to):
    """The secret link of the newest mail to an address, when it has arrived."""
    return wait_for(lambda: next(links(process, to), None))


def links(process, to):
    for file in sorted((process.data / 'outbox').glob('*.eml'), reverse=True):
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        found = re.search(r'\S+[?]link=\S+', mail.get_body(('plain',)).get_content())
        if mail['To'] == to and found:
            yield found[0]


def see(page, words):
    expect(page.locator(f'text={words}').first).to_be_visible()


def test_a_forgotten_password(page, process, sound):
    page.goto('/login')
    press(page, 'text=Forgot your password?')
    page.fill('#who', 'edda@example.org')
    page.click('main button')
    see(page, 'Look into your mail')
    page.goto(link_of_mail(process, 'edda@example.org'))
    sound(page, 'recover')
    page.fill('#password', NEW)
    page.click('main button')
    see(page, 'Your password is changed')
    log_in(page, 'edda')
    see(page, 'do not belong together')
    log_in(page, 'edda', NEW)
    expect(page.locator('summary:has-text("edda")')).to_be_visible()


def test_a_second_factor_from_its_picture_to_its_end(page, process, sound):
    enter(page, process)
    page.goto('/account')
    press(page, 'text=Turn it on')
    app = pyotp.TOTP(page.input_value('[name=secret]'))
    assert page.evaluate('document.querySelector(".qr").naturalWidth') > 100
    page.fill('#code', app.now())
    page.fill('#password', PASSWORD)
    press(page, 'main button')
    expect(page.locator('.codes code')).to_have_count(10)
    sound(page, 'codes')
    codes = page.locator('.codes code').all_text_contents()
    press(page, 'text=I have them')
    page.click('summary:has-text("Ada")')
    press(page, 'text=Log out')
    log_in(page)
    sound(page, 'code')
    page.fill('#code', codes[0])
    press(page, 'main button')
    page.goto('/account/second-factor')
    see(page, '9 recovery codes are left')
    page.fill('#password', PASSWORD)
    page.fill('#code', codes[1])
    page.click('text=Turn the second factor off')
    see(page, 'the password is enough')


def test_another_address(page, process):
    enter(page, process)
    page.goto('/account/address')
    page.fill('#email', 'new@example.org')
    page.fill('#password', PASSWORD)
    page.click('main button')
    see(page, 'A link was sent to new@example.org')
    page.goto(link_of_mail(process, 'new@example.org'))
    page.click('text=That is right')
    see(page, 'Mails go to new@example.org from now on')
