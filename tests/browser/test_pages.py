"""Every page, in a wiki where something has happened everywhere: it fits phone, tablet and desk, has what
screen readers need, and axe finds nothing to complain of in either scheme."""
import shutil

import pytest
from conftest import Browsers, enter, put, save
from filled import SETTINGS, TEXT
from pictures import sound
from playwright.sync_api import expect

from process import Process

VISITORS = ['/', '/all', '/recent', '/search', '/search?q=cells', '/docs/Tea', '/docs/Nowhere',
            '/docs/Tea$edit', '/docs/Tea$history', '/docs/Tea$compare?from=1&to=2', '/users/Ada', '/login',
            '/login/forgotten', '/recover?link=1.x', '/signup']
PAGES = ['/', '/search', '/search?q=cells', '/search?q=zebra',
         '/all', '/all/list', '/recent', '/recent?by=Ada&under=Tea', '/tags', '/tag/Drinks',
         '/docs/Tea$children', '/docs/Tea$links', '/docs/Tea$toc', '/new', '/docs/Nowhere', '/docs/Tea',
         '/docs/Tea$edit', '/docs/Tea$history', '/docs/Tea$compare?from=1&to=2',
         '/docs/Tea$compare?from=1&to=2&view=unified', '/docs/Tea$revision/1', '/docs/Tea$revert/1',
         '/docs/Tea$delete', '/docs/Home$protect', '/docs/Tea$verdict/2', '/drafts', '/drafts/1',
         '/users/Ada', '/users/mallory', '/dashboards/revisions?page=e', '/dashboards/revisions/2',
         '/dashboards/spam', '/watches', '/your-mail',
         '/account', '/account/name', '/account/address', '/account/password', '/account/leave',
         '/account/second-factor',
         '/spam/attempts', '/spam/attempts?state=held', '/spam/attempts/1', '/spam/rules', '/signups',
         '/moderation/bans', '/moderation/log', '/moderation/cleanup/mallory', '/moderation/cleanups/1',
         '/protections', '/bin', '/bin/1',
         '/tasks', '/tasks?state=dead', '/tasks/1', '/tasks/dead', '/tasks/schedule',
         '/mails', '/mails?state=refused', '/mails/1', '/doctor']


@pytest.fixture(scope='module')
def filled(tmp_path_factory, chromium, filled_wiki):
    """A browser of Ada's on that wiki, and one of a visitor; nothing is changed in these tests."""
    data = shutil.copytree(filled_wiki.folder, tmp_path_factory.mktemp('pages') / 'data')
    with Process(data, **SETTINGS) as site, Browsers(chromium, site.url) as browsers:
        site.wiki = filled_wiki
        pages = {'Ada': browsers.open(viewport={'width': 360, 'height': 900}),
                 'a visitor': browsers.open(viewport={'width': 360, 'height': 900})}
        enter(pages['Ada'], site)
        keep_draft(pages['Ada'])
        pages['complaints'] = browsers.complaints
        yield pages


@pytest.mark.parametrize('who, path', [*(('Ada', path) for path in PAGES),
                                       *(('a visitor', path) for path in VISITORS)])
def test_it_fits_and_breaks_no_rule(filled, who, path):
    page = filled[who]
    page.set_viewport_size({'width': 360, 'height': 900})
    if path == '/tasks/dead':
        page.goto('/tasks?state=dead')
        path = page.get_attribute('tbody tr td a', 'href')
    page.goto(path)
    sound(page, f'{who} {path}')
    assert filled['complaints'] == []


def keep_draft(page):
    page.goto('/docs/Tea$edit')
    page.fill('#text', TEXT.replace('another', 'nothing yet'))
    page.click('text=Keep as draft')
    expect(page.locator('text=Draft kept')).to_be_visible()


def test_a_conflict_breaks_no_rule(open_browser, process):
    page = open_browser(viewport={'width': 360, 'height': 900})
    enter(page, process)
    put(process, 'Tea', TEXT)
    page.goto('/docs/Tea$edit')
    page.fill('#text', TEXT.replace('another', 'mine'))
    put(process, 'Tea', TEXT.replace('another', 'theirs'), name='edda')
    save(page)
    expect(page.locator('text=What both have changed')).to_be_visible()
    sound(page, 'conflict')


def test_on_paper_addresses_stand_behind_words_and_not_behind_themselves(open_browser, process):
    put(process, 'Tea', 'https://example.org/bare and [words](https://example.org/hidden) www.example.org')
    page = open_browser()
    page.goto('/docs/Tea')
    page.emulate_media(media='print')
    printed = page.evaluate('''() => [...document.querySelectorAll('article a')]
        .map(link => getComputedStyle(link, '::after').content.includes('example.org'))''')
    assert printed == [False, True, False]


def test_a_table_that_is_cut_off_has_a_shadow_at_its_edge(filled):
    page = filled['Ada']
    page.set_viewport_size({'width': 360, 'height': 900})
    page.goto('/tasks')
    wide, shown = page.eval_on_selector(
        '.scroll', 'box => [box.scrollWidth > box.clientWidth, getComputedStyle(box).backgroundImage]')
    assert wide and 'gradient' in shown
