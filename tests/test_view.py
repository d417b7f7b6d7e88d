"""Reading a page: what is shown, at which address, and what stands there when there is no page."""
import threading

import pytest

from kuma_lite import db
from kuma_lite.wiki import list_views
from kuma_lite.wiki.models import Page
from kuma_lite.wiki.views import BELOW


def test_a_page_is_shown_with_its_title_and_its_last_author(site):
    site.page('Guides/First_steps', 'Some **bold** words.', title='First steps')
    shown = site.app.get('/docs/Guides/First_steps')
    assert '<strong>bold</strong>' in shown
    assert shown.html.h1.text == 'First steps'
    assert shown.html.find(class_='meta').find('a').text == 'edda'
    assert shown.html.find(class_='crumbs').text.split() == ['Guides']


@pytest.mark.parametrize('other', ['/docs/tea', '/docs/TEA', '/docs/ Tea ', '/docs/%EF%BC%B4ea'])
def test_another_spelling_leads_to_the_kept_one_for_good(site, other):
    site.page('Tea')
    answer = site.app.get(other, status=301)
    assert answer.headers['Location'].endswith('/docs/Tea')


def test_a_page_with_a_name_of_another_script_is_found(site):
    site.page('요리/김치 찌개', 'Hot.')
    assert 'Hot.' in site.app.get('/docs/%EC%9A%94%EB%A6%AC/%EA%B9%80%EC%B9%98_%EC%B0%8C%EA%B0%9C')


def test_a_missing_page_offers_to_be_created_to_those_who_may(site):
    for name, offered in (('edda', True), ('wanda', False)):
        answer = site.login(name).get('/docs/Not_yet', status=404)
        assert ('href="/docs/Not_yet$edit"' in answer) is offered
    answer = site.app.get('/docs/Not_yet', status=404)
    assert '/docs/Not_yet$edit' not in answer and 'Log in' in answer


@pytest.mark.parametrize('path', ['a/../b', '..', 'a?b'.replace('?', '%3F'), 'a%23b', '/'.join('x' * 300),
                                  'x' * 300, '%E2%80%AEevil', '%01', 'a//b$raw', 'Tea$nonsense', 'Tea$'])
def test_what_cannot_be_a_path_is_a_page_that_says_so(site, path):
    site.page('Tea')
    answer = site.app.get(f'/docs/{path}', expect_errors=True)
    assert answer.status_int in (400, 404) and answer.html.h1


def test_a_missing_page_lists_what_stands_below_it(site):
    for path in ('Docs/b', 'docs/a/A', 'Docs', 'Docs-x', 'Docs0', 'Other/docs/c'):
        site.page(path)
    Page.delete().where(Page.path == 'Docs').execute()
    answer = site.app.get('/docs/DOCS', status=404)
    assert [link['href'] for link in answer.html.select('[aria-labelledby=below] li a')] == [
        '/docs/docs/a', '/docs/Docs/b']
    assert not site.app.get('/docs/Nothing', status=404).html.find(id='below')


def test_more_pages_below_a_missing_one_are_in_its_tree(site):
    for number in range(BELOW + 1):
        site.page(f'Docs/{number:03}')
    answer = site.app.get('/docs/Docs', status=404)
    assert len(answer.html.select('[aria-labelledby=below] li')) == BELOW
    assert len(answer.click('All of them').html.select('.tree li')) == BELOW + 1


def test_the_way_to_a_page_shows_what_is_missing_on_it(site):
    site.page('A')
    site.page('A/B/C')
    crumbs = site.app.get('/docs/A/B/C').html.select('.crumbs a')
    assert [(crumb['href'], crumb.get('class')) for crumb in crumbs] == [('/docs/A', None),
                                                                        ('/docs/A/B', ['missing'])]


@pytest.mark.parametrize('address', ['/docs', '/docs/'])
def test_the_folder_of_all_pages_is_their_list(site, address):
    assert site.app.get(address, status=303).headers['Location'].endswith('/all')


def test_three_headings_make_a_table_of_contents(site):
    site.page('Short', '# One\n\n# Two\n')
    site.page('Long', '# One\n\n## Two & *more*\n\n# Three\n')
    assert not site.app.get('/docs/Short').html.find(class_='toc')
    entries = site.app.get('/docs/Long').html.find(class_='toc').find_all('a')
    assert [entry.text for entry in entries] == ['One', 'Two & more', 'Three']
    for entry in entries:
        assert site.app.get('/docs/Long').html.find(id=entry['href'][1:])


def test_the_raw_text_is_what_was_saved(site):
    text = '\n\n  <b>& "quotes"</b>\t\n\n한국어\n\n'
    site.page('Tea', text)
    answer = site.app.get('/docs/Tea$raw')
    assert answer.body == text.encode()
    assert answer.headers['Content-Type'] == 'text/plain; charset=utf-8'
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'


def test_a_page_as_json(site):
    page = site.page('Tea', 'Hot.', title='Green tea')
    answer = site.app.get('/docs/tea$json').json
    assert (answer['path'], answer['title'], answer['content']) == ('Tea', 'Green tea', 'Hot.')
    assert (answer['revision'], answer['author']) == (page.current_id, 'edda')


def test_an_empty_page_says_so(site):
    site.page('Empty', '')
    assert 'This page is empty.' in site.app.get('/docs/Empty')


def test_the_home_page_of_an_empty_wiki_says_what_to_do_next(site):
    assert 'This wiki is empty' in site.app.get('/')
    assert 'href="/docs/Home$edit"' not in site.app.get('/')
    assert 'href="/docs/Home$edit"' in site.login('edda').get('/')


def test_a_wiki_without_a_home_page_leads_to_its_pages(site):
    site.page('Tea')
    assert 'href="/all"' in site.app.get('/')


def test_the_home_page_is_at_the_root(site):
    site.page('Home', 'Welcome in.')
    assert 'Welcome in.' in site.app.get('/')


def test_all_pages_are_listed_by_path_in_parts(site, monkeypatch):
    monkeypatch.setattr(list_views, 'PAGES', 3)
    assert 'No page has been written yet.' in site.app.get('/all/list')
    for number in range(4):
        site.page(f'page_{number}', str(number))
    first = site.app.get('/all/list')
    assert [link.text for link in first.html.select('.rows a')] == ['page_0', 'page_1', 'page_2']
    second = first.click('Next')
    assert [link.text for link in second.html.select('.rows a')] == ['page_3']
    assert second.click('From the start').html.select_one('.rows a').text == 'page_0'
    assert 'no further pages' in site.app.get('/all/list?after=zzz')


def test_a_page_asks_the_database_little_for_somebody_who_is_logged_in(site, monkeypatch):
    site.page('Tea/Green', 'Hot. [[Tea]]', words='Green')
    browser, asked, here = site.login('wanda'), [], threading.get_ident()
    execute = type(db.database).execute_sql
    browser.get('/docs/Tea/Green')
    site.settle()

    def count(self, sql, params=None):
        if threading.get_ident() == here:       # and no worker
            asked.append(sql)
        return execute(self, sql, params)

    with monkeypatch.context() as patched:
        patched.setattr(type(db.database), 'execute_sql', count)
        browser.get('/docs/Tea/Green')
    assert 5 < len(asked) <= 20, asked


def test_what_people_type_is_text(site):
    """Titles, comments and paths are never HTML, in any view."""
    evil = '<img src=x onerror=alert(1)>"\''
    page = site.page('Trap', 'one', title=evil, comment=evil)
    browser = site.login('edda')
    number = page.current_id
    for verb in ('', '$edit', '$history', f'$revision/{number}', f'$revert/{number}',
                 f'$compare?from={number}&to={number}'):
        shown = browser.get(f'/docs/Trap{verb}')
        assert '<img src=x' not in shown and not shown.html.find(onerror=True), verb


def test_a_text_that_begins_with_its_title_does_not_show_it_twice(site):
    site.page('Tea', '# Tea\n\nHot.')
    assert 'prose titled' in site.app.get('/docs/Tea').text
    site.page('Tea', '# Coffee\n\nHot.')
    assert 'prose titled' not in site.app.get('/docs/Tea').text
