"""Watching with and without scripts; its pages and its mails as pictures: they fit, in light and dark."""
import email
import email.policy

import pytest
from conftest import Browsers, enter, make_wiki, press, put
from filled import TEXT
from pictures import SCHEMES, WIDTHS, fits
from playwright.sync_api import expect

from kuma_lite import clock
from kuma_lite.accounts import actions as accounts
from kuma_lite.deletion import actions as deletion
from kuma_lite.deletion.models import Deletion
from kuma_lite.queue import modes
from kuma_lite.queue.engine import engine
from kuma_lite.watch import actions as watching
from kuma_lite.watch import tasks, topics
from kuma_lite.wiki import actions as wiki
from process import wait_for

OLD = 'Tea is a hot drink.\n\n' + 'A line that stays.\n\n' * 10
NEW = OLD.replace('hot', 'cold') + 'a_word_without_any_space_' * 10


def html_mails(data):
    """{what it is about, shortly: HTML}"""
    files = sorted((data / 'outbox').glob('*.eml'))
    mails = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
    return {f'{mail["Subject"]} to {mail["To"]}': mail.get_body(['html']).get_content() for mail in mails}


def watch_and_edit(page, process):
    """Ada watches a page in two ways; edda edits it."""
    put(process, 'Drinks/Tea', OLD)
    enter(page, process)
    page.goto('/docs/Drinks/Tea')
    press(page, 'text=Watch this page')
    page.click('text=Would I get mail for this?')
    press(page, 'text=Watch it and all below it')
    put(process, 'Drinks/Tea', NEW, name='edda')


def test_the_panel_tells_and_stops(page, process):
    watch_and_edit(page, process)
    wait_for(lambda: html_mails(process.data))
    page.goto('/docs/Drinks/Tea')
    page.click('text=Would I get mail for this?')
    panel = page.locator('.would-i')
    expect(panel).to_contain_text('Yes, at once')
    expect(panel).to_contain_text('was sent')
    for _ in range(2):
        press(page, '.would-i button:text-is("Stop") >> nth=0')
        page.click('text=Would I get mail for this?')
    expect(panel).to_contain_text('No: you do not watch it.')
    page.goto('/watches')
    page.check('text=One mail a day')
    press(page, '#how-form button')
    expect(page.locator('main')).to_contain_text('in your daily mail at 08:00')


def test_mails_and_pages_fit(open_browser, process, tmp_path):
    page = open_browser()
    watch_and_edit(page, process)
    [html] = wait_for(lambda: html_mails(process.data)).values()
    (tmp_path / 'mail.html').write_text(html, 'utf-8')
    for number, address in enumerate(('/watches', '/docs/Drinks/Tea', (tmp_path / 'mail.html').as_uri())):
        page.goto(address)
        page.evaluate('document.querySelectorAll("details.would-i").forEach(d => d.open = true)')
        for width in WIDTHS:
            assert fits(page, width, f'watch-{number}'), (address, width)


def mails_of_all_kinds(people):
    """Pages are written, changed, deleted and restored; Ada hears of it at once, edda once a page has come to
    rest, mona once a day."""
    modes.start_inline()
    for name, frequency in (('Ada', 'at once'), ('edda', 'quiet'), ('mona', 'daily')):
        watching.start(people[name], topics.WHOLE_SITE)
        watching.prefer(people[name], frequency, 8, 1, True)
    author = accounts.create_person('nora', 'nora@example.org', 'editor', 'a quiet green lake')
    path, title = 'Drinks/A_page_with_a_very_long_name_below_others', 'A page ' + 'with a long title ' * 9
    comment = 'Because of https://example.org/an/address/that/is/much/longer/than/any/phone/is/wide ' * 2
    wiki.save(path, title, TEXT, author, base=None, words='Tea, hot', comment=comment)
    wiki.save(path, 'Tea', TEXT.replace('some', 'no') + OLD, author, base='latest', words='Tea')
    page = wiki.save(path, 'Tea', TEXT + NEW, author, base='latest', minor=True, comment=comment).page
    wiki.save('Coffee', 'Coffee', OLD, author, base=None)
    deletion.delete(page.id, page.current_id, comment, people['mona'])
    deletion.restore(Deletion.get(), people['mona'])
    modes.settle()
    clock.advance(2 * 86400)
    tasks.look_for_due_mails()
    modes.settle()
    engine.bell = modes._nothing


@pytest.fixture
def mails(tmp_path):
    make_wiki(tmp_path / 'data', mails_of_all_kinds)
    yield html_mails(tmp_path / 'data')
    clock.reset()


def test_every_kind_of_mail_fits_and_can_be_read(chromium, mails, tmp_path):
    """Only news of pages come as HTML; all other mails are plain text."""
    for kind in ('created by', 'changed by', 'deleted by', 'restored by', 'Daily mail'):
        assert [subject for subject in mails if kind in subject], (kind, list(mails))
    with Browsers(chromium, tmp_path.as_uri()) as browsers:
        page = browsers.open()
        for number, (subject, html) in enumerate(mails.items()):
            (tmp_path / 'mail.html').write_text(html, 'utf-8')
            page.goto((tmp_path / 'mail.html').as_uri())
            for width in WIDTHS:
                assert fits(page, width, f'mail-{number}') and not cut(page), (subject, width)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                assert contrast(page) >= 4.5, (subject, scheme)


def cut(page):
    """How many boxes hide a part of what is in them."""
    return page.evaluate('''() => [...document.querySelectorAll('body *')].filter(element =>
        element.scrollWidth > element.clientWidth + 1
        && getComputedStyle(element).overflowX != 'visible').length''')


def contrast(page):
    """The least contrast of any words in a mail with all layers of colour behind them."""
    return page.evaluate('''() => {
        const parse = text => text.match(/[0-9.]+/g).map(Number)
        const above = element => element ? [...above(element.parentElement), element] : []
        const dark = matchMedia('(prefers-color-scheme: dark)').matches
        const paper = dark ? [18, 18, 18] : [255, 255, 255]
        const mix = (below, [r, g, b, a = 1], share = 1) =>
            [r, g, b].map((value, i) => value * a * share + below[i] * (1 - a * share))
        const ground = element => above(element).reduce((below, one) =>
            mix(below, parse(getComputedStyle(one).backgroundColor)), paper)
        const share = element => above(element).reduce((all, one) => all * getComputedStyle(one).opacity, 1)
        const light = color => color.map(value => value / 255).map(value =>
            value <= .03928 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4)
            .reduce((sum, value, i) => sum + value * [.2126, .7152, .0722][i], 0)
        const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
        const says = element => [...element.childNodes].some(node => node.nodeType == 3 && node.data.trim())
        return Math.min(...[...document.querySelectorAll('body *')].filter(says).map(element =>
            ratio(light(mix(ground(element), parse(getComputedStyle(element).color), share(element))),
                  light(ground(element)))))
    }''')
