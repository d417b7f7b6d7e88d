"""Watching with and without scripts; its pages and its mails as pictures: they fit, in light and dark."""
import email
import email.policy

import pytest
from conftest import add_user, log_in, set_up, write

from process import wait_for

OLD = 'Tea is a hot drink.\n\n' + 'A line that stays.\n\n' * 10
NEW = OLD.replace('hot', 'cold') + 'a_word_without_any_space_' * 10


def html_mails(process):
    files = sorted((process.data / 'outbox').glob('*.eml'))
    mails = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    return [mail.get_body(['html']).get_content() for mail in mails]


def watch_and_edit(page, open_browser, process):
    """Ada watches a page in two ways; edda edits it."""
    set_up(page, process)
    write(page, 'Drinks/Tea', OLD)
    page.click('text=Watch this page')
    page.click('text=Would I get mail for this?')
    page.click('text=Watch it and all below it')
    add_user(process, 'edda')
    editor = open_browser()
    log_in(editor, 'edda')
    write(editor, 'Drinks/Tea', NEW)


def test_the_panel_tells_and_stops(page, open_browser, process):
    watch_and_edit(page, open_browser, process)
    wait_for(lambda: html_mails(process))
    page.goto('/docs/Drinks/Tea')
    page.click('text=Would I get mail for this?')
    assert 'Yes, at once' in page.inner_text('.would-i')
    assert 'was sent' in page.inner_text('.would-i')
    for _ in range(2):
        page.click('.would-i button:text-is("Stop")')
        page.click('text=Would I get mail for this?')
    assert 'No: you do not watch it.' in page.inner_text('.would-i')
    page.goto('/watches')
    page.check('text=One mail a day')
    page.click('#how-form button')
    assert 'in your daily mail at 08:00' in page.inner_text('main')


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_mails_and_pages_fit(open_browser, process, scheme, tmp_path):
    page = open_browser(color_scheme=scheme)
    watch_and_edit(page, open_browser, process)
    [html] = wait_for(lambda: html_mails(process))
    (tmp_path / 'mail.html').write_text(html, 'utf-8')
    for width in (360, 800, 1280):
        page.set_viewport_size({'width': width, 'height': 900})
        for number, address in enumerate(('/watches', '/docs/Drinks/Tea', (tmp_path / 'mail.html').as_uri())):
            page.goto(address)
            page.evaluate('document.querySelectorAll("details.would-i").forEach(d => d.open = true)')
            page.screenshot(path=tmp_path / f'{width}-{number}.png', full_page=True)
            assert page.evaluate('document.documentElement.scrollWidth') <= width, (address, width)
    assert contrast_of_marks(page) >= 4.5


def contrast_of_marks(page):
    """The least contrast of the words in the mail's differences with all layers of colour behind them."""
    return page.evaluate('''() => {
        const parse = text => text.match(/[0-9.]+/g).map(Number)
        const layers = element => element ? [...layers(element.parentElement),
            parse(getComputedStyle(element).backgroundColor)] : []
        const dark = matchMedia('(prefers-color-scheme: dark)').matches
        const paper = dark ? [18, 18, 18] : [255, 255, 255]
        const ground = element => layers(element).reduce((below, [r, g, b, a = 1]) =>
            [r, g, b].map((value, i) => value * a + below[i] * (1 - a)), paper)
        const light = color => color.slice(0, 3).map(value => value / 255).map(value =>
            value <= .03928 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4)
            .reduce((sum, value, i) => sum + value * [.2126, .7152, .0722][i], 0)
        const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
        return Math.min(...[...document.querySelectorAll('del, ins, del b, ins b')].map(element =>
            ratio(light(parse(getComputedStyle(element).color)), light(ground(element)))))
    }''')
