"""The tree of pages in a browser: what is too much to be sent at once comes when a branch is opened."""
import subprocess
import sys

from kuma_lite.wiki import tree
from process import CHECKOUT


def test_a_large_branch_opens_in_place_or_on_a_page_of_its_own(page, process, request, tmp_path):
    import_pages(process, tmp_path / 'many', tree.WHOLE + 1)
    page.goto('/all')
    page.click('summary:has-text("many")')
    if 'no scripts' in request.node.name:
        page.click('text=See what is below many')
    page.wait_for_selector('.tree >> text=Page 42')
    assert page.url.endswith('$children' if 'no scripts' in request.node.name else '/all')
    page.click('text=Next')
    assert page.locator('.tree a').all_inner_texts() == [f'Page {tree.WHOLE}']


def import_pages(process, folder, count):
    folder.mkdir()
    for number in range(count):
        (folder / f'{number:03}.md').write_text(f'# Page {number}\n')
    subprocess.run([sys.executable, str(CHECKOUT / 'kuma_lite.py'), 'import', str(folder), '--under', 'many',
                    '--data', str(process.data)], check=True, capture_output=True)
