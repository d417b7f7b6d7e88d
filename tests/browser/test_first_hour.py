"""The first hour of a wiki, as its host and its first reader live through it."""
import email
import email.policy

from conftest import PASSWORD, enter, log_in, press, put, save, write
from playwright.sync_api import expect

from process import wait_for


def test_logging_in_and_out(page, process):
    log_in(page, 'ada', 'wrong')
    expect(page.locator('[role=alert]')).to_be_visible()
    page.fill('#login [name=password]', PASSWORD)
    press(page, '#login button')
    page.click('summary:has-text("Ada")')
    press(page, 'text=Log out')
    expect(page.locator('text=You are logged out.')).to_be_visible()
    expect(page.locator('summary:has-text("Ada")')).to_have_count(0)


def test_a_preview_keeps_what_was_typed(page, process):
    enter(page, process)
    page.goto('/docs/Tea$edit')
    page.fill('#text', '\n  *first* line after an empty one')
    page.click('text=Preview')
    expect(page.locator('.prose em')).to_have_text('first')
    expect(page.locator('#text')).to_have_value('\n  *first* line after an empty one')


def test_a_late_edit_loses_nothing(page, open_browser, process):
    put(process, 'Tea', 'one')
    enter(page, process)
    other = open_browser()
    enter(other, process)
    other.goto('/docs/Tea$edit')
    write(page, 'Tea', 'two')
    other.fill('#text', 'three')
    other.on('dialog', lambda dialog: dialog.accept())
    save(other)
    expect(other.locator('[role=alert]').first).to_be_visible()
    expect(other.locator('#text')).to_have_value('three')
    expect(other.locator('main')).to_contain_text('two')
    save(other)
    expect(other.locator('article')).to_have_text('three')


def test_an_edit_becomes_a_mail_for_who_watches(page, process):
    put(process, 'Tea', 'one')
    enter(page, process)
    page.goto('/docs/Tea')
    press(page, 'text=Watch this page')
    expect(page.locator('text=Stop watching')).to_be_visible()
    put(process, 'Tea', 'two', name='edda')
    [file] = wait_for(lambda: list((process.data / 'outbox').glob('*.eml')))
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail['Subject'] == '[Kuma Lite] Page "Tea" changed by edda'
    assert '+two' in mail.get_body(['plain']).get_content()
    page.goto('/mails')
    press(page, 'main td a')
    expect(page.locator('main')).to_contain_text('ada@example.org')


def test_the_contributors_appear_without_a_reload(open_browser, process):
    page = open_browser()
    enter(page, process)
    write(page, 'Tea', 'one')
    expect(page.locator('text=Contributors')).to_be_visible()
