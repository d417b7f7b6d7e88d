"""Admins give the wiki its name, a sidebar and a logo, as a person does it and looks at it."""
import pytest
from conftest import enter, press, put
from logos import png
from pictures import WIDTHS, fits, problems
from playwright.sync_api import expect

SIDEBAR = '* [[Home]]\n* [[Tea|All about tea]]\n  * [[Tea/Green]]\n\n## For visitors\n\n* [[Opening hours]]'
OPEN_FROM = 1280        # pixels


def choose(page, **fields):
    page.goto('/site')
    for name, value in fields.items():
        page.fill(f'#{name}', value)
    press(page, '#site-form button')


def test_from_an_empty_wiki_to_one_with_a_name_a_sidebar_and_a_logo(page, process, tmp_path):
    enter(page, process)
    page.goto('/')
    press(page, 'main a[href="/site"] >> nth=0')
    choose(page, name='The tea house', sidebar='Navigation')
    expect(page.locator('.flash')).to_have_text('Saved.')
    put(process, 'Home', 'Welcome.')
    press(page, '#sidebar-hint >> text=write it')
    page.fill('#text', SIDEBAR)
    press(page, '#edit-form button:not([type=button], [formaction])')
    file = tmp_path / 'logo.png'
    file.write_bytes(png(56, 56))
    page.goto('/site')
    page.set_input_files('#logo', file)
    press(page, '#logo-form button')
    page.goto('/')
    expect(page).to_have_title('Home · The tea house')
    assert page.eval_on_selector('.site-name img', 'img => [img.naturalWidth, img.width]') == [56, 28]
    expect(page.locator('.sidebar a[aria-current]')).to_have_text('Home')
    press(page, '.sidebar >> text=All about tea')
    assert page.url.endswith('/docs/Tea$edit')


def test_a_picture_that_is_none_is_refused_in_words(page, process, tmp_path):
    enter(page, process)
    page.goto('/site')
    file = tmp_path / 'logo.png'
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    page.set_input_files('#logo', file)
    press(page, '#logo-form button')
    expect(page.locator('[role=alert]')).to_contain_text('This is no picture')


@pytest.mark.parametrize('width', [*WIDTHS, 1920])
def test_the_sidebar_is_folded_where_there_is_little_room(open_browser, process, width):
    page = open_browser(viewport={'width': width, 'height': 900})
    enter(page, process)
    put(process, 'Navigation', SIDEBAR)
    put(process, 'Home', 'Welcome.\n\n' + 'Words about tea. ' * 200)
    choose(page, sidebar='Navigation')
    page.goto('/')
    link = page.locator('.sidebar >> text=All about tea')
    if width < OPEN_FROM:
        expect(link).to_be_hidden()
        page.click('.sidebar summary')
    expect(link).to_be_visible()
    text, bar = page.locator('article').bounding_box(), page.locator('.sidebar').bounding_box()
    assert (bar['x'] + bar['width'] <= text['x']) == (width >= OPEN_FROM)
    assert fits(page, width, 'sidebar') and problems(page) == []


@pytest.mark.parametrize('address', ['/site', '/help/syntax', '/'])
def test_the_pages_fit_and_are_for_everybody(open_browser, process, address):
    page = open_browser()
    enter(page, process)
    page.goto(address)
    assert [width for width in WIDTHS if not fits(page, width, address.replace('/', '-'))] == []
    assert problems(page) == []


def test_the_help_opens_beside_what_one_writes(page, process):
    enter(page, process)
    page.goto('/docs/Tea$edit')
    page.fill('#text', 'Half a sentence')
    with page.expect_popup() as opened:
        page.click('text=Syntax help')
    expect(opened.value.locator('h1')).to_have_text('How to write here')
    assert page.input_value('#text') == 'Half a sentence'
