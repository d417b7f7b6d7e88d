"""Pages are suggested after [[ in the text, and never in the way of typing."""
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import set_up, write
from test_accessibility import RULES
from test_editor import opened, press, text

from process import wait_for


@pytest.fixture
def linking(open_browser, process):
    """The form of a new page in a wiki with others that can be found."""
    ada = open_browser()
    set_up(ada, process)
    write(ada, 'Guides/First_steps', 'Put the kettle on.', title='First steps')
    write(ada, 'Guides/Firm_tofu', 'No tea.', title='Firm tofu')
    wait_for(lambda: len(ada.evaluate('''async () =>
        (await (await fetch('/search/suggest?q=fir')).json()).pages''')) == 2)
    return opened(ada, 'New')


def suggested(page, words='[[fir'):
    page.keyboard.type(words)
    page.wait_for_selector('#page-links:not([hidden]) [role=option]')
    return page.locator('#page-links [role=option]')


def chosen(page):
    name = page.get_attribute('#text', 'aria-activedescendant')
    return page.inner_text(f'#{name}[aria-selected=true]') if name else ''


@pytest.mark.parametrize('key', ['Enter', 'Tab'])
def test_a_page_is_chosen_by_keys(linking, key):
    page = linking
    options = suggested(page, 'See [[fir')
    assert options.count() == 2 and 'Firm tofu' in chosen(page)
    assert '2 pages' in page.inner_text('#text ~ [role=status]')
    press(page, 'ArrowDown')
    assert 'First steps' in chosen(page)
    press(page, key)
    page.keyboard.type(' now')
    assert text(page) == 'See [[Guides/First steps]] now'
    assert page.is_hidden('#page-links') and not chosen(page)


def test_a_page_is_chosen_by_mouse_and_can_be_undone(linking):
    suggested(linking).nth(1).click()
    assert text(linking) == '[[Guides/First steps]]'
    assert linking.evaluate('document.activeElement.id') == 'text'
    press(linking, 'Control+z')
    assert text(linking) == '[[fir'


def test_a_name_within_a_link_is_replaced(linking):
    linking.fill('#text', '[[|words]] and [[Pages#Part]]')
    for at, wanted in ((2, '[[Guides/Firm tofu|words]] and [[Pages#Part]]'),
                       (33, '[[Guides/Firm tofu|words]] and [[Guides/Firm tofu#Part]]')):
        linking.evaluate('at => document.querySelector("#text").setSelectionRange(at, at)', at)
        suggested(linking, 'fir')
        press(linking, 'Enter')
        assert text(linking) == wanted


def test_suggestions_are_not_in_the_way(linking):
    page = linking
    suggested(page)
    press(page, 'Escape')
    assert page.is_hidden('#page-links')
    page.keyboard.type('m')
    page.wait_for_timeout(400)
    assert page.is_hidden('#page-links')
    press(page, 'Enter')
    for words in ('[[fir]]', 'if [[ fir', '[[fir|', '[[', '[[qqqq'):
        page.keyboard.type(words)
        page.wait_for_timeout(300)
        assert page.is_hidden('#page-links'), words
        press(page, 'Enter')
    assert text(page) == '[[firm\n[[fir]]\nif [[ fir\n[[fir|\n[[\n[[qqqq\n'
    suggested(page)
    press(page, 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft')
    assert page.is_hidden('#page-links')
    suggested(page, '[[fir')
    page.click('#title')
    assert page.is_hidden('#page-links')


@pytest.mark.parametrize('width', [360, 1280])
def test_suggestions_stand_at_the_line_and_in_the_window(linking, width):
    page = linking
    page.set_viewport_size({'width': width, 'height': 700})
    for lines in (0, 9, 60):
        page.fill('#text', 'A line of text\n' * lines)
        press(page, 'Control+End')
        suggested(page)
        box = page.locator('#page-links').bounding_box()
        assert box['x'] >= 0 and box['x'] + box['width'] <= width
        assert box['y'] >= 0 and box['y'] + box['height'] <= 700 + 1
        press(page, 'Escape')
    assert page.evaluate('document.documentElement.scrollWidth') <= width


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_suggestions_break_no_rule(linking, scheme):
    linking.emulate_media(color_scheme=scheme, reduced_motion='reduce')
    suggested(linking)
    assert Axe().run(linking, options=RULES).response['violations'] == []
