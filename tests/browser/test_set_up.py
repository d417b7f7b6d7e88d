"""The first minutes of a wiki, from the link that `serve` prints."""
import re

import pytest
from conftest import PASSWORD, press, save
from playwright.sync_api import expect


@pytest.fixture
def data(tmp_path):
    """Nothing yet."""
    return tmp_path / 'data'


@pytest.fixture
def link(process):
    return re.search(r'Set up +(\S+)', ''.join(process.lines))[1]


def set_up(page, link, password=PASSWORD):
    page.goto(link)
    page.fill('[name=name]', 'Ada')
    page.fill('[name=email]', 'ada@example.org')
    page.fill('[name=password]', password)
    press(page, 'main button')


def test_from_the_printed_link_to_the_first_page(page, link):
    set_up(page, link)
    expect(page.locator('.flash')).to_contain_text('Welcome, Ada')
    press(page, 'main a:has-text("home page"), main a.button')
    page.fill('#text', '# Home\n\nHello **world**, see [[Tea]].')
    save(page)
    expect(page.locator('article strong')).to_have_text('world')
    press(page, 'article a.missing')
    page.fill('#text', 'Hot.')
    save(page)
    page.goto('/')
    while page.locator('article a.missing').count():    # a task looks at the links again
        page.reload()
    expect(page.locator('article p a')).to_have_text('Tea')


def test_what_is_refused_stands_there_to_be_mended_and_the_link_works_once(page, link, sound):
    set_up(page, link, 'ada@example.org')
    expect(page.locator('[role=alert]')).to_be_visible()
    expect(page.locator('[name=email]')).to_have_value('ada@example.org')
    sound(page, 'set-up')
    set_up(page, link)
    expect(page.locator('summary:has-text("Ada")')).to_be_visible()
    assert page.goto(link).status == 404
