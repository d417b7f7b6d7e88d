"""Two people at one page: merged, shown side by side, one section only; with scripts and without."""
import re

import pytest
from conftest import enter, press, put, save
from playwright.sync_api import expect

TEXT = '# Tea\n\nHot.\n\n## How\n\nBoil water.\n\n## Kinds\n\nGreen.\n'


@pytest.fixture
def ada(page, process):
    """A browser in which the form of a page is open."""
    put(process, 'Tea', TEXT)
    enter(page, process)
    page.goto('/docs/Tea$edit')
    return page


def put_other(process, *changes):
    """Somebody else changes it meanwhile."""
    text = TEXT
    for old, new in changes:
        text = text.replace(old, new)
    put(process, 'Tea', text, name='edda')


def change(page, old, new):
    page.fill('#text', page.input_value('#text').replace(old, new))


def test_edits_of_different_places_are_merged(ada, process):
    put_other(process, ('Hot.', 'Warm.'))
    change(ada, 'Green.', 'Black.')
    save(ada)
    expect(ada.locator('.flash')).to_contain_text('merged with edda’s edit')
    expect(ada.locator('article')).to_contain_text('Warm.')
    expect(ada.locator('article')).to_contain_text('Black.')


def test_edits_of_the_same_place_are_shown_side_by_side(ada, process):
    put_other(process, ('Hot.', 'Warm.'), ('Green.', 'Black.'))
    change(ada, 'Hot.', 'Cold.')
    save(ada)
    for side, words in {'mine': 'Cold.', 'theirs': 'Warm.', 'before': 'Hot.'}.items():
        expect(ada.locator(f'#{side}-1')).to_have_value(words)
    change(ada, 'Cold.', 'Cold or warm.')
    ada.on('dialog', lambda dialog: dialog.accept())
    save(ada)
    expect(ada.locator('article')).to_contain_text('Cold or warm.')
    expect(ada.locator('article')).to_contain_text('Black.')


def test_a_section_is_edited_while_others_edit_around_it(ada, process, request):
    if 'no scripts' in request.node.name:
        ada.click('.sections summary')
        press(ada, '.sections a:text-is("How")')
    else:
        ada.goto('/docs/Tea')
        press(ada, '#doc-how .edit-section')
    expect(ada.locator('#text')).to_have_value('## How\n\nBoil water.')
    put_other(process, ('Hot.', 'Warm.'), ('## Kinds', '## All kinds'))
    change(ada, 'Boil', 'Heat')
    save(ada)
    expect(ada).to_have_url(re.compile('/docs/Tea#doc-how$'))
    for words in ('Warm.', 'Heat water.', 'All kinds'):
        expect(ada.locator('article')).to_contain_text(words)


def test_who_may_not_edit_sees_no_links_at_headings(open_browser, process):
    put(process, 'Tea', TEXT)
    page = open_browser()
    page.goto('/docs/Tea')
    expect(page.locator('#doc-how')).to_be_visible()
    expect(page.locator('.edit-section')).to_have_count(0)
