"""Searching in a browser: by the form alone, and with suggestions."""
import pytest
from conftest import set_up, write

from process import wait_for


@pytest.fixture
def written(process):
    """Write two pages and wait until they are found."""
    def write_with(page):
        set_up(page, process)
        write(page, 'Guides/First_steps', 'Put the kettle on.', title='First steps')
        write(page, '차', '뜨거운 물을 붓습니다.')
        wait_for(lambda: page.goto('/search?q=뜨거운') and page.query_selector('.results li'))
        return page
    return write_with


def test_the_box_in_the_header_finds_words(page, written):
    written(page).goto('/')
    page.fill('.search-box input', 'kettle')
    page.press('.search-box input', 'Enter')
    page.wait_for_selector('.results mark')
    assert page.inner_text('.results mark') == 'kettle'
    page.click('.results a')
    page.wait_for_selector('article')
    assert 'First steps' in page.title()


def test_what_is_not_there_can_be_written(page, written):
    written(page).goto('/search?q=Milk+and+sugar')
    page.click('main .button')
    assert page.input_value('#title') == 'Milk and sugar'


def test_titles_are_suggested_and_chosen_by_keys(open_browser, written):
    page = written(open_browser())
    page.goto('/')
    page.keyboard.press('/')
    page.keyboard.type('ste')
    page.wait_for_selector('[role=option]')
    box = page.locator('.search-box input')
    assert box.get_attribute('aria-expanded') == 'true'
    page.keyboard.press('ArrowDown')
    chosen = page.locator('[role=option][aria-selected=true]')
    assert 'First steps' in chosen.inner_text()
    assert box.get_attribute('aria-activedescendant') == chosen.get_attribute('id')
    page.keyboard.press('Enter')
    page.wait_for_url('**/docs/Guides/First_steps')


def test_suggestions_go_with_escape_and_a_click_follows_one(open_browser, written):
    page = written(open_browser())
    page.goto('/')
    page.locator('.search-box input').press_sequentially('first')
    page.wait_for_selector('[role=option]')
    page.keyboard.press('Escape')
    assert page.is_hidden('.suggestions') and page.input_value('.search-box input') == 'first'
    page.keyboard.type(' ')
    page.click('[role=option]')
    page.wait_for_url('**/docs/Guides/First_steps')
