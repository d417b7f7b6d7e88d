"""People without an account: what they type stays in their browser until it is saved, and no longer."""
import pytest
from conftest import put, save
from playwright.sync_api import expect
from test_editor import crash, expect_no_draft, hit, opened, save_in_vain, text, type_steadily

TEXT = 'One.\n\nTwo.\n\nThree.'


@pytest.fixture
def environ():
    return {'KUMA_SITE_EDIT': 'everyone'}


@pytest.fixture
def visitor(open_browser):
    """The browser of a visitor, who may write."""
    return open_browser()


def add(page, words):
    """Type at the end of the text, and wait until it is kept."""
    page.focus('#text')
    hit(page, 'Control+End')
    page.keyboard.type(words)
    expect(kept(page)).to_be_visible()


def kept(page):
    return page.locator('text=Kept in this browser')


def saved(page):
    save(page)
    expect(page.locator('.flash')).to_be_visible()


def expect_offer(page, path='Tea'):
    expect(opened(page, path).locator('text=Continue with it')).to_be_visible()


def after_a_crash(page):
    crash(page)
    return opened(page.context.new_page())


def test_a_visitor_has_the_draft_in_the_browser(visitor):
    page = opened(visitor)
    page.fill('#title', 'Iced tea')
    page.fill('#tags', 'Drinks')
    page.fill('#comment', 'Why')
    page.check('[name=minor]')
    add(page, 'Typed for hours.')
    again = after_a_crash(page)
    again.click('text=Continue with it')
    expect(text(again)).to_have_value('Typed for hours.')
    expect(again.locator('[name=minor]')).to_be_checked()
    for name, typed in {'title': 'Iced tea', 'tags': 'Drinks', 'comment': 'Why'}.items():
        expect(again.locator(f'#{name}')).to_have_value(typed)
    saved(again)
    expect_no_draft(opened(again))


def test_it_is_kept_however_steadily_somebody_types(visitor):
    page = opened(visitor)
    type_steadily(page)
    expect(kept(page)).to_be_visible()


def test_it_is_merged_with_what_others_have_saved_since(visitor, process):
    put(process, 'Tea', TEXT)
    add(opened(visitor), ' And four.')
    put(process, 'Tea', f'One, first.{TEXT[4:]}')
    again = after_a_crash(visitor)
    again.click('text=Continue with it')
    saved(again)
    expect(again.locator('.flash')).to_contain_text('merged with')
    expect(text(opened(again))).to_have_value(f'One, first.{TEXT[4:]} And four.')


def test_what_was_saved_is_not_offered_after_others_have_changed_it(visitor, process):
    page = visitor
    add(opened(page), 'Hot.')
    saved(page)
    assert page.evaluate('Object.keys(localStorage).concat(Object.keys(sessionStorage))') == []
    put(process, 'Tea', 'Cold.')
    expect_no_draft(opened(page))


def test_what_was_refused_is_kept(visitor, process):
    page = visitor
    put(process, 'Tea', TEXT)
    add(opened(page), ' And four.')
    put(process, 'Tea', f'{TEXT} And five.')
    save(page)
    expect(page.locator('[role=alert]').first).to_be_visible()
    expect(kept(page)).to_be_visible()
    expect_no_draft(page)
    again = after_a_crash(page)
    again.click('text=Continue with it')
    expect(text(again)).to_have_value(f'{TEXT} And four.')
    saved(again)
    expect_no_draft(opened(again))


def test_what_was_not_saved_is_offered_however_often_it_was_sent(visitor, process):
    page = visitor
    add(opened(page), 'Hot.')
    page.route('**/docs/Tea$edit', lambda route: route.abort() if route.request.method == 'POST'
               else route.fallback())
    save_in_vain(page)
    opened(page, 'Other')
    page.fill('#text', 'Something else.')
    saved(page)
    expect_offer(page)
