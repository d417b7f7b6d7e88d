"""Searching in a browser: by the form alone, and with suggestions."""
import json
import re
from urllib.parse import quote

import pytest
from conftest import enter, press, put
from playwright.sync_api import expect

from process import wait_for


@pytest.fixture
def written(process):
    """Two pages that are found."""
    put(process, 'Guides/First_steps', 'Put the kettle on.')
    put(process, '차', '뜨거운 물을 붓습니다.')
    wait_for(lambda: found(process, '뜨거운') and found(process, 'kettle'))


def found(process, words):
    return json.loads(process.get(f'/api/v1/search?q={quote(words)}')[1])['pages']


def test_the_box_in_the_header_finds_words(page, written):
    page.goto('/')
    page.fill('.search-box input', 'kettle')
    page.press('.search-box input', 'Enter')
    expect(page.locator('.results mark')).to_have_text('kettle')
    press(page, '.results a')
    expect(page).to_have_title(re.compile('First steps'))


def test_what_is_not_there_can_be_written(page, process, written):
    enter(page, process)
    page.goto('/search?q=Milk+and+sugar')
    press(page, 'main .button')
    expect(page.locator('#title')).to_have_value('Milk and sugar')


def test_what_has_no_spaces_is_found(page, written):
    page.goto(f'/search?q={quote("뜨거운")}')
    expect(page.locator('.results li')).to_have_count(1)


def test_titles_are_suggested_and_chosen_by_keys(open_browser, written):
    page = open_browser()
    page.goto('/')
    page.keyboard.press('/')
    page.keyboard.type('ste')
    expect(page.locator('[role=option]')).to_be_visible()
    box = page.locator('.search-box input')
    expect(box).to_have_attribute('aria-expanded', 'true')
    page.keyboard.press('ArrowDown')
    chosen = page.locator('[role=option][aria-selected=true]')
    expect(chosen).to_contain_text('First steps')
    expect(box).to_have_attribute('aria-activedescendant', chosen.get_attribute('id'))
    page.keyboard.press('Enter')
    page.wait_for_url('**/docs/Guides/First_steps')


def test_suggestions_go_with_escape_and_a_click_follows_one(open_browser, written):
    page = open_browser()
    page.goto('/')
    page.locator('.search-box input').press_sequentially('first')
    expect(page.locator('[role=option]')).to_be_visible()
    page.keyboard.press('Escape')
    expect(page.locator('.suggestions')).to_be_hidden()
    expect(page.locator('.search-box input')).to_have_value('first')
    page.keyboard.type(' ')
    page.click('[role=option]')
    page.wait_for_url('**/docs/Guides/First_steps')
