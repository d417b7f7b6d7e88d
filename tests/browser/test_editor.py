"""Writing in a real browser: the toolbar, lists, the preview, drafts after a crash, who else is at it."""
import contextlib
import re

import pytest
from conftest import SAVE, enter, log_in, press, put, save
from pictures import WIDTHS, fits, problems
from playwright.sync_api import Error, expect

from process import Process

TEXT = 'One two three'


@pytest.fixture
def ada(open_browser, process):
    """A browser with JavaScript in which a page is open for editing."""
    page = open_browser()
    enter(page, process)
    return opened(page)


def opened(page, path='Tea'):
    page.goto(f'/docs/{path}$edit')
    page.focus('#text')
    return page


def choose(page, words):
    page.evaluate('''words => { const field = document.querySelector('#text');
        const at = field.value.indexOf(words);
        field.focus(); field.setSelectionRange(at, at + words.length); }''', words)


def text(page):
    return page.locator('#text')


def hit(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def kept(page):
    expect(page.locator('text=Draft kept')).to_be_visible()


def not_kept(page):
    expect(page.locator('text=Not kept as a draft')).to_be_visible()


def expect_no_draft(page):
    expect(page.locator('text=Continue with it')).to_have_count(0)


def type_steadily(page):
    """Without a pause in which a draft would be kept, by the page's clock for six seconds."""
    page.clock.install()
    for letter in 'Typed without a pause':
        page.keyboard.type(letter)
        page.clock.run_for(300)     # milliseconds


TOOLS = {
    'Bold': 'One **two** three', 'Italic': 'One *two* three', 'Code': 'One `two` three',
    'Link': 'One [two](https://) three', 'Link to a page of this wiki': 'One [[two]] three',
    'Heading': '## One two three', 'List': '- One two three', 'Numbered list': '1. One two three',
    'List of tasks': '- [ ] One two three', 'Quote': '> One two three',
    'Table': 'One two three\n\n| One | Two |\n| --- | --- |\n| a | b |\n'}


def test_the_toolbar(ada):
    for name, changed in TOOLS.items():
        ada.fill('#text', TEXT)
        choose(ada, 'two')
        ada.click(f'role=button[name="{name}"]')
        expect(text(ada)).to_have_value(changed)
        hit(ada, 'Control+z')
        expect(text(ada)).to_have_value(TEXT)


def test_marks_go_as_they_came(ada):
    ada.fill('#text', TEXT)
    choose(ada, 'two')
    hit(ada, 'Control+b', 'Control+i')
    expect(text(ada)).to_have_value('One ***two*** three')
    hit(ada, 'Control+b')
    expect(text(ada)).to_have_value('One *two* three')
    hit(ada, 'Control+i', 'Control+k')
    expect(text(ada)).to_have_value('One [two](https://) three')
    ada.keyboard.type('example.org')
    ada.fill('#text', 'a\nb')
    hit(ada, 'Control+a')
    ada.click('role=button[name="List"]')
    ada.click('role=button[name="Numbered list"]')
    expect(text(ada)).to_have_value('1. a\n2. b')
    ada.click('role=button[name="Numbered list"]')
    expect(text(ada)).to_have_value('a\nb')


def test_the_toolbar_is_one_stop_for_the_keyboard(ada):
    ada.focus('role=button[name="Bold"]')
    hit(ada, 'ArrowRight', 'ArrowRight', 'ArrowLeft')
    expect(ada.locator('role=button[name="Italic"]')).to_be_focused()
    hit(ada, 'Tab')
    expect(ada.locator('#text')).to_be_focused()


LISTS = {
    '- a': '- a\n- ', '* a': '* a\n* ', '9. a': '9. a\n10. ', '1) a': '1) a\n2) ',
    '- [x] a': '- [x] a\n- [ ] ', '> a': '> a\n> ', '> - a': '> - a\n> - ', '  - a': '  - a\n  - ',
    'a - b': 'a - b\n', '-a': '-a\n', '    a': '    a\n'}


def test_a_list_goes_on_by_itself(ada):
    for typed, goes_on in LISTS.items():
        ada.fill('#text', '')
        ada.keyboard.type(typed)
        hit(ada, 'Enter')
        expect(text(ada)).to_have_value(goes_on)


def test_enter_on_an_empty_item_ends_the_list(ada):
    ada.keyboard.type('- a')
    hit(ada, 'Enter', 'Enter')
    ada.keyboard.type('b')
    expect(text(ada)).to_have_value('- a\nb')
    hit(ada, 'Control+z', 'Control+z')
    expect(text(ada)).to_have_value('- a')


def test_tab_sets_items_in_and_lets_the_keyboard_out(ada):
    ada.keyboard.type('- a\nb')
    hit(ada, 'Tab')
    expect(text(ada)).to_have_value('- a\n  - b')
    hit(ada, 'Shift+Tab')
    ada.keyboard.type('!')
    expect(text(ada)).to_have_value('- a\n- b!')
    hit(ada, 'Escape', 'Tab')
    expect(text(ada)).not_to_be_focused()
    expect(text(ada)).to_have_value('- a\n- b!')
    ada.fill('#text', 'no list')
    hit(ada, 'Tab')
    expect(text(ada)).not_to_be_focused()


@pytest.mark.parametrize('keys', ['Control+s', 'Control+Enter'])
def test_saving_by_the_keyboard(ada, keys):
    ada.keyboard.type('Hot.')
    hit(ada, keys)
    expect(ada.locator('text=Saved.')).to_be_visible()
    expect(ada.locator('article')).to_have_text('Hot.')


def test_the_preview_follows_what_is_typed(ada):
    ada.keyboard.type('**Hot**')
    hit(ada, 'Control+Shift+P')
    ada.wait_for_selector('#preview strong')
    ada.focus('#text')
    hit(ada, 'Control+End')
    ada.keyboard.type('\n\nline\n' * 60 + '*Cold*')
    ada.wait_for_selector('#preview em')
    ada.evaluate('document.querySelector("#preview").scrollTop = 200')
    ada.keyboard.type(' `Tea`')
    ada.wait_for_selector('#preview code')
    expect(ada.locator('#preview')).to_have_js_property('scrollTop', 200)
    expect(ada.locator('#text')).to_be_focused()
    ada.click('text=Preview')
    expect(ada.locator('#preview')).to_be_hidden()
    expect(ada).to_have_url(re.compile(r'\$edit$'))


def test_the_preview_says_what_is_wrong(ada):
    ada.fill('#text', '>' * 200 + 'deep')
    ada.click('text=Preview')
    ada.wait_for_selector('#preview .error')
    ada.fill('#text', 'flat')
    ada.wait_for_selector('#preview p:has-text("flat")')
    expect(ada.locator('#preview .error')).to_have_count(0)


def test_the_preview_says_why_it_is_refused(ada):
    ada.click('text=Preview')
    refused = []
    ada.on('response', lambda answer: refused.append(answer.status) if answer.status >= 400 else None)
    ada.fill('#text', 'x' * 2_000_001)
    ada.wait_for_selector('#preview .error:has-text("“content” is too long")')
    ada.evaluate('document.querySelector("#edit-form").elements.csrf.value = "old"')
    ada.fill('#text', 'short')
    ada.wait_for_selector('#preview .error:has-text("expired")')
    assert [*dict.fromkeys(refused)] == [413, 403]


def test_a_draft_survives_a_crash_of_both_sides(ada, open_browser, process, tmp_path):
    ada.keyboard.type('Typed for hours.')
    kept(ada)
    state = ada.context.storage_state()
    process.kill()
    ada.keyboard.type(' And more.')
    not_kept(ada)
    crash(ada)
    with Process(tmp_path / 'data') as again:
        page = open_browser(storage_state=state, base_url=again.url)
        opened(page)
        expect(text(page)).to_have_value('')
        page.click('text=Continue with it')
        expect(text(page)).to_have_value('Typed for hours.')
        save(page)
        expect_no_draft(opened(page))


def test_typing_goes_on_after_the_server_came_back(ada, process, tmp_path):
    ada.keyboard.type('Typed for hours.')
    kept(ada)
    process.kill()
    ada.keyboard.type(' And more.')
    not_kept(ada)
    with Process(tmp_path / 'data', '--port', process.url.rpartition(':')[2]):
        ada.keyboard.type(' And the end.')
        kept(ada)
        opened(ada)
        ada.click('text=Continue with it')
        expect(text(ada)).to_have_value('Typed for hours. And more. And the end.')


def test_a_draft_is_kept_however_steadily_somebody_types(ada):
    with ada.expect_request('**$draft'):
        type_steadily(ada)
    kept(ada)


def test_what_was_sent_while_the_wiki_was_down_is_offered_to_its_person(ada, process):
    ada.route('**/docs/Tea$edit', lambda route: route.abort() if route.request.method == 'POST'
              else route.fallback())
    ada.keyboard.type('Typed last.')
    save_in_vain(ada)
    ada.unroute('**/docs/Tea$edit')
    ada.context.clear_cookies()
    log_in(ada, 'mona')
    expect_no_draft(opened(ada))
    ada.context.clear_cookies()
    log_in(ada)
    opened(ada).click('text=Continue with it')
    expect(text(ada)).to_have_value('Typed last.')
    save(ada)
    expect(ada.locator('.flash')).to_be_visible()
    assert ada.evaluate('Object.keys(localStorage).concat(Object.keys(sessionStorage))') == []
    expect_no_draft(opened(ada))


def test_without_javascript_a_draft_is_kept_by_a_button(open_browser, process):
    page = open_browser(java_script_enabled=False)
    enter(page, process)
    opened(page)
    page.fill('#text', 'Typed for hours.')
    press(page, 'text=Keep as draft')
    expect(page.locator('text=Kept as a draft')).to_be_visible()
    expect(text(page)).to_have_value('Typed for hours.')
    state = page.context.storage_state()
    page.close()
    again = opened(open_browser(java_script_enabled=False, storage_state=state))
    again.click('text=Continue with it')
    expect(text(again)).to_have_value('Typed for hours.')
    save(again)
    again.goto('/drafts')
    expect(again.locator('text=You have no drafts.')).to_be_visible()


def test_a_tab_that_is_closed_at_once_leaves_a_draft(ada):
    ada.keyboard.type('The last words')
    other = ada.context.new_page()
    ada.close()

    while not opened(other).locator('text=Continue with it').count():   # it may still be on its way
        pass
    other.click('text=Continue with it')
    expect(text(other)).to_have_value('The last words')


def test_leaving_is_asked_about_until_the_draft_is_kept(ada):
    asked = []
    ada.on('dialog', lambda dialog: (asked.append(dialog.type), dialog.accept()))
    ada.keyboard.type('Hot.')
    ada.goto('/all')
    assert asked == ['beforeunload']
    opened(ada, 'Other').keyboard.type('Hot.')
    kept(ada)
    ada.goto('/all')
    assert asked == ['beforeunload']
    opened(ada, 'Third')
    ada.goto('/all')
    assert asked == ['beforeunload']


def test_a_second_person_is_announced_while_one_writes(open_browser, process):
    page, mona = open_browser(), open_browser()
    put(process, 'Tea', 'Hot.')
    enter(page, process)
    enter(mona, process, 'mona')
    opened(page)
    opened(mona)
    expect(mona.locator('#others')).to_contain_text('Ada has had this page open')
    page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')      # a beat before its time
    expect(page.locator('#others')).to_contain_text('mona has had this page open')


def test_the_form_with_all_that_can_stand_around_it(ada, open_browser):
    ada.keyboard.type('- a list')
    kept(ada)
    page = open_browser(storage_state=ada.context.storage_state(), viewport={'width': 360, 'height': 900})
    opened(page).keyboard.type('**Hot**')
    page.click('text=Preview')
    expect(page.locator('#preview strong')).to_be_visible()
    kept(page)
    for width in WIDTHS:
        assert fits(page, width, 'editor')
        assert problems(page) == []


def save_in_vain(page):
    """The wiki does not answer, as `page.route` has it."""
    page.click(SAVE)
    page.wait_for_url('chrome-error://**')


def crash(page):
    """The page is gone at once, and none of its scripts hears of it."""
    with page.expect_event('crash'), contextlib.suppress(Error):
        page.goto('chrome://crash')
