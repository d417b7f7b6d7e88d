"""The first hour of a wiki, as its host and its first reader live through it."""
import email
import email.policy

from conftest import PASSWORD, add_user, log_in, press, save, set_up, write
from playwright.sync_api import expect

from process import wait_for


def test_from_the_printed_link_to_the_first_page(page, process):
    set_up(page, process)
    assert 'Welcome, Ada' in page.inner_text('.flash')
    page.click('main a:has-text("home page"), main a.button')
    page.fill('#text', '# Home\n\nHello **world**, see [[Tea]].')
    save(page)
    assert page.inner_text('article strong') == 'world'
    assert page.get_attribute('article p a', 'class') == 'missing'
    page.click('article a.missing')
    page.fill('#text', 'Hot.')
    save(page)
    wait_for(lambda: page.goto('/') and page.get_attribute('article p a', 'class') is None)


def test_the_link_works_once(page, process):
    set_up(page, process)
    assert page.goto(process.setup).status == 404


def test_logging_out_and_in_again(page, process):
    set_up(page, process)
    page.click('summary:has-text("Ada")')
    page.click('text=Log out')
    page.wait_for_selector('text=You are logged out.')
    page.goto('/login')
    page.fill('#login [name=name]', 'ada')
    page.fill('#login [name=password]', 'wrong')
    press(page, '#login button')
    expect(page.locator('[role=alert]')).to_be_visible()
    page.fill('#login [name=password]', PASSWORD)
    press(page, '#login button')
    expect(page.locator('summary:has-text("Ada")')).to_be_visible()


def test_a_preview_keeps_what_was_typed(page, process):
    set_up(page, process)
    page.goto('/docs/Tea$edit')
    page.fill('#text', '\n  *first* line after an empty one')
    page.click('text=Preview')
    assert page.inner_text('.prose em') == 'first'
    assert page.input_value('#text') == '\n  *first* line after an empty one'


def test_a_late_edit_loses_nothing(page, open_browser, process):
    set_up(page, process)
    write(page, 'Tea', 'one')
    other = open_browser()
    log_in(other)
    other.goto('/docs/Tea$edit')
    write(page, 'Tea', 'two')
    other.fill('#text', 'three')
    other.on('dialog', lambda dialog: dialog.accept())
    save(other)
    assert other.input_value('#text') == 'three'
    assert 'two' in other.inner_text('main') and other.is_visible('[role=alert]')
    save(other)
    assert other.inner_text('article') == 'three'


def test_an_edit_becomes_a_mail_for_who_watches(page, open_browser, process):
    set_up(page, process)
    write(page, 'Tea', 'one')
    page.click('text=Watch this page')
    page.wait_for_selector('text=Stop watching')
    add_user(process, 'edda')
    editor = open_browser()
    log_in(editor, 'edda')
    write(editor, 'Tea', 'two')
    [file] = wait_for(lambda: list((process.data / 'outbox').glob('*.eml')))
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert mail['Subject'] == '[Kuma Lite] Page "Tea" changed by edda'
    assert '+two' in mail.get_body(['plain']).get_content()
    page.goto('/mails')
    page.click('main td a')
    assert 'ada@example.org' in page.inner_text('body')


def test_the_contributors_appear_without_a_reload(open_browser, process):
    page = open_browser()
    set_up(page, process)
    write(page, 'Tea', 'one')
    page.wait_for_selector('text=Contributors', timeout=8000)
