"""The dashboard of revisions: all of them, filtered by who, where and when; each opens its changes."""
import re
import time
from datetime import timedelta

import pytest

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.stats import days
from kuma_lite.stats.filters import Filter
from kuma_lite.wiki.actions import save
from kuma_lite.wiki.models import Page, Revision

pytestmark = pytest.mark.usefixtures('noon')

HERE = '/dashboards/revisions'


def listed(answer):
    """The titles of the rows, in order."""
    return [row.find(['a', 'span']).text for row in answer.html.select('ul.rows > li > div')]


def opened(answer):
    """What the newest row leads to."""
    return answer.goto(answer.html.select_one('[data-opens]')['href'])


def ask(site, **fields):
    return listed(site.app.get(HERE, fields))


def delete(site, page, person='mona'):
    return deletion.delete(page.id, page.current_id, 'Spam', getattr(site.people, person))


def saved_at(revision_id, moment):
    Revision.update(created_at=moment).where(Revision.id == revision_id).execute()


def test_every_revision_is_there_the_newest_first(site):
    site.page('Tea', 'one')
    site.page('Coffee', 'one')
    site.page('Tea', 'two', minor=True, comment='Hotter')
    answer = site.app.get(HERE)
    assert listed(answer) == ['Tea', 'Coffee', 'Tea']
    rows = [row.text for row in answer.html.select('ul.rows > li')]
    assert ['new' in row for row in rows] == [False, True, True]
    assert ['minor' in row for row in rows] == [True, False, False]
    assert 'Hotter' in rows[0] and 'edda' in rows[0]


def test_fifty_on_a_page(site):
    for number in range(51):
        site.page('Tea', f'text {number}')
    answer = site.app.get(HERE)
    assert len(listed(answer)) == 50
    older = answer.click('Older')
    assert len(listed(older)) == 1 and listed(older.click('Newest')) == listed(answer)


def test_the_filters_stay_while_one_pages(site):
    for number in range(51):
        site.page('Tea', f'text {number}')
        site.page('Coffee', f'text {number}', author='mona')
    older = site.app.get(HERE, {'page': 'tea'}).click('Older')
    assert listed(older) == ['Tea'] and older.forms['filter-form']['page'].value == 'tea'


def test_deleted_pages_are_there_but_not_what_they_said(site):
    page = site.page('Tea', 'A secret text', comment='A secret word')
    revision, deleted = page.current_id, delete(site, page)
    answer = site.app.get(HERE)
    assert listed(answer) == ['Tea'] and 'deleted' in answer and 'secret' not in answer
    assert '/docs/Tea"' not in answer and not answer.html.select('[data-opens]')
    for name in (None, 'edda'):
        browser = site.login(name) if name else site.app
        assert 'secret' not in browser.get(f'{HERE}/{revision}', status=404)
    answer = site.login('mona').get(HERE)
    assert 'A secret word' in answer
    answer = opened(answer)
    assert 'A secret text' in answer and f'/bin/{deleted.id}' in answer


def test_by_how_the_author_begins(site):
    site.page('Tea', author='edda')
    site.page('Coffee', author='mona')
    site.page('Milk', author='mallory')
    assert ask(site, author='m') == ['Milk', 'Coffee']
    assert ask(site, author='MON') == ['Coffee']
    assert ask(site, author='ona') == [] and ask(site, author='%') == [] and ask(site, author='_ona') == []


def test_by_what_the_page_contains(site):
    for path in ('Drinks/Green_tea', 'Drinks/Coffee', 'Über/Teig', '100_%'):
        site.page(path)
    assert ask(site, page='green TEA') == ['Green_tea']
    assert ask(site, page='rinks') == ['Coffee', 'Green_tea']
    assert ask(site, page='über') == ['Teig'] and ask(site, page='%') == ['100_%']
    assert ask(site, page='e') == ['Teig', 'Coffee', 'Green_tea']


def test_deleted_pages_are_found_by_where_they_stood(site):
    delete(site, site.page('Drinks/Tea'))
    assert ask(site, page='drinks') == ['Tea'] and ask(site, page='coffee') == []


def test_defect_8_a_date_includes_all_of_that_day(site):
    """KUMA §7.8: the end date excluded its day."""
    settings.site.timezone = 'America/New_York'
    day = days.parse('2026-03-08')      # it has 23 hours
    moments = {'Before': days.start(day) - 1, 'First': days.start(day), 'Last': days.end(day) - 1,
               'After': days.end(day)}
    for title, moment in moments.items():
        saved_at(site.page(title).current_id, moment)
    assert ask(site, since='2026-03-08', until='2026-03-08') == ['Last', 'First']
    assert ask(site, until='2026-03-08') == ['Last', 'First', 'Before']
    assert ask(site, since='2026-03-08') == ['After', 'Last', 'First']


@pytest.mark.parametrize('last, seconds', [('hour', 3600), ('day', 86400), ('week', 7 * 86400),
                                           ('month', 30 * 86400)])
def test_the_last_hour_day_week_or_month(site, last, seconds):
    saved_at(site.page('Old').current_id, clock.now() - seconds - 5)
    saved_at(site.page('New').current_id, clock.now() - seconds + 5)
    assert ask(site, last=last) == ['New']


def test_known_and_unknown_authors(site):
    site.page('Edda', author='edda')
    site.page('Wanda', author='wanda')
    save('Nobody', 'Nobody', 'x', None)
    assert ask(site, authors='known') == ['Edda']
    assert ask(site, authors='unknown') == ['Nobody', 'Wanda']


def test_filters_hold_together(site):
    site.page('Tea', author='edda')
    site.page('Tea', 'two', author='mona')
    site.page('Coffee', author='mona')
    today = days.of(clock.now()).isoformat()
    asked = {'page': 'tea', 'author': 'mo', 'since': today, 'until': today, 'authors': 'known'}
    assert ask(site, last='hour', **asked) == ['Tea']


@pytest.mark.parametrize('fields, words', [
    ({'since': 'yesterday'}, 'is no date'), ({'until': '2026-02-30'}, 'is no date'),
    ({'since': '0001-01-01'}, 'is no date'), ({'until': '9999-12-31'}, 'is no date'),
    ({'since': '20261122'}, 'is no date'), ({'since': '2026-W10-1'}, 'is no date'),
    ({'since': '2026-03-02', 'until': '2026-03-01'}, 'after the last one'),
    ({'last': 'century'}, 'one of the times'), ({'authors': 'mine'}, 'known or unknown'),
    ({'page': 'a?b'}, 'A path cannot hold'), ({'page': '..'}, '“.”|"."')])
def test_what_cannot_be_meant_is_told_and_kept(site, fields, words):
    site.page('Tea')
    answer = site.app.get(HERE, fields)
    assert re.search(words, answer.html.find(class_='error').text) and listed(answer) == []
    form = answer.forms['filter-form']
    for name in fields.keys() - {'last', 'authors'}:
        assert form[name].value == fields[name]


def test_strange_numbers_are_refused(site):
    for after in ('abc', '-1', '9' * 30):
        assert 'whole number' in site.app.get(HERE, {'after': after}, status=400)
    assert ask(site, after='0') == []


def test_nothing_of_that_kind_is_told(site):
    assert 'Nothing has been written yet' in site.app.get(HERE)
    site.page('Tea')
    assert 'no revision of this kind' in site.app.get(HERE, {'author': 'x'})


def test_a_row_opens_what_it_changed(site):
    first = site.page('Tea', 'A large cup of green tea').current_id
    second = site.page('Tea', 'A large cup of black tea').current_id
    answer = opened(site.login('edda').get(HERE))
    part = answer.html.select_one('[data-part=changes]')
    assert {mark.text for mark in part.find_all('mark')} == {'green', 'black'}
    assert [(link.text, link['href']) for link in part.select('.cluster a')] == [
        ('Revert', f'/docs/Tea$revert/{first}'), ('View', '/docs/Tea'), ('Edit', '/docs/Tea$edit'),
        ('History', '/docs/Tea$history')]
    reader = site.app.get(f'{HERE}/{second}').html.select('[data-part=changes] .cluster a')
    assert [link.text for link in reader] == ['View', 'History']
    new = site.app.get(f'{HERE}/{first}')
    assert new.html.find('ins', class_='added') and 'Revert' not in new
    assert site.app.get(f'{HERE}/999', status=404)


def test_who_may_not_read_sees_nothing(site):
    revision = site.page('Tea').current_id
    settings.site.read = 'members'
    for address in (HERE, f'{HERE}/{revision}', f'{HERE}/999', '/dashboards'):
        assert 'Tea' not in site.app.get(address, status=401)


def test_what_people_typed_is_only_text(site):
    site.page('Tea', '<script>x</script>', title='<b>T</b>', comment='<i>c</i>')
    for answer in (site.app.get(HERE, {'author': '"><b>'}), site.app.get(HERE),
                   opened(site.app.get(HERE))):
        assert '<b>' not in answer and '<i>' not in answer and '<script>x' not in answer


def test_a_hundred_thousand_revisions_are_no_more_work(site):
    """Every filter in well under the time that somebody notices; the worst is some 30 ms."""
    fill(100_000)
    answers = [Filter(), Filter(author='ed'), Filter(author='x'), Filter(page='nothing'), Filter(page='e'),
               Filter(since='2001-01-01', until='2001-01-02'), Filter(last='hour'), Filter(authors='unknown'),
               Filter(author='m', page='page_7', authors='known', since='1990-01-01')]
    for asked in answers:
        started = time.thread_time()
        asked.ids(None, 51)
        asked.ids(500, 51)
        assert time.thread_time() - started < 0.5, asked


@pytest.mark.parametrize('asked', [{'author': 'x'}, {'page': 'x'}, {'last': 'day'}, {'authors': 'unknown'}])
def test_nothing_is_read_past_the_texts(site, monkeypatch, asked):
    execute, asking = db.database.execute_sql, []
    with monkeypatch.context() as watched:
        watched.setattr(db.database, 'execute_sql', lambda *call: asking.append(call) or execute(*call))
        Filter(**asked).ids()
    query, values = next(call for call in asking if 'FROM revision INDEXED' in call[0])
    plan = [row[-1] for row in execute(f'EXPLAIN QUERY PLAN {query}', values).fetchall()]
    assert [step for step in plan if ' revision ' in step and 'COVERING INDEX revision_when' in step]
    assert not [step for step in plan if step == 'SCAN page']


def fill(count):
    """So many revisions of 1,000 pages by edda and mona, an hour apart up to now."""
    numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) '
    with db.atomic():
        db.database.execute_sql(
            numbers + "INSERT INTO page (id, path, key, title, current_id, created_at, updated_at, headings, "
            "html) SELECT i, 'Page_' || i, 'page_' || i, 'Page ' || i, i, 0, 0, '[]', '' FROM n", (1000,))
        db.database.execute_sql(
            numbers + "INSERT INTO revision (page_id, author_id, created_at, title, comment, minor, tags, "
            "size, address, content) SELECT 1 + i % 1000, (SELECT id FROM person WHERE name = "
            "CASE i % 3 WHEN 0 THEN 'edda' ELSE 'mona' END), ? - (? - i) * 3600.0, 'x', '', 0, '[]', 1, '', "
            "'x' FROM n", (count, clock.now(), count))
    assert Revision.select().count() == count and Page.select().count() == 1000


def test_days_back():
    day = days.parse('2026-03-01')
    assert days.back(day, 2) == [day - timedelta(1), day]
