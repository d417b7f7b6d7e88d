"""Pages are suggested after [[ in the text, and never in the way of typing."""
import json

import pytest
from conftest import enter, put
from pictures import problems
from playwright.sync_api import expect
from test_editor import hit, opened, text

from process import wait_for


@pytest.fixture
def linking(open_browser, process):
    """The form of a new page in a wiki with others that can be found."""
    for path in ('Guides/First_steps', 'Guides/Firm_tofu'):
        put(process, path, 'Put the kettle on.')
    wait_for(lambda: len(json.loads(process.get('/search/suggest?q=fir')[1])['pages']) == 2)
    ada = open_browser()
    enter(ada, process)
    return opened(ada, 'New')


def suggested(page, words='[[fir'):
    page.keyboard.type(words)
    page.wait_for_selector('#page-links:not([hidden]) [role=option]')
    return page.locator('#page-links [role=option]')


def expect_chosen(page, words):
    expect(page.locator('#page-links [aria-selected=true]')).to_contain_text(words)
    chosen = page.locator('#page-links [aria-selected=true]').get_attribute('id')
    expect(page.locator('#text')).to_have_attribute('aria-activedescendant', chosen)


def expect_none(page):
    expect(page.locator('#page-links')).to_be_hidden()


@pytest.mark.parametrize('key', ['Enter', 'Tab'])
def test_a_page_is_chosen_by_keys(linking, key):
    page = linking
    expect(suggested(page, 'See [[fir')).to_have_count(2)
    expect_chosen(page, 'Firm tofu')
    expect(page.locator('#text ~ [role=status]')).to_contain_text('2 pages')
    hit(page, 'ArrowDown')
    expect_chosen(page, 'First steps')
    hit(page, key)
    page.keyboard.type(' now')
    expect(text(page)).to_have_value('See [[Guides/First steps]] now')
    expect_none(page)
    expect(text(page)).to_have_attribute('aria-activedescendant', '')


def test_a_page_is_chosen_by_mouse_and_can_be_undone(linking):
    suggested(linking).nth(1).click()
    expect(text(linking)).to_have_value('[[Guides/First steps]]')
    expect(text(linking)).to_be_focused()
    hit(linking, 'Control+z')
    expect(text(linking)).to_have_value('[[fir')


def test_a_name_within_a_link_is_replaced(linking):
    linking.fill('#text', '[[|words]] and [[Pages#Part]]')
    for at, wanted in ((2, '[[Guides/Firm tofu|words]] and [[Pages#Part]]'),
                       (33, '[[Guides/Firm tofu|words]] and [[Guides/Firm tofu#Part]]')):
        linking.evaluate('at => document.querySelector("#text").setSelectionRange(at, at)', at)
        suggested(linking, 'fir')
        hit(linking, 'Enter')
        expect(text(linking)).to_have_value(wanted)


def test_suggestions_are_not_in_the_way(linking):
    page = linking
    suggested(page)
    hit(page, 'Escape')
    expect_none(page)
    page.keyboard.type('m')
    page.wait_for_timeout(400)      # nothing is to come
    expect_none(page)
    hit(page, 'Enter')
    for words in ('[[fir]]', 'if [[ fir', '[[fir|', '[['):
        page.keyboard.type(words)
        page.wait_for_timeout(300)
        expect_none(page)
        hit(page, 'Enter')
    with page.expect_response('**/search/suggest?q=qqqq'):
        page.keyboard.type('[[qqqq')
    expect_none(page)
    hit(page, 'Enter')
    expect(text(page)).to_have_value('[[firm\n[[fir]]\nif [[ fir\n[[fir|\n[[\n[[qqqq\n')
    suggested(page)
    hit(page, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft')
    expect_none(page)
    suggested(page, '[[fir')
    page.click('#title')
    expect_none(page)


@pytest.mark.parametrize('width', [360, 1280])
def test_suggestions_stand_at_the_line_and_in_the_window(linking, width):
    page = linking
    page.set_viewport_size({'width': width, 'height': 700})
    for lines in (0, 9, 60):
        page.fill('#text', 'A line of text\n' * lines)
        hit(page, 'Control+End')
        suggested(page)
        box = page.locator('#page-links').bounding_box()
        assert box['x'] >= 0 and box['x'] + box['width'] <= width
        assert box['y'] >= 0 and box['y'] + box['height'] <= 700 + 1
        hit(page, 'Escape')
    assert page.evaluate('document.documentElement.scrollWidth') <= width


def test_suggestions_break_no_rule(linking):
    linking.emulate_media(reduced_motion='reduce')
    suggested(linking)
    assert problems(linking) == []
