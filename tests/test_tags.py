"""Tags: what people type becomes tags, pages are found by them, and each knows how many pages it has."""
import pytest

from kuma_lite.wiki import actions, tags
from kuma_lite.wiki.models import Tag


def tagged(site, path, words):
    return site.page(path, f'About {path}: {words}.', words=words)


def counted():
    return {tag.name: tag.uses for tag in Tag.listed()}


@pytest.mark.parametrize('words, names', [
    ('', []), (' , ,', []), ('Tea', ['Tea']), ('Tea,  Green \n tea ', ['Tea', 'Green tea']),
    ('Tea, tea, TEA', ['Tea']), ('Straße, STRASSE', ['Straße']),
    ('차, C++, TCP/IP', ['차', 'C++', 'TCP/IP']),
    ('می\u200cخواهم, میخواهم', ['می\u200cخواهم']), ('👩\u200d🍳', ['👩\u200d🍳'])])
def test_words_become_tags(words, names):
    assert tags.parse(words) == names


@pytest.mark.parametrize('words', [
    'x' * 51, ','.join(f'tag {number}' for number in range(21)), 'a\u202eb', '\ufe0f', 'a\0b', 'x,' * 10_000,
    '..', 'a\u200d', '\u200ca', 'a/../b', '\ud800'])
def test_what_can_be_no_tag_is_told(words):
    with pytest.raises(ValueError, match='tag'):
        tags.parse(words)


def test_a_page_shows_its_tags_and_each_leads_to_its_pages(site):
    tagged(site, 'Sencha', 'Tea, 100% green?')
    tagged(site, 'Assam', 'tea')
    shown = site.app.get('/docs/Sencha')
    assert [link.text for link in shown.html.select('a.tag')] == ['100% green?', 'Tea']
    listed = shown.click('Tea').html
    assert [link.text for link in listed.select('.rows a')] == ['Assam', 'Sencha']
    assert '1 page has' in shown.click('100% green').text


def test_all_tags_are_listed_with_the_number_of_their_pages(site):
    assert 'No page has a tag yet.' in site.app.get('/tags')
    tagged(site, 'One', 'Tea, Cup')
    tagged(site, 'Two', 'tea')
    items = site.app.get('/tags').html.select('.tag-list li')
    assert [item.text.split() for item in items] == [['Cup', '1'], ['Tea', '2']]


def test_an_edit_changes_the_tags_and_their_numbers(site):
    tagged(site, 'One', 'Tea, Cup')
    tagged(site, 'Two', 'Tea')
    tagged(site, 'One', 'Pot, Cup')
    assert counted() == {'Tea': 1, 'Cup': 1, 'Pot': 1}
    tagged(site, 'Two', '')
    assert counted() == {'Cup': 1, 'Pot': 1}
    site.app.get('/tag/Tea', status=404)


def test_an_edit_that_says_nothing_of_tags_keeps_them(site):
    tagged(site, 'One', 'Tea')
    site.page('One', 'Another text.')
    assert counted() == {'Tea': 1} and site.app.get('/docs/One$json').json['tags'] == ['Tea']


def test_a_conflict_changes_no_tag(site):
    tagged(site, 'One', 'Tea')
    with pytest.raises(actions.Conflict):
        site.page('One', 'Late.', words='Coffee', base=10 ** 6)
    assert counted() == {'Tea': 1}


def test_many_pages_of_a_tag_come_in_parts(site):
    for number in range(51):
        tagged(site, f'Page {number}', 'Tea')
    first = site.app.get('/tag/tea')
    assert len(first.html.select('.rows li')) == 50
    second = first.click('Older')
    assert [link.text for link in second.html.select('.rows a')] == ['Page 0']
    assert 'Page 50' in second.click('Newest')


def test_the_tags_of_a_kept_page_are_those_of_its_last_edit(site):
    tagged(site, 'One', 'Tea')
    site.app.get('/docs/One')
    site.settle()
    assert 'Tea' in site.app.get('/docs/One').html.find(class_='tag').text
    tagged(site, 'One', 'Cup')
    assert 'Cup' in site.app.get('/docs/One').html.find(class_='tag').text


def test_a_tag_is_text(site):
    tagged(site, 'One', '<img src=x onerror=alert(1)>')
    for address in ('/docs/One', '/tags', '/docs/One$history'):
        assert '<img src=x' not in site.app.get(address)
    assert site.app.get('/tags').click(href='/tag/').html.h1.text == '<img src=x onerror=alert(1)>'
