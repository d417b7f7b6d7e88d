"""Two people at one page: merged, shown side by side, one section only; with scripts and without."""
import pytest
from conftest import add_user, log_in, save, set_up, write

TEXT = '# Tea\n\nHot.\n\n## How\n\nBoil water.\n\n## Kinds\n\nGreen.\n'


@pytest.fixture
def other(page, open_browser, process):
    """Somebody else's browser; the page is written."""
    set_up(page, process)
    add_user(process, 'edda')
    other = open_browser()
    log_in(other, 'edda')
    write(page, 'Tea', TEXT)
    return other


def change(page, old, new):
    page.fill('#text', page.input_value('#text').replace(old, new))


def test_edits_of_different_places_are_merged(page, other):
    page.goto('/docs/Tea$edit')
    write(other, 'Tea', TEXT.replace('Hot.', 'Warm.'))
    change(page, 'Green.', 'Black.')
    save(page)
    assert 'merged with edda’s edit' in page.inner_text('.flash')
    assert 'Warm.' in page.inner_text('article') and 'Black.' in page.inner_text('article')


def test_edits_of_the_same_place_are_shown_side_by_side(page, other):
    page.goto('/docs/Tea$edit')
    write(other, 'Tea', TEXT.replace('Hot.', 'Warm.').replace('Green.', 'Black.'))
    change(page, 'Hot.', 'Cold.')
    save(page)
    sides = [page.input_value(f'#{side}-1') for side in ('mine', 'theirs', 'before')]
    assert sides == ['Cold.', 'Warm.', 'Hot.']
    change(page, 'Cold.', 'Cold or warm.')
    page.on('dialog', lambda dialog: dialog.accept())
    save(page)
    assert 'Cold or warm.' in page.inner_text('article') and 'Black.' in page.inner_text('article')


def test_a_section_is_edited_while_others_edit_around_it(page, other):
    page.goto('/docs/Tea')
    if page.query_selector('.edit-section'):
        page.click('#doc-how .edit-section')
    else:
        page.goto('/docs/Tea$edit')
        page.click('.sections summary')
        page.click('.sections a:text-is("How")')
    assert page.input_value('#text') == '## How\n\nBoil water.'
    write(other, 'Tea', TEXT.replace('Hot.', 'Warm.').replace('## Kinds', '## All kinds'))
    change(page, 'Boil', 'Heat')
    save(page)
    assert page.url.endswith('/docs/Tea#doc-how')
    assert all(words in page.inner_text('article') for words in ('Warm.', 'Heat water.', 'All kinds'))


def test_who_may_not_edit_sees_no_links_at_headings(other, open_browser):
    visitor = open_browser()
    visitor.goto('/docs/Tea')
    assert visitor.query_selector('#doc-how') and not visitor.query_selector('.edit-section')
