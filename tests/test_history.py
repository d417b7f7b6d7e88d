"""The history of a page: its list, and an old revision by itself."""
import re

import pytest


@pytest.fixture
def page(site):
    """Tea in three revisions; returns their ids."""
    return [site.page('Tea', content, author=author, comment=comment).current_id
            for content, author, comment in (('One\n', 'edda', 'first'), ('One\nTwo\n', 'mona', 'second'),
                                             ('Two\n', 'ada', 'third'))]


def test_the_history_lists_revisions_newest_first(site, page):
    rows = site.app.get('/docs/Tea$history').html.select('tbody tr')
    assert [row.find(href=re.compile('/users/')).text for row in rows] == ['ada', 'mona', 'edda']
    assert [row.find(class_='comment').text for row in rows] == ['third', 'second', 'first']
    assert 'current' in rows[0].text and 'first' in rows[2].text


def test_a_long_history_comes_in_parts(site):
    for number in range(53):
        site.page('Tea', str(number), comment=f'no. {number}')
    first = site.app.get('/docs/Tea$history')
    assert len(first.html.select('tbody tr')) == 50 and 'no. 52' in first
    second = first.click('Older')
    assert len(second.html.select('tbody tr')) == 3 and 'no. 0' in second
    assert 'no. 52' in second.click('Newest')


def test_an_old_revision_is_marked_as_old(site, page):
    shown = site.app.get(f'/docs/Tea$revision/{page[0]}')
    assert 'an old revision' in shown and 'One' in shown.html.article.text
    assert 'the current revision' in site.app.get(f'/docs/Tea$revision/{page[2]}')


def test_from_a_revision_one_steps_to_the_one_before_and_after(site, page):
    site.page('Coffee', 'Black')
    middle = site.app.get(f'/docs/Tea$revision/{page[1]}')
    assert 'One' in middle.click('Older').html.article.text
    newest = middle.click('Newer')
    assert 'the current revision' in newest and not newest.html.find(rel='next')
    changes = middle.click('What it changed').html
    assert [line.text for line in changes.select('.added .words')] == ['Two']
    assert not site.app.get(f'/docs/Tea$revision/{page[0]}').html.find(rel='prev')


def test_revert_is_offered_to_those_who_may(site, page):
    assert '$revert/' not in site.app.get('/docs/Tea$history')
    assert '$revert/' in site.login('edda').get('/docs/Tea$history')


@pytest.mark.parametrize('number', ['0', '999999', '9' * 18])
def test_a_revision_that_is_not_is_not_found(site, page, number):
    for address in (f'$revision/{number}', f'$compare?from={number}&to={page[0]}'):
        site.app.get(f'/docs/Tea{address}', status=404)
    site.login('edda').get(f'/docs/Tea$revert/{number}', status=404)


def test_a_revision_of_another_page_is_not_shown(site, page):
    other = site.page('Coffee', 'Black').current_id
    for address in (f'$revision/{other}', f'$compare?from={other}&to={page[0]}'):
        site.app.get(f'/docs/Tea{address}', status=404)


def test_a_page_that_is_not_has_no_history(site):
    for verb in ('history', 'raw', 'json', 'contributors', 'compare?from=1&to=2', 'revision/1'):
        site.app.get(f'/docs/Nowhere${verb}', status=404)
