"""Feeds: valid Atom and RSS of what changed, of what the reader may read, and cheap to ask for again."""
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from protection_base import protect

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.wiki import recent
from kuma_lite.wiki.models import Page

ATOM = '{http://www.w3.org/2005/Atom}'
CREATOR = '{http://purl.org/dc/elements/1.1/}creator'
HOSTILE = ['<script>alert(1)</script>', ']]></title><entry>', '&lt;b&gt; & &amp;', '"\'><x y="',
           'never \ufffe\uffff in XML', 'Zitat „ä“ 日本 🐻']


def atom(site, place='all', **query):
    """The root of an Atom feed."""
    answer = site.app.get(f'/feeds/atom/{place}', query)
    assert answer.content_type == 'application/atom+xml' and answer.charset == 'utf-8'
    return ElementTree.fromstring(answer.body)


def rss(site, place='all', **query):
    answer = site.app.get(f'/feeds/rss/{place}', query)
    assert answer.content_type == 'application/rss+xml'
    return ElementTree.fromstring(answer.body).find('channel')


def titles(site, place='all', **query):
    found = [entry.findtext(f'{ATOM}title') for entry in atom(site, place, **query).iter(f'{ATOM}entry')]
    assert found == [item.findtext('title') for item in rss(site, place, **query).iter('item')]
    return found


def test_a_change_is_in_the_feed(site):
    site.page('Tea', 'Hot.', comment='A start')
    page = site.page('Tea', 'Hot!', comment='Louder', author='mona')
    feed = atom(site)
    new, old = feed.iter(f'{ATOM}entry')
    assert [new.findtext(f'{ATOM}title'), old.findtext(f'{ATOM}title')] == ['Tea', 'Tea (new page)']
    assert new.findtext(f'{ATOM}author/{ATOM}name') == 'mona'
    first, last = page.current_id - 1, page.current_id
    assert new.find(f'{ATOM}link').get('href') == f'http://wiki.test/docs/Tea$compare?from={first}&to={last}'
    assert 'Louder' in new.findtext(f'{ATOM}summary') and 'A start' in old.findtext(f'{ATOM}summary')
    item = next(rss(site).iter('item'))
    assert item.findtext(CREATOR) == 'mona' and 'Louder' in item.findtext('description')


def test_an_atom_feed_has_what_its_rules_ask_for(site):
    site.page('Tea', 'Hot.')
    site.page('Drei Wörter', 'Hier.', title='Drei Wörter', author='mona')
    feed = atom(site)
    for node in [feed, *feed.iter(f'{ATOM}entry')]:
        assert all(len(node.findall(ATOM + name)) == 1 for name in ('id', 'title', 'updated'))
    assert [link.get('rel') for link in feed.findall(f'{ATOM}link')] == ['self', 'alternate']
    assert feed.findtext(f'{ATOM}id') == feed.find(f'{ATOM}link').get('href') == 'http://wiki.test/feeds/atom/all'
    entries = list(feed.iter(f'{ATOM}entry'))
    assert feed.findtext(f'{ATOM}updated') == entries[0].findtext(f'{ATOM}updated')
    assert len({entry.findtext(f'{ATOM}id') for entry in entries}) == 2
    for link in feed.iter(f'{ATOM}link'):
        assert link.get('href').startswith('http://wiki.test/') and link.get('href').isascii()
        assert site.app.get(link.get('href').removeprefix('http://wiki.test'))


def test_an_rss_feed_has_what_its_rules_ask_for(site):
    site.page('Tea', 'Hot.')
    answer = ElementTree.fromstring(site.app.get('/feeds/rss/all').body)
    channel = answer.find('channel')
    assert answer.get('version') == '2.0'
    assert all(channel.findtext(name) for name in ('title', 'link', 'description', 'lastBuildDate'))
    item = channel.find('item')
    assert item.find('guid').get('isPermaLink') == 'false'
    assert item.findtext('guid').startswith('tag:wiki.test,20')
    assert abs(parsedate_to_datetime(item.findtext('pubDate')).timestamp() - clock.now()) < 60


def test_the_name_of_an_entry_is_the_same_in_both_and_for_ever(site):
    site.page('Tea', 'Hot.')
    first = atom(site).findtext(f'{ATOM}entry/{ATOM}id')
    clock.advance(90_000)
    site.page('Milk', 'Cold.')
    assert atom(site).findall(f'{ATOM}entry')[1].findtext(f'{ATOM}id') == first
    assert rss(site).findall('item')[1].findtext('guid') == first


@pytest.mark.parametrize('words', HOSTILE)
def test_defect_9_what_people_typed_is_text_and_nothing_else(site, words):
    """KUMA §7.9: comments were not escaped."""
    site.page('Tea', 'Hot.', title=words, comment=words, words='a&b')
    shown = words.replace('\ufffe\uffff', '\ufffd\ufffd')
    for entry, title, html in ((atom(site).find(f'{ATOM}entry'), f'{ATOM}title', f'{ATOM}summary'),
                               (rss(site).find('item'), 'title', 'description')):
        assert entry.findtext(title) == f'{shown} (new page)'
        assert '<script' not in entry.findtext(html)
        assert shown in ''.join(ElementTree.fromstring(f'<p>{entry.findtext(html)}</p>').itertext())


def test_one_tag_one_tree_one_person(site):
    site.page('Tea', words='drink, hot')
    site.page('Tea/Green', author='mona')
    site.page('Bread', words='food')
    assert titles(site, 'tag/drink') == titles(site, 'tag/DRINK') == ['Tea (new page)']
    assert titles(site, 'under/Tea') == titles(site, 'under/tea') == ['Green (new page)', 'Tea (new page)']
    assert titles(site, 'user/mona') == ['Green (new page)']
    assert titles(site, 'user/wanda') == []
    assert atom(site, 'user/wanda').findtext(f'{ATOM}updated')
    for place in ('tag/none', 'user/nobody', 'under/%23', 'else'):
        site.app.get(f'/feeds/atom/{place}', status=404)
    site.app.get('/feeds/json/all', status=404)


def test_a_tag_of_very_many_pages(site, monkeypatch):
    monkeypatch.setattr(recent, 'FEW', 1)
    for name in ('Tea', 'Milk', 'Water'):
        site.page(name, words='drink')
    site.page('Bread')
    assert titles(site, 'tag/drink') == ['Water (new page)', 'Milk (new page)', 'Tea (new page)']


def test_defect_9_a_limit_is_bounded(site):
    """KUMA §7.9: ?limit=100000 was unbounded."""
    for number in range(210):
        site.page('Tea', f'Cup {number}')
    assert [len(titles(site)), len(titles(site, limit=2)), len(titles(site, limit=100_000))] == [50, 2, 200]


@pytest.mark.parametrize('limit', ['abc', '-1', '0', '1e3', '', '9' * 40, '٣'])
def test_defect_9_a_limit_that_is_no_number_is_told(site, limit):
    """KUMA §7.9: ?limit=abc was a 500."""
    answer = site.app.get('/feeds/atom/all', {'limit': limit}, status=400)
    assert '“limit” must be a whole number' in answer


def test_a_deleted_page_is_gone_at_once_and_comes_back(site):
    page = site.page('Tea', 'Hot.')
    site.page('Milk', 'Cold.')
    assert len(titles(site)) == 2
    deleted = deletion.delete(page.id, page.current_id, 'x', site.people.mona)
    assert titles(site) == titles(site, 'user/edda') == ['Milk (new page)']
    deletion.restore(deleted, site.people.mona)
    assert len(titles(site)) == 2


def test_a_protected_page_is_in_no_feed(site):
    for name in ('Open', 'Closed', 'Also open'):
        site.page(name, words='all')
    protect(site, 'Closed', read='members')
    for place in ('all', 'tag/all', 'user/edda'):
        assert titles(site, place) == ['Also open (new page)', 'Open (new page)']
    assert titles(site, limit=2) == ['Also open (new page)', 'Open (new page)']


def test_members_only_means_feeds_too(site):
    site.page('Tea', 'Hot.')
    settings.site.read = 'members'
    for place in ('all', 'user/edda', 'user/nobody', 'under/Tea', 'tag/none'):
        assert 'new page' not in site.browser().get(f'/feeds/atom/{place}', status=401)
    assert 'Tea' in site.login('wanda').get('/feeds/atom/all')
    assert 'Tea' not in site.login('wanda').get('/feeds/atom/user/mona')


@pytest.mark.parametrize('query', ['', '?limit=3'])
def test_who_has_it_already_is_told_so(site, query):
    site.page('Tea', 'Hot.')
    address = f'/feeds/rss/all{query}'
    etag = site.app.get(address).headers['ETag']
    assert site.app.get(address, headers={'If-None-Match': etag}, status=304).body == b''
    site.page('Tea', 'Cold.')
    changed = site.app.get(address, headers={'If-None-Match': etag}, status=200)
    at = parsedate_to_datetime(changed.headers['Last-Modified'])
    assert at.timestamp() == int(Page.at('Tea').updated_at)


def test_it_is_answered_from_memory_until_something_changes(site, monkeypatch):
    site.page('Tea', 'Hot.')
    site.app.get('/feeds/atom/all')
    with monkeypatch.context() as broken:
        broken.setattr(recent, 'changes', None)
        assert 'Tea' in site.app.get('/feeds/atom/all')
    site.page('Milk', 'Cold.')
    assert 'Milk' in site.app.get('/feeds/atom/all')


def test_an_empty_feed_is_a_feed_and_takes_no_room(site):
    assert titles(site, 'under/Nowhere') == []
    assert 'Vary' not in site.app.get('/feeds/atom/under/Nowhere').headers      # memory says it


def test_pages_name_their_feed(site):
    site.page('Tea', words='hot & sweet')
    for address, place in (('/recent', 'all'), ('/recent?by=edda', 'user/edda'),
                           ('/recent?under=Tea', 'under/Tea'),
                           ('/tag/hot%20%26%20sweet', 'tag/hot%20%26%20sweet'), ('/users/edda', 'user/edda')):
        links = site.app.get(address).html.select('link[rel=alternate]')
        assert [link['href'] for link in links] == [f'/feeds/{form}/{place}' for form in ('atom', 'rss')]
        assert [link['type'] for link in links] == ['application/atom+xml', 'application/rss+xml']
        assert all(site.app.get(link['href']) for link in links)
    assert not site.app.get('/recent?by=nobody').html.select('link[rel=alternate]')


@pytest.mark.parametrize(('page', 'place'), [
    ('/docs/Drinks/Tea', 'under/Drinks/Tea'), ('/docs/Drinks$children', 'under/Drinks'),
    ('/tag/hot', 'tag/hot'), ('/users/edda', 'user/edda'), ('/recent', 'all')])
def test_pages_lead_to_the_feed_of_their_changes(site, page, place):
    site.page('Drinks/Tea', words='hot')
    answer = site.app.get(page)
    for form in ('atom', 'rss'):
        [link] = answer.html.select(f'footer a[href="/feeds/{form}/{place}"]')
        assert 'Tea' in site.app.get(link['href'])
