"""Links between pages look right on the day they are written and after pages come into being."""
import pytest

from kuma_lite import markup
from kuma_lite.wiki import actions, links, tasks
from kuma_lite.wiki.models import Link, Page


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
