"""The sitemap: written by tasks once a day, names what strangers may read, and is never half there."""
from pathlib import Path
from xml.etree import ElementTree

import pytest
from protection_base import protect

from kuma_lite import text
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.feeds import sitemaps, tasks
from kuma_lite.queue.tables import Task
from kuma_lite.wiki.models import Page

SPACE = '{http://www.sitemaps.org/schemas/sitemap/0.9}'


def build(site):
    tasks.build_sitemaps()
    site.settle()


def locations(site, address='/sitemap.xml'):
    answer = site.app.get(address)
    assert answer.content_type == 'application/xml'
    return [node.text for node in ElementTree.fromstring(answer.body).iter(f'{SPACE}loc')]


def pages(site):
    """The addresses of all files that the index names."""
    files = [place.removeprefix('http://wiki.test') for place in locations(site)]
    return [[page.removeprefix('http://wiki.test') for page in locations(site, file)] for file in files]


def test_it_names_every_page(site):
    site.page('Tea')
    site.page('Tee/Grüner_&_heißer')
    build(site)
    assert locations(site) == ['http://wiki.test/sitemaps/pages-1.xml']
    [found] = pages(site)
    assert found[:2] == ['/', '/docs/Tea'] and found[2].isascii() and site.app.get(found[2])
    root = ElementTree.fromstring(site.app.get('/sitemaps/pages-1.xml').body)
    assert root.findtext(f'{SPACE}url[2]/{SPACE}lastmod') == text.iso(Page.at('Tea').updated_at)


def test_it_is_written_daily_at_five(site):
    assert '05:00' in tasks.build_sitemaps.schedule_by.words()


def test_many_pages_are_several_files_and_as_many_tasks(site, monkeypatch):
    monkeypatch.setattr(sitemaps, 'SIZE', 2)
    names = ['One', 'Two', 'Three', 'Four', 'Five']
    made = [site.page(name) for name in names]
    deletion.delete(made[1].id, made[1].current_id, 'x', site.people.mona)
    build(site)
    assert pages(site) == [['/', '/docs/One', '/docs/Three'], ['/docs/Four', '/docs/Five'], []]
    assert Task.select().where(Task.name == tasks.write_section.name).count() == 3


def test_files_that_are_not_needed_any_more_go(site, monkeypatch):
    monkeypatch.setattr(sitemaps, 'SIZE', 1)
    site.page('One')
    site.page('Two')
    build(site)
    assert len(pages(site)) == 3
    monkeypatch.setattr(sitemaps, 'SIZE', 9)
    build(site)
    assert len(pages(site)) == 1 and sorted(file.name for file in sitemaps.folder().iterdir()) == [
        'pages-1.xml', 'sitemap.xml']


def test_nothing_that_strangers_may_not_read(site):
    site.page('Open')
    site.page('Closed')
    protect(site, 'Closed', read='members')
    build(site)
    assert pages(site) == [['/', '/docs/Open']]


def test_a_wiki_for_members_has_none(site):
    site.page('Open')
    build(site)
    settings.site.read = 'members'
    for address in ('/sitemap.xml', '/sitemaps/pages-1.xml'):
        assert 'Open' not in site.browser().get(address, status=401)
    build(site)
    assert not list(sitemaps.folder().iterdir())
    site.login('wanda').get('/sitemap.xml', status=404)


def test_before_the_first_time_a_sentence_says_when(site):
    assert 'every day at 05:00' in site.app.get('/sitemap.xml', status=404)
    assert site.app.get('/sitemaps/pages-7.xml', status=404)
    for name in ('wiki.db', '../wiki.db', 'pages-0.xml', 'pages-1.xml.1'):
        site.app.get(f'/sitemaps/{name}', status=404)


def test_while_one_file_cannot_be_written_the_old_index_stays(site):
    site.page('One')
    build(site)
    (sitemaps.folder() / 'sitemap.xml').write_text('of yesterday')
    batch = Task.select().where(Task.name == tasks.write_section.name).get().batch_id
    tasks.write_index(batch, [1])
    site.settle()
    assert (sitemaps.folder() / 'sitemap.xml').read_text() == 'of yesterday'
    tasks.write_index(batch, [])
    site.settle()
    assert locations(site) == ['http://wiki.test/sitemaps/pages-1.xml']


def test_who_reads_while_it_is_written_gets_the_old_one(site, monkeypatch):
    site.page('One')
    build(site)
    row, seen = sitemaps._row, []

    def slow(*what):
        seen.append((sitemaps.folder() / 'pages-1.xml').read_text())
        return row(*what)
    monkeypatch.setattr(sitemaps, '_row', slow)
    site.page('Two')
    sitemaps.write_section(1, 0, None)
    assert all(text.endswith('</urlset>\n') and 'Two' not in text for text in seen)
    assert len(seen) == 3 and len(pages_on_disk()) == 3


def pages_on_disk():
    return list(ElementTree.parse(sitemaps.folder() / 'pages-1.xml').iter(f'{SPACE}loc'))


def test_writing_twice_is_the_same(site):
    site.page('One')
    build(site)
    before = pages(site)
    build(site)
    assert pages(site) == before


@pytest.mark.parametrize('name', ['sitemap.xml', 'pages-1.xml'])
def test_the_files_are_for_this_user_alone(site, name):
    build(site)
    assert Path(sitemaps.folder() / name).stat().st_mode & 0o077 == 0


def test_robots_are_told_where_it_is(site):
    answer = site.app.get('/robots.txt')
    assert answer.content_type == 'text/plain' and 'Sitemap: http://wiki.test/sitemap.xml\n' in answer.text
    settings.site.read = 'members'
    assert site.app.get('/robots.txt').text == 'User-agent: *\nDisallow: /\n'


def test_a_robot_that_has_it_is_told_so(site):
    build(site)
    modified = site.app.get('/sitemap.xml').headers['Last-Modified']
    assert site.app.get('/sitemap.xml', headers={'If-Modified-Since': modified}, status=304).body == b''
