"""Writing in a real browser: the toolbar, lists, the preview, drafts after a crash, who else is at it."""
import contextlib

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import add_user, log_in, save, set_up, write
from playwright.sync_api import Error
from test_accessibility import RULES

from process import Process, wait_for

TEXT = 'One two three'


@pytest.fixture
def ada(open_browser, process):
    """A browser with JavaScript in which a page is open for editing."""
    page = open_browser()
    set_up(page, process)
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
    return page.input_value('#text')


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def kept(page):
    page.wait_for_selector('text=Draft kept', timeout=6000)


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
        assert text(ada) == changed
        press(ada, 'Control+z')
        assert text(ada) == TEXT


def test_marks_go_as_they_came(ada):
    ada.fill('#text', TEXT)
    choose(ada, 'two')
    press(ada, 'Control+b', 'Control+i')
    assert text(ada) == 'One ***two*** three'
    press(ada, 'Control+b')
    assert text(ada) == 'One *two* three'
    press(ada, 'Control+i', 'Control+k')
    assert text(ada) == 'One [two](https://) three'
    ada.keyboard.type('example.org')
    ada.fill('#text', 'a\nb')
    press(ada, 'Control+a')
    ada.click('role=button[name="List"]')
    ada.click('role=button[name="Numbered list"]')
    assert text(ada) == '1. a\n2. b'
    ada.click('role=button[name="Numbered list"]')
    assert text(ada) == 'a\nb'


def test_the_toolbar_is_one_stop_for_the_keyboard(ada):
    ada.focus('role=button[name="Bold"]')
    press(ada, 'ArrowRight', 'ArrowRight', 'ArrowLeft')
    assert ada.evaluate('document.activeElement.title') == 'Italic (Ctrl+I)'
    press(ada, 'Tab')
    assert ada.evaluate('document.activeElement.id') == 'text'


LISTS = {
    '- a': '- a\n- ', '* a': '* a\n* ', '9. a': '9. a\n10. ', '1) a': '1) a\n2) ',
    '- [x] a': '- [x] a\n- [ ] ', '> a': '> a\n> ', '> - a': '> - a\n> - ', '  - a': '  - a\n  - ',
    'a - b': 'a - b\n', '-a': '-a\n', '    a': '    a\n'}


def test_a_list_goes_on_by_itself(ada):
    for typed, goes_on in LISTS.items():
        ada.fill('#text', '')
        ada.keyboard.type(typed)
        press(ada, 'Enter')
        assert text(ada) == goes_on


def test_enter_on_an_empty_item_ends_the_list(ada):
    ada.keyboard.type('- a')
    press(ada, 'Enter', 'Enter')
    ada.keyboard.type('b')
    assert text(ada) == '- a\nb'
    press(ada, 'Control+z', 'Control+z')
    assert text(ada) == '- a'


def test_tab_sets_items_in_and_lets_the_keyboard_out(ada):
    ada.keyboard.type('- a\nb')
    press(ada, 'Tab')
    assert text(ada) == '- a\n  - b'
    press(ada, 'Shift+Tab')
    ada.keyboard.type('!')
    assert text(ada) == '- a\n- b!'
    press(ada, 'Escape', 'Tab')
    assert ada.evaluate('document.activeElement.id') == 'tags' and text(ada) == '- a\n- b!'
    ada.fill('#text', 'no list')
    press(ada, 'Tab')
    assert ada.evaluate('document.activeElement.id') == 'tags'


@pytest.mark.parametrize('keys', ['Control+s', 'Control+Enter'])
def test_saving_by_the_keyboard(ada, keys):
    ada.keyboard.type('Hot.')
    press(ada, keys)
    ada.wait_for_selector('text=Saved.')
    assert ada.inner_text('article') == 'Hot.'


def test_the_preview_follows_what_is_typed(ada):
    ada.keyboard.type('**Hot**')
    press(ada, 'Control+Shift+P')
    ada.wait_for_selector('#preview strong')
    ada.focus('#text')
    press(ada, 'Control+End')
    ada.keyboard.type('\n\nline\n' * 60 + '*Cold*')
    ada.wait_for_selector('#preview em')
    ada.evaluate('document.querySelector("#preview").scrollTop = 200')
    ada.keyboard.type(' `Tea`')
    ada.wait_for_selector('#preview code')
    assert ada.evaluate('document.querySelector("#preview").scrollTop') == 200
    assert ada.evaluate('document.activeElement.id') == 'text'
    ada.click('text=Preview')
    assert ada.is_hidden('#preview') and ada.url.endswith('$edit')


def test_the_preview_says_what_is_wrong(ada):
    ada.fill('#text', '>' * 200 + 'deep')
    ada.click('text=Preview')
    ada.wait_for_selector('#preview .error')
    ada.fill('#text', 'flat')
    ada.wait_for_selector('#preview p:has-text("flat")')
    assert ada.query_selector('#preview .error') is None


def test_the_preview_says_why_it_is_refused(ada):
    ada.click('text=Preview')
    refused = []
    ada.on('response', lambda answer: refused.append(answer.status) if answer.status >= 400 else None)
    ada.fill('#text', 'x' * 2_000_001)
    ada.wait_for_selector('#preview .error:has-text("“content” is too long")')
    ada.evaluate('document.querySelector("#edit-form").elements.csrf.value = "old"')
    ada.fill('#text', 'short')
    ada.wait_for_selector('#preview .error:has-text("expired")')
    assert refused[:2] == [413, 403]


def test_a_draft_survives_a_crash_of_both_sides(ada, open_browser, process, tmp_path):
    ada.keyboard.type('Typed for hours.')
    kept(ada)
    state = ada.context.storage_state()
    process.kill()
    ada.keyboard.type(' And more.')
    ada.wait_for_selector('text=Not kept as a draft', timeout=8000)
    crash(ada)
    with Process(tmp_path / 'data') as again:
        page = open_browser(storage_state=state, base_url=again.url)
        opened(page)
        assert text(page) == ''
        page.click('text=Continue with it')
        assert text(page) == 'Typed for hours.'
        save(page)
        page.wait_for_selector('article')
        opened(page)
        assert not page.is_visible('text=Continue with it')


def test_typing_goes_on_after_the_server_came_back(ada, process, tmp_path):
    ada.keyboard.type('Typed for hours.')
    kept(ada)
    process.kill()
    ada.keyboard.type(' And more.')
    ada.wait_for_selector('text=Not kept as a draft', timeout=8000)
    with Process(tmp_path / 'data', '--port', process.url.rpartition(':')[2]):
        ada.keyboard.type(' And the end.')
        kept(ada)
        opened(ada)
        ada.click('text=Continue with it')
        assert text(ada) == 'Typed for hours. And more. And the end.'


def test_a_draft_is_kept_however_steadily_somebody_types(ada):
    with ada.expect_request('**$draft', timeout=8000):
        ada.keyboard.type('Typed without a pause.', delay=300)
    kept(ada)


def test_what_was_sent_while_the_wiki_was_down_is_offered_to_its_person(ada, process):
    ada.route('**/docs/Tea$edit', lambda route: route.abort() if route.request.method == 'POST'
              else route.fallback())
    ada.keyboard.type('Typed last.')
    save(ada)
    ada.wait_for_timeout(500)
    ada.unroute('**/docs/Tea$edit')
    add_user(process, 'mona')
    ada.context.clear_cookies()
    log_in(ada, 'mona')
    assert not opened(ada).is_visible('text=Continue with it')
    ada.context.clear_cookies()
    log_in(ada)
    opened(ada).click('text=Continue with it')
    assert text(ada) == 'Typed last.'
    save(ada)
    ada.wait_for_selector('.flash')
    assert ada.evaluate('Object.keys(localStorage).concat(Object.keys(sessionStorage))') == []
    assert not opened(ada).is_visible('text=Continue with it')


def test_without_javascript_a_draft_is_kept_by_a_button(open_browser, process):
    page = open_browser(java_script_enabled=False)
    set_up(page, process)
    opened(page)
    page.fill('#text', 'Typed for hours.')
    page.click('text=Keep as draft')
    assert text(page) == 'Typed for hours.' and page.is_visible('text=Kept as a draft')
    state = page.context.storage_state()
    page.close()
    again = opened(open_browser(java_script_enabled=False, storage_state=state))
    again.click('text=Continue with it')
    assert text(again) == 'Typed for hours.'
    save(again)
    again.goto('/drafts')
    assert again.is_visible('text=You have no drafts.')


def test_a_tab_that_is_closed_at_once_leaves_a_draft(ada):
    ada.keyboard.type('The last words')
    other = ada.context.new_page()
    ada.close()

    def offered():
        opened(other)
        return other.is_visible('text=Continue with it')
    wait_for(offered)
    other.click('text=Continue with it')
    assert text(other) == 'The last words'


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
    page = open_browser()
    set_up(page, process)
    write(page, 'Tea', 'Hot.')
    add_user(process, 'mona')
    opened(page)
    mona = open_browser()
    log_in(mona, 'mona')
    opened(mona)
    assert 'Ada has had this page open' in mona.inner_text('#others')
    page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')      # a beat before its time
    page.wait_for_selector('#others:has-text("mona has had this page open")')


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_the_form_with_all_that_can_stand_around_it(ada, open_browser, scheme):
    ada.keyboard.type('- a list')
    kept(ada)
    for width in (360, 1280):
        page = open_browser(storage_state=ada.context.storage_state(), color_scheme=scheme,
                            viewport={'width': width, 'height': 900})
        opened(page).keyboard.type('**Hot**')
        page.click('text=Preview')
        page.wait_for_selector('#preview strong')
        kept(page)
        assert page.evaluate('document.documentElement.scrollWidth') <= width
        assert Axe().run(page, options=RULES).response['violations'] == []


def crash(page):
    """The page is gone at once, and none of its scripts hears of it."""
    with page.expect_event('crash'), contextlib.suppress(Error):
        page.goto('chrome://crash')
