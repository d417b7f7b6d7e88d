"""Views of pages are counted by ourselves: per page and day, without anything about who looked."""
import threading
import time
import timeit
import urllib.request
from datetime import date

import pytest
from peewee import OperationalError

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.stats import counts, days, tasks
from kuma_lite.stats.models import PageView
from kuma_lite.web import counting
from process import Process, fetch

pytestmark = pytest.mark.usefixtures('noon')

BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
ROBOTS = ['', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'curl/8.1.2',
          'Mozilla/5.0 (compatible; bingbot/2.0)', 'python-requests/2.32', 'Baiduspider', 'Wget/1.21',
          'Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/140.0']


@pytest.fixture
def page(site):
    """A page that is kept in memory from its first view on."""
    counting.take()
    page = site.page('Tea')
    site.app.get('/docs/Tea$contributors')
    site.settle()
    yield page
    counting.take()
    counts._unwritten.clear()


def look(site, address='/docs/Tea', agent=BROWSER, **options):
    return site.app.get(address, headers={'User-Agent': agent}, **options)


def counted():
    """{(page id, day): views} of the table, after writing."""
    counts.write()
    return {(view.page_id, view.day): view.count for view in PageView.select()}


def today():
    return days.of(clock.now()).isoformat()


def test_each_look_at_a_page_is_one_view(site, page):
    assert [('ETag' in look(site).headers) for _ in range(3)] == [True] * 3
    site.login('edda').get('/docs/Tea', headers={'User-Agent': BROWSER})
    etag = look(site).headers['ETag']
    site.app.get('/docs/Tea', headers={'User-Agent': BROWSER, 'If-None-Match': etag}, status=304)
    assert counted() == {(page.id, today()): 6}


def test_the_home_page_is_a_page(site, page):
    home = site.page('Home')
    look(site, '/')
    assert counted() == {(home.id, today()): 1}


@pytest.mark.parametrize('agent', ROBOTS)
def test_robots_do_not_count(site, page, agent):
    look(site, agent=agent)
    look(site, agent=agent)
    assert counted() == {}


def test_a_telephone_that_is_called_cubot_is_none(site, page):
    look(site, agent='Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36')
    assert counted() == {(page.id, today()): 1}


def test_what_is_no_look_at_a_page_is_no_view(site, page):
    for address in ('/docs/Tea$history', '/docs/Tea$edit', '/docs/Tea$raw', '/all', '/docs/None'):
        site.login('edda').get(address, headers={'User-Agent': BROWSER}, expect_errors=True)
    for _ in range(2):
        site.app.head('/docs/Tea', headers={'User-Agent': BROWSER})
    site.app.get('/docs/Tea', headers={'User-Agent': BROWSER, 'Sec-Purpose': 'prefetch'})
    assert counted() == {}


def test_nobody_sees_a_page_without_the_right_to(site, page):
    settings.site.read = 'members'
    look(site, status=401)
    assert counted() == {}


def test_what_several_processes_have_counted_adds_up(site, page):
    for _ in range(3):
        look(site)
        counts.write()
    assert counted() == {(page.id, today()): 3}


def test_nothing_is_counted_twice_or_lost_by_many_threads(site, page):
    def read():
        for _ in range(5000):
            counting.count({'kuma.seen': page.id, 'REQUEST_METHOD': 'GET', 'HTTP_USER_AGENT': BROWSER})
    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        counts.write()
    assert counted() == {(page.id, today()): 20_000}


def test_a_view_belongs_to_the_day_of_its_minute(site, page):
    settings.site.timezone = 'Asia/Kathmandu'       # 5:45 before UTC
    first = days.of(clock.now())
    clock.advance(days.end(first) - clock.now() - 30)
    look(site)
    clock.advance(30)       # midnight: the writer wakes
    counts.write()
    look(site)
    clock.advance(60)
    second = first + days.DAY
    assert counted() == {(page.id, first.isoformat()): 1, (page.id, second.isoformat()): 1}


def test_a_page_that_was_purged_meanwhile_stops_nobody(site, page):
    look(site)
    other = site.page('Other')
    look(site, '/docs/Other')
    page.delete_instance()
    assert counted() == {(other.id, today()): 1}


def test_what_could_not_be_written_is_written_the_next_time(site, page, monkeypatch):
    def full(*args, **kwargs):
        raise OperationalError('disk is full')
    look(site)
    with monkeypatch.context() as broken:
        broken.setattr(db, 'atomic', full)
        with pytest.raises(OperationalError):
            counts.write()
    look(site)
    assert counted() == {(page.id, today()): 2}


def test_a_process_that_stops_writes_what_is_left(site, page):
    writer = counts.Writer()
    writer.start()
    look(site)
    writer.stop(5)
    assert PageView.get().count == 1


def test_a_site_that_is_stopped_has_written_them(site, page, tmp_path):
    data = tmp_path / 'stopped'
    data.mkdir(mode=0o700)
    db.database.execute_sql('VACUUM INTO ?', (str(data / 'wiki.db'),))
    with Process(data) as process:
        request = urllib.request.Request(f'{process.url}/docs/Tea', headers={'User-Agent': BROWSER})
        assert fetch(request)[0] == 200
        assert process.stop()[0] == 0
    db.open_file(data / 'wiki.db')
    with db.connection():
        assert PageView.get().count == 1


def test_the_minute_that_is_over_is_written(site, page, still_clock):
    writer = counts.Writer()
    look(site)
    clock.advance(counts.EVERY - clock.now() % counts.EVERY - 0.05)     # just before a whole minute
    writer.start()
    deadline = time.monotonic() + 30
    while not PageView.select().exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    writer.stop(30)
    assert PageView.get().count == 1


def test_a_view_costs_well_under_a_microsecond():
    environ = {'kuma.seen': 1, 'REQUEST_METHOD': 'GET', 'HTTP_USER_AGENT': BROWSER}
    took = min(timeit.repeat(lambda: counting.count(environ), number=20_000, repeat=5)) / 20_000
    counting.take()
    assert took < 1e-6


def test_views_of_long_ago_are_deleted(site, page):
    ago = days.of(clock.now() - tasks.KEEP)
    for day in (ago - days.DAY, ago, days.of(clock.now())):
        PageView.create(page=page, day=day.isoformat(), count=1)
    for _ in range(2):
        tasks.delete_old_views.func()
    assert {view.day for view in PageView.select()} == {ago.isoformat(), today()}


@pytest.mark.parametrize('zone', ['UTC', 'Europe/Berlin', 'America/Havana', 'Africa/Cairo', 'Asia/Beirut',
                                  'America/Sao_Paulo', 'Australia/Lord_Howe'])
def test_days_touch_and_do_not_overlap_when_clocks_change(site, zone):
    settings.site.timezone = zone       # Havana has some midnights twice, Beirut and Cairo some not at all
    for number in range(2 * 366):
        day = date.fromordinal(date(2017, 1, 1).toordinal() + number)
        assert days.of(days.start(day)) == day and days.of(days.start(day) - 0.01) == day - days.DAY
