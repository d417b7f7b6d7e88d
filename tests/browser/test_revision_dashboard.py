"""The list of revisions shows in place what one has changed."""
import re

import pytest
from conftest import enter, press, put
from playwright.sync_api import expect


@pytest.fixture
def written(process):
    put(process, 'Tea', 'A cup of green tea.')
    put(process, 'Tea', 'A cup of black tea.')


def test_a_row_opens_its_changes_and_closes_them(open_browser, process, written):
    page = open_browser()
    enter(page, process)
    page.goto('/dashboards/revisions')
    link = page.locator('a[data-opens]').first
    expect(link).to_have_attribute('aria-expanded', 'false')
    link.press('Enter')
    row = page.locator('.rows > li').first
    expect(row.locator('mark', has_text='black')).to_be_visible()
    buttons = row.locator('[data-part=changes] .cluster a')
    expect(buttons).to_have_text(['Revert', 'View', 'Edit', 'History'])
    expect(link).to_have_attribute('aria-expanded', 'true')
    expect(page).to_have_url(re.compile('/dashboards/revisions$'))
    link.click()
    expect(row.locator('[data-part=changes]')).to_have_count(0)


def test_without_javascript_it_is_a_page(open_browser, process, written):
    page = open_browser(java_script_enabled=False)
    enter(page, process)
    page.goto('/dashboards/revisions')
    press(page, 'a[data-opens] >> nth=0')
    expect(page.locator('mark', has_text='black')).to_be_visible()
    expect(page).to_have_url(re.compile('/dashboards/revisions/2$'))
