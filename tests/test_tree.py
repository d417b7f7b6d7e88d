"""Pages as a tree by their paths, what is shown of it around a page, and who is told when it changes."""
import pytest

from kuma_lite import generations
from kuma_lite.feeds import actions as feeds
from kuma_lite.wiki import neighbours, tree
from kuma_lite.wiki.models import Page

PATHS = ('A', 'a/b', 'A/b/c', 'A-x', 'A/b-c', 'Gap/deep/down', 'Z')


@pytest.fixture
def pages(site):
    return {path: site.page(path, title=path.title()) for path in PATHS}


def drawn(places):
    """{(title, is_page): what is below it, or None for too much}."""
    return {(place.title, place.is_page): place.below and drawn(place.below) for place in places}


WHOLE = {('A', True): {('A/B', True): {('A/B/C', True): []}, ('A/B-C', True): []},
         ('A-X', True): [],
         ('Gap', False): {('deep', False): {('Gap/Deep/Down', True): []}}, ('Z', True): []}
TOP = {('A', True): None, ('A-X', True): [], ('Gap', False): None, ('Z', True): []}


def test_a_small_wiki_is_shown_whole(site, pages):
    part = tree.part()
    assert (drawn(part.places), part.next, part.count) == (WHOLE, None, len(PATHS))
    assert list(drawn(tree.part('a').places)) == [('A/B', True), ('A/B-C', True)]


def test_a_large_one_level_by_level_in_parts(site, pages, monkeypatch):
    monkeypatch.setattr(tree, 'WHOLE', 3)
    monkeypatch.setattr(tree, 'LEVEL', 2)
    parts = [tree.part()]
    while parts[-1].next:
        parts.append(tree.part(after=parts[-1].next))
    assert len(parts) == 2
    assert {name: below for part in parts for name, below in drawn(part.places).items()} == TOP


def test_the_page_of_all_pages_is_the_tree(site, pages, monkeypatch):
    whole = site.app.get('/all')
    assert '7 pages' in whole and 'A/B/C' in whole.html.select_one('details details').text
    monkeypatch.setattr(tree, 'WHOLE', 3)
    first = site.app.get('/all')
    assert '7 pages' in first and not first.html.select('details details')
    below = first.click('See what is below A', index=0)
    assert [link.text for link in below.html.select('.tree a')] == ['A/B', 'A/B/C', 'A/B-C']
    assert 'there is no page yet' in first.click('See what is below Gap')


def test_an_old_part_says_where_the_first_is(site, pages):
    for address in ('/all', '/docs/A$children'):
        last = site.app.get(f'{address}?after=zz')
        assert 'no further pages' in last and 'A/B' in last.click('Back to the first')


def test_a_page_names_what_is_below_it_and_links_to_it(site, pages):
    site.page('Z', 'See [[A]] and [[Nowhere]].')
    shown = site.app.get('/docs/A').html
    assert [link.text for link in shown.select('[aria-labelledby=below] li a')] == ['A/B', 'A/B-C']
    assert [link.text for link in shown.select('[aria-labelledby=links] li a')] == ['Z']
    missing = site.app.get('/docs/Nowhere', status=404).html
    assert [link.text for link in missing.select('[aria-labelledby=links] li a')] == ['Z']


def test_all_links_to_a_page_come_in_parts(site):
    for number in range(51):
        site.page(f'Page {number}', '[[Tea]]')
    first = site.app.get('/docs/Tea', status=404).click('All that link here')
    assert 'still to be written' in first and len(first.html.select('.rows li')) == 50
    assert [link.text for link in first.click('Older').html.select('.rows a')] == ['Page 0']
    site.page('Tea')
    assert 'Page 50' in site.app.get('/docs/Tea$links')
    assert 'No other page links here' in site.app.get('/docs/Page_1$links')
    assert 'No page stands below' in site.app.get('/docs/Page_1$children')


def test_the_contents_by_themselves(site):
    site.page('Tea', '# One\n\n## Two\n')
    links = site.app.get('/docs/Tea$toc').html.select('.toc a')
    assert [(link.text, link['href']) for link in links] == [
        ('One', '/docs/Tea#doc-one'), ('Two', '/docs/Tea#doc-two')]
    site.page('Tea', 'plain')
    assert 'no headings' in site.app.get('/docs/Tea$toc')


def told(change):
    """The paths of the pages whose kept answers a change drops, or '*'; the feeds aside."""
    number = generations.since(0)[0]
    change()
    names = set(generations.since(number)[1])
    paths = {generations.of_page(page.id): page.path for page in Page.select()}
    return {paths.get(name, name) for name in names - {feeds.CHANGES}}


def test_a_change_is_told_to_those_that_show_it_and_to_nobody_else(site, pages):
    assert told(lambda: site.page('A', 'Another text.', title='A')) == {'A'}
    assert told(lambda: site.page('A', '[[Z]]', title='A')) == {'A', 'Z'}
    assert told(lambda: site.page('A', '[[Z]]!', title='A')) == {'A'}
    assert told(lambda: site.page('A', '[[Z]]!', title='Aa')) == {'A', 'Z'}
    assert told(lambda: site.page('A', 'Without.', title='Aa')) == {'A', 'Z'}
    assert told(lambda: site.page('A/b/c', 'Retitled.', title='New')) == {'A', 'a/b', 'A/b/c'}
    assert told(lambda: site.page('Gap/deep')) == {'Gap/deep', 'Gap/deep/down'}
    assert told(lambda: site.page('A/new')) == {'A', 'A/new'}


def test_very_many_are_told_as_everything(site, pages, monkeypatch):
    monkeypatch.setattr(neighbours, 'MOST', 0)
    assert told(lambda: site.page('Gap')) == {'Gap', generations.EVERYTHING}


def test_a_kept_page_shows_its_new_neighbours_at_once(site):
    site.page('A')
    site.app.get('/docs/A')
    site.settle()
    for path, title in (('A/b', 'First'), ('A/b', 'Second')):
        assert 'ETag' in site.app.get('/docs/A').headers
        site.page(path, '[[A]]', title=title)
        shown = site.app.get('/docs/A').html
        assert [link.text for link in shown.select('.columns li a')][:2] == [title, title]
