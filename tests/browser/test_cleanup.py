"""The page of a clean-up follows it."""
from conftest import command, enter, put
from playwright.sync_api import expect


def test_it_says_by_itself_that_all_is_done(open_browser, process):
    page = open_browser()
    enter(page, process)
    put(process, 'Tea', 'Buy pills.', name='edda')
    command(process, 'tasks', 'pause')
    page.goto('/moderation/cleanup/edda')
    page.check('main li input')
    page.fill('#reason', 'Spam')
    page.click('button[value=clean]')
    expect(page.locator('text=0 of 1 pages are done')).to_be_visible()
    command(process, 'tasks', 'resume')
    expect(page.locator('text=All of it is done. Nothing is left to look at.')).to_be_visible()
    expect(page.locator('#progress .badge')).to_have_text('done')
