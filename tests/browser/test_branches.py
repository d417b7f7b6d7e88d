"""The tree of pages in a browser: what is too much to be sent at once comes when a branch is opened."""
import re

from conftest import command, press
from playwright.sync_api import expect

from kuma_lite.wiki import tree


def test_a_large_branch_opens_in_place_or_on_a_page_of_its_own(page, process, request, tmp_path):
    import_pages(process, tmp_path / 'many', tree.WHOLE + 1)
    page.goto('/all')
    page.click('summary:has-text("many")')
    if 'no scripts' in request.node.name:
        press(page, 'text=See what is below many')
    expect(page.locator('.tree >> text=Page 42')).to_be_visible()
    expect(page).to_have_url(re.compile(r'\$children$' if 'no scripts' in request.node.name else '/all$'))
    page.click('text=Next')
    expect(page.locator('.tree a')).to_have_text([f'Page {tree.WHOLE}'])


def import_pages(process, folder, count):
    folder.mkdir()
    for number in range(count):
        (folder / f'{number:03}.md').write_text(f'# Page {number}\n')
    command(process, 'import', str(folder), '--under', 'many')
