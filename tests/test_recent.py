"""Recent changes: every revision by day, the newest first, of one person or below one path if asked."""
import pytest

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.wiki import recent


def titles(answer):
    return [link.text for link in answer.html.select('.rows > li > div > a')]


def test_a_change_says_what_who_why_and_by_how_much(site):
    first = site.page('Tea', 'One.').current_id
    second = site.page('Tea', 'One. Two.', author='mona', comment='and two', minor=True).current_id
    site.page('Tea', 'One.', title='Green tea', author='ada')
    rows = site.app.get('/recent').html.select('.rows > li')
    assert [row.select_one('.growth').text for row in rows] == ['−5', '+5', '+4']
    assert [[badge.text for badge in row.select('.badge')] for row in rows] == [[], ['minor'], ['new']]
    assert rows[1].select_one('.comment').text == 'and two' and 'mona' in rows[1].text
    links = [link['href'] for link in rows[1].select('.cluster a')]
    assert links == [f'/docs/Tea$compare?from={first}&to={second}', '/docs/Tea$history']
    assert titles(site.app.get('/recent')) == ['Green tea'] * 3


def test_a_change_of_tags_or_of_the_title_alone_is_called_so(site):
    site.page('Tea', 'One.')
    site.page('Tea', 'One.', words='Green')
    site.page('Tea', 'One.', title='Green tea')
    site.page('Tea', 'One.', title='Tea', words='Black')
    site.page('Tea', 'Two.')
    site.page('Tea', 'Two, three.', words='')
    for address in ('/recent', '/docs/Tea$history', '/dashboards/revisions'):
        found = [span.text for span in site.login('mona').get(address).html.select('.growth')]
        assert found == ['+7', '±0', 'title and tags', 'title', 'tags', '+4'], address


def test_a_path_is_shown_where_it_says_more_than_the_title(site):
    site.page('Guides/Tea', title='Tea')
    site.page('Green_tea', title='Green tea')
    rows = site.app.get('/recent').html.select('.rows > li')
    assert 'Guides/Tea' in rows[1].text and 'Green_tea' not in rows[0].text


def test_days_are_those_of_the_time_zone(site):
    settings.site.timezone = 'Asia/Seoul'
    clock.advance(1_700_000_000 - clock.now())      # 22:13 on the 14th in UTC, the 15th in Seoul
    site.page('Old')
    clock.advance(100_000)
    site.page('New')
    assert [day.text for day in site.app.get('/recent').html.select('h2')] == [
        'Today, 16 November 2023', 'Yesterday, 15 November 2023']


def test_many_changes_come_in_parts(site):
    for number in range(51):
        site.page(f'Page {number}')
    first = site.app.get('/recent')
    assert titles(first) == [f'Page {number}' for number in range(50, 0, -1)]
    assert titles(first.click('Older')) == ['Page 0']
    assert titles(first.click('Older').click('Newest')) == titles(first)


@pytest.mark.parametrize('few', [0, 500])
def test_only_some_of_them(site, monkeypatch, few):
    monkeypatch.setattr(recent, 'FEW', few)
    for path, author in (('Docs', 'edda'), ('Docs/a', 'mona'), ('Docs-x', 'edda'), ('Other/docs', 'edda')):
        site.page(path, author=author)
    form = site.app.get('/recent').forms['filter-form']
    form['under'] = 'DOCS/'
    assert titles(form.submit()) == ['a', 'Docs']
    form['by'] = 'Edda'
    both = form.submit()
    assert titles(both) == ['Docs'] and both.html.select_one('details[open]')
    form['under'] = ''
    assert titles(form.submit()) == ['docs', 'Docs-x', 'Docs']


def test_the_filter_stays_from_part_to_part(site):
    for number in range(51):
        site.page(f'Docs/{number}')
        site.page('Other', str(number))
    assert titles(site.app.get('/recent?under=Docs').click('Older')) == ['0']


@pytest.mark.parametrize('query, sentence', [
    ('by=nobody', 'Nobody of this name'), ('under=a/../b', 'No part of a path'),
    ('under=x%3Fy', 'cannot hold'), ('under=Empty', 'Nothing of this kind'), ('after=1', 'no older changes')])
def test_a_question_without_an_answer_says_so(site, query, sentence):
    site.page('Tea')
    assert sentence in site.app.get(f'/recent?{query}')


def test_an_empty_wiki_says_what_to_do(site):
    assert 'Write the first page' not in site.app.get('/recent')
    assert 'Write the first page' in site.login('edda').get('/recent')


def test_what_people_type_is_text(site):
    evil = '<img src=x onerror=alert(1)>'
    site.page('Trap', title=evil, comment=evil)
    assert '<img src=x' not in site.app.get('/recent').text
    assert '<img src=x' not in site.app.get('/recent', {'by': evil, 'under': evil}).text
