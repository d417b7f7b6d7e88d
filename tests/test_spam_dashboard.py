"""The spam dashboard: its figures are those of a count done by hand, and nobody waits for them."""
import random
from datetime import date

import pytest

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.queue import TASKS, modes
from kuma_lite.queue.cache import Prepared
from kuma_lite.spam import actions as spam
from kuma_lite.spam.models import Attempt, Marked
from kuma_lite.stats import days, figures, plots, prepared, tasks
from kuma_lite.stats.models import PageView
from kuma_lite.wiki.models import Revision

pytestmark = pytest.mark.usefixtures('noon')

HERE = '/dashboards/spam'
HOUR = 3600


@pytest.fixture
def lazy(site_in):
    """A site whose tasks wait for `settle()`."""
    with site_in('inline') as site:
        modes.start_manual()
        yield site, site.login('mona')


@pytest.fixture
def short(monkeypatch):
    """For tests of something else than the figures: no period is longer than a week."""
    monkeypatch.setattr(figures, 'PERIODS', figures.PERIODS[:2])
    monkeypatch.setattr(figures, 'LONGEST', 7)


@pytest.fixture
def mona(site):
    return site.login('mona')


def back(count):
    """The date so many days before today."""
    return days.of(clock.now()) - count * days.DAY


def edit(site, path, day, hour=12, is_spam=False):
    """A revision saved on that date; returns its id."""
    number = site.page(path, f'{path} {day} {hour}').current_id
    Revision.update(created_at=days.start(day) + hour * HOUR).where(Revision.id == number).execute()
    if is_spam:
        Marked.create(revision=number, is_spam=True)
    return number


def block(day, verdict, revision=None, hour=12):
    Attempt.create(at=days.start(day) + hour * HOUR, kind='edit', path='P', title='P', why='x',
                   verdict=verdict, revision=revision)


def view(page_id, day, count):
    PageView.create(page=page_id, day=day.isoformat(), count=count)


def page_of(number):
    return Revision.get_by_id(number).page_id


def table(answer, place=0):
    """The rows of a table as lists of texts."""
    found = answer.html.find_all('table')[place]
    return [[cell.get_text(' ', strip=True) for cell in row.find_all(['th', 'td'])]
            for row in found.select('tbody tr')]


def shown(site, browser):
    browser.get(HERE)
    site.settle()
    return browser.get(HERE)


def test_rows_columns_and_formulas(site, mona):
    """One by one as KUMA §4 has them; every number below was counted by hand."""
    bad = edit(site, 'Bad', back(1), is_spam=True)
    edit(site, 'Good', back(1))
    edit(site, 'Good', back(1), 13)
    edit(site, 'Good', back(1), 14)
    edit(site, 'Good', back(0))                     # today does not count
    worse = edit(site, 'Worse', back(5), is_spam=True)
    edit(site, 'Worse', back(4))                    # put right a day later
    for day, verdict in ((1, 'spam'), (1, 'spam'), (1, 'spam'), (1, 'ham'), (1, 'review'), (1, 'failed'),
                         (1, 'closed'), (6, 'spam'), (20, 'ham'), (90, 'spam'), (92, 'spam'), (0, 'spam')):
        block(back(day), verdict)
    block(back(1), 'ham', edit(site, 'Good', back(0), 1))       # it was published then: not blocked
    view(page_of(bad), back(1), 30)
    view(page_of(worse), back(5), 100)
    view(page_of(worse), back(4), 7)
    view(page_of(worse), back(3), 1000)             # no spam there any more
    answer = shown(site, mona)
    assert [cell.text for cell in answer.html.table.find_all('th', scope='col')] == [
        'Period', 'Start', '% Change', 'Spam Viewers', 'Daily Average Viewers', 'Published Spam',
        'Blocked Spam', 'Blocked Ham', 'True Positive Rate', 'True Negative Rate']
    # Published ham: 3 of yesterday, with that of four days ago 4 of the week.
    assert table(answer) == [
        ['Daily', back(1).isoformat(), '–', '30', '30.0', '1', '3', '1', '75.0%', '75.0%'],
        ['Weekly', back(7).isoformat(), '–', '137', '19.6', '2', '4', '1', '66.7%', '80.0%'],
        ['Monthly', back(28).isoformat(), '–', '137', '4.9', '2', '4', '2', '66.7%', '66.7%'],
        ['Quarterly', back(91).isoformat(), '–', '137', '1.5', '2', '5', '2', '71.4%', '66.7%']]


def test_an_empty_wiki_divides_by_nothing(site, mona, short):
    assert [row[2:] for row in table(shown(site, mona))] == [
        ['+0.0%', '0', '0.0', '0', '0', '0', '100.0%', '100.0%']] * 2


def test_defect_7_the_change_is_against_the_period_before_also_of_the_quarter(site, mona):
    """KUMA §7.7: only 91 days were loaded, so that the change of the quarter was always 0."""
    page = page_of(edit(site, 'Bad', back(300), is_spam=True))
    for day, count in ((1, 30), (2, 15), (7, 10), (8, 1), (14, 4), (15, 100), (28, 50), (29, 7), (91, 3),
                       (92, 20), (182, 380), (183, 10_000)):
        view(page, back(day), count)
    assert [row[2:4] for row in table(shown(site, mona))] == [
        ['+100.0%', '30'],         # 15
        ['+1000.0%', '55'],        # 1 + 4
        ['+2900.0%', '210'],       # 7
        ['−45.0%', '220']]         # 20 + 380


@pytest.mark.parametrize('zone, day', [('UTC', '2026-05-05'), ('Europe/Berlin', '2026-03-29'),
                                       ('Europe/Berlin', '2026-10-25'), ('America/Havana', '2026-11-01'),
                                       ('Africa/Cairo', '2026-04-24')])
def test_defect_7_midnight_is_counted_once_and_days_are_as_long_as_they_are(site, zone, day):
    """KUMA §7.7: midnight was counted twice."""
    settings.site.timezone = zone
    day = days.parse(day)
    for moment in (days.start(day) - 0.001, days.start(day), days.end(day) - 0.001, days.end(day)):
        number = site.page('Tea', str(moment)).current_id
        Revision.update(created_at=moment).where(Revision.id == number).execute()
        Attempt.create(at=moment, kind='edit', path='P', title='P', why='x', verdict='spam')
    found = [figures.of_day(one) for one in (day - days.DAY, day, day + days.DAY)]
    assert [one.published_ham for one in found] == [1, 2, 1]
    assert [one.blocked_spam for one in found] == [1, 2, 1]


def test_figures_of_a_random_half_year_equal_a_simple_count(site):
    settings.site.timezone = 'America/New_York'
    generator, events, views = random.Random(7), [], []
    clock.advance(days.start(date(2027, 4, 20)) + 12 * HOUR - clock.now())      # both changes of the clock
    for number in range(80):
        day, is_spam = generator.randrange(1, 200), generator.random() < 0.3
        events.append((day, edit(site, f'P{number}', back(day), generator.randrange(22), is_spam), is_spam))
        if generator.random() < 0.5:
            block(back(day), generator.choice(['spam', 'ham', 'review']))
    for day, number, is_spam in events:
        for later in {day, generator.randrange(1, 200)}:
            count = generator.randrange(1, 50)
            view(page_of(number), back(later), count)
            views.append((later, count, is_spam and later <= day))
    rows = table(shown(site, site.login('mona')))
    for row, length in zip(rows, [1, 7, 28, 91], strict=True):
        viewers = sum(count for day, count, counts in views if counts and day <= length)
        published = sum(is_spam for day, _, is_spam in events if day <= length)
        ham = sum(not is_spam for day, _, is_spam in events if day <= length)
        first = days.start(back(length))
        blocked = {verdict: sum(first <= one.at < days.start(back(0)) for one in Attempt.select()
                                if one.verdict == verdict) for verdict in ('spam', 'ham')}
        assert row[3:8] == [f'{viewers:,}', f'{viewers / length:,.1f}', str(published), str(blocked['spam']),
                            str(blocked['ham'])]
        assert row[9] == (f'{ham / (ham + blocked["ham"]):.1%}' if ham + blocked['ham'] else '100.0%')


def test_a_day_is_counted_from_the_marks_and_not_through_all_revisions(site, monkeypatch):
    execute, asked = db.database.execute_sql, []
    with monkeypatch.context() as watched:
        watched.setattr(db.database, 'execute_sql', lambda *call: asked.append(call) or execute(*call))
        figures.of_day(back(1))
    query, values = next(call for call in asked if 'page_view' in call[0])
    plan = [row[-1] for row in execute(f'EXPLAIN QUERY PLAN {query}', values).fetchall()]
    assert plan[0].startswith('SEARCH') and 'SCAN t3' in plan       # page_view, spam_marked
    assert not [step for step in plan if 'revision_when' in step]


def test_below_stands_published_spam(site, mona, short):
    site.page('Tea')
    current = edit(site, 'Tea', back(2), is_spam=True)
    replaced = edit(site, 'Drinks/Cola', back(3), 10, is_spam=True)
    edit(site, 'Drinks/Cola', back(3), 15)
    gone = edit(site, 'Pills', back(4), 1, is_spam=True)
    page = Revision.get_by_id(gone).page
    found = deletion.delete(page.id, gone, 'Spam', site.people.mona)
    type(found).update(at=days.start(back(4)) + 1.5 * HOUR).where(type(found).id == found.id).execute()
    edit(site, 'Good', back(2))
    view(page_of(replaced), back(3), 8)
    view(page_of(replaced), back(2), 100)
    view(page_of(current), back(2), 5)
    view(page_of(current), back(0), 6)
    answer = mona.get(HERE)
    rows = {row[3]: row for row in table(answer, -1)}
    assert rows[str(current)][1:] == ['Current', '11', str(current), 'Edit', 'Tea']
    assert rows[str(replaced)][1:] == ['5 h 0 min', '8', str(replaced), 'New page', 'Drinks/Cola']
    assert rows[str(gone)][1:] == ['30 min', '0', str(gone), 'New page', 'Pills deleted']
    assert len(rows) == 3
    for row in rows:
        mona.get(f'/dashboards/revisions/{row}')


def test_defect_7_it_is_prepared_at_five_past_midnight(site, mona, short):
    """KUMA §7.7: the first moderator of each day met an empty dashboard."""
    periodic = TASKS[tasks.prepare_spam_dashboard.name].schedule_by
    assert periodic.words() == 'daily at 00:05 (UTC)'
    page = page_of(edit(site, 'Bad', back(2), is_spam=True))
    shown(site, mona)
    clock.advance(days.end(days.of(clock.now())) - clock.now() + 60)        # 00:01
    assert table(shown(site, mona))[0][1] == back(2).isoformat()
    view(page, back(1), 5)      # some process is a little late
    clock.advance(240)                                                      # 00:05
    for _ in range(2):
        tasks.prepare_spam_dashboard.func()
    answer = mona.get(HERE)
    assert table(answer)[0][1:4] == [back(1).isoformat(), '–', '5'] and 'refreshing' not in answer


def test_while_todays_is_missing_the_one_before_is_shown(lazy, short):
    site, mona = lazy
    tasks.prepare_spam_dashboard.func()
    before = back(1).isoformat()
    clock.advance(24 * HOUR)
    answer = mona.get(HERE)
    assert table(answer)[0][1] == before and ', refreshing' in answer
    assert answer.html.select_one('[data-refresh]')['data-refresh'] == f'{HERE}/figures'
    mona.get(f'{HERE}/figures', status=204)
    site.settle()
    assert table(mona.get(f'{HERE}/figures', status=200))[0][1] == back(1).isoformat()


def test_without_any_it_says_so(lazy, short):
    site, mona = lazy
    answer = mona.get(HERE)
    assert 'being counted' in answer and answer.html.select_one('[data-refresh]')
    mona.get(f'{HERE}/figures', status=204)
    site.settle()
    assert len(table(mona.get(HERE))) == 2


def test_what_moderators_say_later_changes_the_figures(site, mona, short):
    number = edit(site, 'Tea', back(3))
    view(page_of(number), back(3), 5)
    view(page_of(number), back(2), 5)
    assert table(shown(site, mona))[1][3:6] == ['0', '0.0', '0']
    clock.advance(10)
    spam.mark(Revision.get_by_id(number), True, site.people.mona)
    assert table(shown(site, mona))[1][3:6] == ['10', '1.4', '1']
    clock.advance(10)
    spam.mark(Revision.get_by_id(number), False, site.people.mona)
    assert table(shown(site, mona))[1][3:6] == ['0', '0.0', '0']
    assert 'refreshing' not in mona.get(HERE)


def test_a_day_whose_attempts_wait_for_moderators_is_counted_again(site, mona, short):
    block(back(5), 'review')
    shown(site, mona)
    Attempt.update(verdict='spam').execute()        # as nobody does it, without a time
    clock.advance(24 * HOUR + 1)
    assert table(shown(site, mona))[1][6] == '1'


def test_the_figures_of_a_day_are_kept_for_a_week(site, mona, short):
    shown(site, mona)
    kept = {row.key: row for row in Prepared.select().where(Prepared.name == prepared.day.name)}
    assert len(kept) == 14 and kept[back(1).isoformat()].expires_at - clock.now() > 6.9 * 24 * HOUR
    edit(site, 'Tea', back(3))
    clock.advance(24 * HOUR)
    tasks.prepare_spam_dashboard.func()
    again = {row.key: row.computed_at for row in Prepared.select().where(Prepared.name == prepared.day.name)}
    assert {key for key in again if key not in kept or again[key] != kept[key].computed_at} == {
        back(1).isoformat()}


def test_the_list_of_spam_is_at_most_a_minute_old(site, mona, short):
    mona.get(HERE)
    number = edit(site, 'Tea', back(1), is_spam=True)
    clock.advance(61)
    mona.get(HERE)
    site.settle()
    assert table(mona.get(HERE), -1)[0][3] == str(number)


def test_it_is_for_moderators_and_no_browser_keeps_it(site, mona, short):
    for address in (HERE, f'{HERE}/figures'):
        assert site.login('edda').get(address, status=403) and site.app.get(address, status=401)
        assert mona.get(address, expect_errors=True).headers['Cache-Control'] == 'no-store'
    assert f'href="{HERE}"' in mona.get('/dashboards/revisions')
    assert f'href="{HERE}"' not in site.app.get('/dashboards/revisions')
    assert 'href="/dashboards"' in mona.get('/all') and 'href="/dashboards"' not in site.app.get('/all')


def test_the_plots_have_words_and_no_style_of_their_own(site, mona, short):
    edit(site, 'Tea', back(1), is_spam=True)
    block(back(2), 'spam')
    answer = shown(site, mona)
    assert [len(answer.html.select(f'rect.{kind}')) for kind in ('published', 'blocked')] == [1, 1]
    labels = [plot['aria-label'] for plot in answer.html.select('[role=img]')]
    assert 'by day, at most 1 on one day' in labels[0] and labels[1] == 'Spam viewers by day: none.'
    assert [top.text for top in answer.html.select('.plot .top')] == ['1', '']
    assert table(answer, 1) == [[back(1).isoformat(), '1', '0', '0', '0'],
                                [back(2).isoformat(), '0', '1', '0', '0']]
    assert not answer.html.select('[style], style')


@pytest.mark.parametrize('most, top', [(0, 1), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (101, 200),
                                       (10**12 + 1, 2 * 10**12)])
def test_a_scale_ends_with_a_round_number(most, top):
    found = plots.plot([(most, 0), (0, 0)], ('a', 'b'))
    assert found.top == top and all(bar.y >= 0 and bar.y + bar.height <= plots.HEIGHT + 0.1
                                    for bar in found.bars)


def test_what_is_stopped_today_stands_there_at_once(site, mona, short):
    assert 'No edit was stopped today; none waits' in words(mona)
    block(back(1), 'review')
    block(back(0), 'review', hour=0)
    block(back(0), 'spam', hour=0)
    assert '2 edits were stopped today; 2 wait for a verdict.' in words(mona)
    assert mona.get(HERE).click('Stopped edits', index=-1).request.path == '/spam/attempts'


def words(browser):
    return ' '.join(browser.get(HERE).html.select_one('main').text.split())
