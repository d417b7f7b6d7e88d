"""The list of revisions shows in place what one has changed."""
from conftest import set_up, write


def test_a_row_opens_its_changes_and_closes_them(open_browser, process):
    page = open_browser()
    set_up(page, process)
    write(page, 'Tea', 'A cup of green tea.')
    write(page, 'Tea', 'A cup of black tea.')
    page.goto('/dashboards/revisions')
    link = page.locator('a[data-opens]').first
    assert link.get_attribute('aria-expanded') == 'false'
    link.press('Enter')
    row = page.locator('.rows > li').first
    row.locator('mark', has_text='black').wait_for()
    buttons = row.locator('[data-part=changes] .cluster a')
    assert buttons.all_inner_texts() == ['Revert', 'View', 'Edit', 'History']
    assert link.get_attribute('aria-expanded') == 'true' and page.url.endswith('/dashboards/revisions')
    link.click()
    assert not row.locator('[data-part=changes]').count()


def test_without_javascript_it_is_a_page(open_browser, process):
    page = open_browser()
    set_up(page, process)
    write(page, 'Tea', 'A cup of green tea.')
    cookies = page.context.cookies()
    plain = open_browser(java_script_enabled=False)
    plain.context.add_cookies(cookies)
    plain.goto('/dashboards/revisions')
    plain.click('a[data-opens]')
    plain.wait_for_selector('ins.added')
    assert plain.url.endswith('/dashboards/revisions/1')
