"""axe finds nothing to complain of on any page, in either scheme, on a phone and on a desk."""
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import save, set_up, write
from test_looks import PAGES, TEXT, keep_draft

RULES = {'runOnly': ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('width', [360, 1280])
def test_no_page_has_a_violation(open_browser, process, width, scheme):
    page = open_browser(viewport={'width': width, 'height': 900}, color_scheme=scheme)
    set_up(page, process)
    write(page, 'Tea', TEXT)
    write(page, 'Tea', TEXT.replace('another', 'one more'))
    keep_draft(page)
    found = []
    for path in PAGES:
        page.goto(path)
        found += [f'{path}: {problem}' for problem in problems(page)]
    collide(page)
    found += [f'the conflict: {problem}' for problem in problems(page)]
    assert not found, '\n'.join(found)


def collide(page):
    """Save a change of a line that has been changed in another tab meanwhile."""
    page.goto('/docs/Tea$edit')
    page.fill('#text', TEXT.replace('another', 'mine'))
    other = page.context.new_page()
    write(other, 'Tea', TEXT.replace('another', 'theirs'))
    other.close()
    save(page)
    page.wait_for_selector('text=What both have changed')


def problems(page):
    for violation in Axe().run(page, options=RULES).response['violations']:
        for node in violation['nodes']:
            yield f'{violation["id"]}: {node["html"][:120]} ({violation["help"]})'
