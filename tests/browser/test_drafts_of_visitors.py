"""People without an account: what they type stays in their browser until it is saved, and no longer."""
import pytest
from conftest import save, write
from test_editor import crash, opened, press, text

from process import Process

TEXT = 'One.\n\nTwo.\n\nThree.'


@pytest.fixture
def visit(open_browser, process, tmp_path):
    """A function that opens the browser of another visitor, who may write."""
    process.stop()
    with Process(tmp_path / 'data', KUMA_SITE_EDIT='everyone') as site:
        yield lambda **options: open_browser(base_url=site.url, **options)


def add(page, words):
    """Type at the end of the text, and wait until it is kept."""
    page.focus('#text')
    press(page, 'Control+End')
    page.keyboard.type(words)
    page.wait_for_selector('text=Kept in this browser', timeout=6000)


def saved(page):
    save(page)
    page.wait_for_selector('.flash')
    page.wait_for_load_state()


def is_offered(page, path='Tea'):
    return opened(page, path).is_visible('text=Continue with it')


def after_a_crash(page):
    crash(page)
    return opened(page.context.new_page())


def test_a_visitor_has_the_draft_in_the_browser(visit):
    page = opened(visit())
    page.fill('#title', 'Iced tea')
    page.fill('#tags', 'Drinks')
    page.fill('#comment', 'Why')
    page.check('[name=minor]')
    add(page, 'Typed for hours.')
    again = after_a_crash(page)
    again.click('text=Continue with it')
    assert text(again) == 'Typed for hours.' and again.is_checked('[name=minor]')
    typed = [again.input_value(f'#{name}') for name in ('title', 'tags', 'comment')]
    assert typed == ['Iced tea', 'Drinks', 'Why']
    saved(again)
    assert not is_offered(again)


def test_it_is_kept_however_steadily_somebody_types(visit):
    page = opened(visit())
    page.keyboard.type('Typed without a pause.', delay=300)
    assert page.is_visible('text=Kept in this browser')


def test_it_is_merged_with_what_others_have_saved_since(visit):
    page, other = visit(), visit()
    write(other, 'Tea', TEXT)
    add(opened(page), ' And four.')
    write(other, 'Tea', f'One, first.{TEXT[4:]}')
    again = after_a_crash(page)
    again.click('text=Continue with it')
    saved(again)
    assert 'merged with' in again.inner_text('.flash')
    assert text(opened(again)) == f'One, first.{TEXT[4:]} And four.'


def test_what_was_saved_is_not_offered_after_others_have_changed_it(visit):
    page, other = visit(), visit()
    add(opened(page), 'Hot.')
    saved(page)
    assert page.evaluate('Object.keys(localStorage).concat(Object.keys(sessionStorage))') == []
    write(other, 'Tea', 'Cold.')
    assert not is_offered(page)


def test_what_was_refused_is_kept(visit):
    page, other = visit(), visit()
    write(other, 'Tea', TEXT)
    add(opened(page), ' And four.')
    write(other, 'Tea', f'{TEXT} And five.')
    save(page)
    page.wait_for_selector('[role=alert]')
    page.wait_for_selector('text=Kept in this browser')
    assert not page.is_visible('text=Continue with it')
    again = after_a_crash(page)
    again.click('text=Continue with it')
    assert text(again) == f'{TEXT} And four.'
    saved(again)
    assert not is_offered(again)


def test_what_was_not_saved_is_offered_however_often_it_was_sent(visit):
    page = visit()
    add(opened(page), 'Hot.')
    page.route('**/docs/Tea$edit', lambda route: route.abort() if route.request.method == 'POST'
               else route.fallback())
    save(page)
    page.wait_for_timeout(500)
    write(page, 'Other', 'Something else.')
    page.wait_for_selector('.flash')
    assert is_offered(page)
