"""The sidebar: a page of the wiki beside every other one, for those who may read it, always as it is now."""
import re

import pytest
from logos import keep
from protection_base import protect

from kuma_lite import markup
from kuma_lite.deletion import actions as deletion
from kuma_lite.site import actions
from kuma_lite.site.models import Setting


@pytest.fixture
def beside(site):
    """Whether a sidebar is set, though the page is not written yet; gives what stands beside /docs/Tea."""
    actions.choose({'sidebar': 'Side'}, site.people.ada, actions.state())
    site.page('Tea', 'Hot.')

    def look(browser=site.app, address='/docs/Tea', status=200):
        html = browser.get(address, status=status).text
        found = re.search('<nav class="sidebar".*?</nav>', html, re.DOTALL)
        return found[0] if found else ''
    return look


def test_it_comes_with_its_page_and_changes_with_it_at_once(site, beside):
    assert beside() == ''
    site.page('Side', '* [[Tea]]\n* [[Milk]]')
    assert 'href="/docs/Tea" aria-current="page"' in beside()
    assert 'class="missing" href="/docs/Milk$edit"' in beside()
    site.page('Side', 'Another text.')
    assert 'Another text.' in beside()


def test_its_links_turn_right_when_their_page_is_written(site, beside):
    site.page('Side', '[[Milk]]')
    keep(site, '/docs/Tea')
    assert 'missing' in beside()
    site.page('Milk')
    site.settle()
    assert 'missing' not in beside()


def test_it_goes_and_comes_back_with_its_page(site, beside):
    page = site.page('Side', 'Here.')
    assert 'Here.' in beside()
    gone = deletion.delete(page.id, page.current_id, 'Not needed.', site.people.ada)
    assert beside() == ''
    deletion.restore(gone, site.people.ada)
    assert 'Here.' in beside()


def test_it_stands_where_there_is_no_page_and_no_home_page(site, beside):
    site.page('Side', 'Here.')
    assert 'Here.' in beside(address='/docs/Nowhere', status=404) and 'Here.' in beside(address='/')


def test_who_may_not_read_its_page_does_not_see_it(site, beside):
    site.page('Side', 'For few.')
    keep(site, '/docs/Tea')
    assert 'For few.' in beside()
    protect(site, 'Side', 'moderators')
    assert beside() == beside(site.login('edda')) == ''
    assert 'For few.' in beside(site.login('mona'))
    assert beside() == ''


def test_only_who_may_edit_it_is_offered_that(site, beside):
    site.page('Side', 'Here.')
    assert 'Edit this sidebar' in beside(site.login('edda'))
    assert 'Edit this sidebar' not in beside(site.login('wanda')) + beside()


def test_nothing_in_it_has_the_name_of_a_part_of_the_page(site, beside):
    site.page('Side', '## One\n\n[up](#one) and a note[^n]\n\n[^n]: small')
    html = beside()
    assert ' id=' not in html and 'anchor' not in html
    assert 'href="/docs/Side#doc-one"' in html and 'href="/docs/Side#doc-fn-n"' in html


@pytest.mark.parametrize('text', ['`<a id="x" href="#y">`', '`id="doc-x"`', '&lt;h2 id="doc-x"&gt;'])
def test_text_that_looks_like_a_tag_stays_as_it_is(text):
    html = markup.render(text, lambda keys: {}).html
    assert markup.elsewhere(html, '/docs/Side') == html


def test_without_one_a_page_looks_as_before(site, beside):
    site.page('Side', 'Here.')
    assert 'has-sidebar' in site.app.get('/docs/Tea')
    actions.choose({'sidebar': ''}, site.people.ada, actions.state())
    assert beside() == '' and 'has-sidebar' not in site.app.get('/docs/Tea')
    assert Setting.newest('sidebar') is None
