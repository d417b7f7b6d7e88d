"""Links between pages look right on the day they are written and after pages come into being."""
import re
import time

import pytest

from kuma_lite import markup
from kuma_lite.deletion import actions as deletion
from kuma_lite.wiki import actions, links, tasks
from kuma_lite.wiki.models import Link, Page
from tasks_base import enqueued


def is_missing(path):
    return 'class="missing"' in Page.at(path).html


def targets(path):
    return {link.target for link in Link.select().where(Link.page == Page.at(path))}


def test_a_link_to_a_page_that_is_not_leads_to_creating_it(site):
    site.page('Tea', 'From a [[Big cup]].')
    link = site.app.get('/docs/Tea').html.find('a', class_='missing')
    assert (link['href'], link.text) == ('/docs/Big_cup$edit', 'Big cup')


def test_creating_the_page_makes_the_links_right(site):
    site.page('Tea', 'From a [[Big cup|cup]].')
    site.page('Coffee', 'From a [small](/docs/big_cup) one.')
    site.page('Big cup')
    site.settle()
    for path in ('Tea', 'Coffee'):
        assert not is_missing(path)
        assert site.app.get(f'/docs/{path}').html.article.a['href'].lower() == '/docs/big_cup'
    assert Page.at('Tea').current().content == 'From a [[Big cup|cup]].'


def test_a_link_to_a_page_in_another_spelling_is_no_missing_one(site):
    site.page('Straße')
    site.page('Tea', '[[STRASSE]] [[strasse]] [[Straße]]')
    assert not is_missing('Tea')


def test_a_page_may_link_to_itself(site):
    site.page('Tea', 'See [[tea]].')
    assert not is_missing('Tea') and targets('Tea') == set()


def test_an_edit_replaces_the_links_of_a_page(site):
    site.page('Tea', '[[One]] [[Two]] [[one]]')
    assert targets('Tea') == {'one', 'two'}
    site.page('Tea', '[[Two]] [[Three/Four]]')
    assert targets('Tea') == {'two', 'three/four'}
    site.page('Tea', 'none')
    assert targets('Tea') == set()


def test_many_links_are_kept_and_too_many_refused(site):
    site.page('Some', ' '.join(f'[[p{number}]]' for number in range(1234)))
    assert len(targets('Some')) == 1234
    with pytest.raises(markup.TooComplex, match='divide it'):
        site.page('Many', ' '.join(f'[[p{number}]]' for number in range(links.LIMIT + 1)))


def test_rendering_again_twice_is_the_same_as_once(site):
    site.page('Tea', '[[Cup]]')
    site.page('Cup')
    for _ in range(2):
        tasks.rerender_linkers.func('cup')
        tasks.rerender.func(Page.at('Tea').id)
    site.settle()
    assert not is_missing('Tea')


def test_a_page_that_is_gone_is_not_rendered(site):
    tasks.rerender.func(10 ** 9)
    tasks.rerender_linkers.func('nowhere')


def test_an_edit_during_the_rendering_wins(site, monkeypatch):
    """The task has read the old text when the edit is saved."""
    site.page('Tea', 'old [[Cup]]')
    during(monkeypatch, lambda: site.page('Tea', 'new [[Cup]]'))
    tasks.rerender.func(Page.at('Tea').id)
    site.settle()
    assert 'new' in Page.at('Tea').html


def test_a_page_created_while_a_link_to_it_is_saved_is_found(site, monkeypatch):
    """Its own task comes too early to see that link, so the save looks again itself."""
    during(monkeypatch, lambda: site.page('Cup'))
    site.page('Tea', '[[Cup]]')
    site.settle()
    assert not is_missing('Tea')


def test_a_page_created_while_a_linker_is_rendered_again_is_found(site, monkeypatch):
    site.page('Tea', '[[Pot]]')
    during(monkeypatch, lambda: site.page('Pot'))
    tasks.rerender.func(Page.at('Tea').id)
    site.settle()
    assert not is_missing('Tea')


def test_an_edit_that_is_rolled_back_renders_nothing_again(site):
    site.page('Tea', '[[Cup]]')
    with pytest.raises(actions.Conflict):
        site.page('Cup', base=5)
    site.settle()
    assert is_missing('Tea') and targets('Tea') == {'cup'}


def during(monkeypatch, happen):
    """Let something happen right after the next rendering, before its transaction begins."""
    render = links.render

    def render_and_happen(*args):
        monkeypatch.setattr(links, 'render', render)
        rendered = render(*args)
        happen()
        return rendered

    monkeypatch.setattr(links, 'render', render_and_happen)


def leads(path):
    """Where the first link on a page leads."""
    return re.search(r'<a (?:class="missing" )?href="([^"]*)"', Page.at(path).html)[1]


def test_a_link_finds_a_page_by_its_title(site):
    site.page('Guides/Tea', title='All about tea?')
    site.page('Home', 'See [[All about tea?]].')
    assert leads('Home') == '/docs/Guides/Tea'
    assert [link.page.path for link in Link.to('guides/tea')] == ['Home']


def test_a_page_at_the_path_comes_before_the_title(site):
    site.page('Guides/Tea', title='Green tea')
    site.page('Home', '[[Green tea]]')
    site.page('Green tea')
    site.settle()
    assert leads('Home') == '/docs/Green_tea'
    assert targets('Home') == {'green_tea'}


def test_of_two_pages_with_one_title_none_is_meant(site):
    site.page('One/Tea', title='My tea')
    site.page('Home', '[[My tea]]')
    site.page('Two/Tea', title='My tea')
    site.settle()
    assert leads('Home') == '/docs/My_tea$edit' and targets('Home') == {'my_tea'}
    site.page('Two/Tea', title='Her tea')
    site.settle()
    assert leads('Home') == '/docs/One/Tea' and targets('Home') == {'my_tea', 'one/tea'}


def test_links_follow_a_title(site):
    site.page('Home', '[[My tea]]')
    site.page('Guides/Tea', title='My tea')
    site.settle()
    assert leads('Home') == '/docs/Guides/Tea'
    site.page('Guides/Tea', title='Tea')
    site.settle()
    assert is_missing('Home') and targets('Home') == {'my_tea'}
    site.page('Guides/Tea', title='my TEA')
    site.settle()
    assert leads('Home') == '/docs/Guides/Tea'


def test_links_follow_a_titled_page_into_the_bin_and_back(site):
    page = site.page('Guides/Tea', title='My tea')
    site.page('Home', '[[My tea]]')
    found = deletion.delete(page.id, page.current_id, 'No more tea.', site.people.mona)
    site.settle()
    assert is_missing('Home')
    deletion.restore(found, site.people.mona)
    site.settle()
    assert leads('Home') == '/docs/Guides/Tea'


def test_a_page_may_link_to_itself_by_its_title(site):
    site.page('Guides/Tea', '[[My tea]]', title='My tea')
    site.settle()
    assert leads('Guides/Tea') == '/docs/Guides/Tea' and targets('Guides/Tea') == {'my_tea'}


def test_readers_see_new_links_to_a_page_that_is_titled_anew(site):
    """The page with the new title says who links to it."""
    site.page('Home', '[[My tea]]')
    site.page('Guides/Tea', title='Tea')
    assert 'Home' not in linking(site, 'Guides/Tea')
    site.page('Guides/Tea', title='My tea')
    site.settle()
    assert 'Home' in linking(site, 'Guides/Tea')
    site.page('Guides/Tea', title='Tea')
    site.settle()
    assert 'Home' not in linking(site, 'Guides/Tea')


def linking(site, path):
    foot = site.app.get(f'/docs/{path}').html.find('footer', class_='page-foot')
    return [link.text for link in foot.find_all('a')]


def test_a_title_that_hides_behind_a_path_renders_nothing_again(site):
    site.page('Tea')
    site.page('Home', '[[Tea]]')
    site.settle()
    before = len(enqueued(tasks.rerender_linkers))
    site.page('Other/Tea', title='Tea')
    assert len(enqueued(tasks.rerender_linkers)) == before


def test_a_title_given_while_a_link_to_it_is_saved_is_found(site, monkeypatch):
    site.page('Guides/Tea', title='Tea')
    during(monkeypatch, lambda: site.page('Guides/Tea', title='My tea'))
    site.page('Home', '[[My tea]] [x](/docs/My_tea)')
    site.settle()
    assert leads('Home') == '/docs/Guides/Tea'


@pytest.mark.parametrize('title', ['?', '..', 'a' * 255, '/', 'My/../tea', '\u3164', '$'])
def test_titles_that_no_link_can_name(site, title):
    site.page('Tea', title=title)
    assert Page.at('Tea').name is None
    site.page('Home', f'[[{title}]]')
    assert site.app.get('/docs/Home').status_int == 200


def test_among_many_pages_of_one_title_a_link_is_found_at_once(site):
    page = site.page('Tea', title='Notes')
    columns = [Page.path, Page.key, Page.title, Page.name, Page.created_at, Page.updated_at, Page.headings,
               Page.html]
    for start in range(0, 20_000, 1000):
        rows = [(f'n{i}', f'n{i}', 'Notes', 'notes', 0, 0, '[]', '') for i in range(start, start + 1000)]
        Page.insert_many(rows, columns).execute()
    started = time.perf_counter()
    for _ in range(100):
        assert links.found({'notes', 'n5', 'nothing'}) == {'n5': None}
    assert time.perf_counter() - started < 1
    assert page.name == 'notes'


def test_relative_links_are_links(site):
    site.page('A/B', 'To [one](C), [another](../D), [a part](C#Part) and [away](../../E).')
    assert targets('A/B') == {'a/c', 'd'}
    site.page('A/C')
    site.settle()
    assert leads('A/B') == '/docs/A/C'
    assert Page.at('A/B').html.count('class="missing"') == 1


def test_where_no_page_stands_those_of_that_title_are_named(site):
    site.page('One/Tea', title='My <tea>')
    site.page('Two/Tea', title='my tea')
    for address in ('/docs/My_tea', '/docs/My_tea$edit'):
        notice = site.login('edda').get(address, status='*').html.find('p', class_='notice')
        assert [link['href'] for link in notice.find_all('a')] == ['/docs/One/Tea', '/docs/Two/Tea']
    assert 'stands elsewhere' not in site.login('edda').get('/docs/Other', status=404)
