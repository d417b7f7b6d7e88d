"""How often somebody may ask: 429 beyond it, with the time to wait, and nothing that was typed is lost."""
import random
import threading
import time

import pytest

from kuma_lite import app, clock, db
from kuma_lite.accounts import sessions
from kuma_lite.config import OPTIONS, settings
from kuma_lite.web import assets, ratelimits, windows
from kuma_lite.web.models import Tally
from kuma_lite.web.windows import Views, count_write, seconds_left
from kuma_lite.wiki.models import Page

HOME = {'REMOTE_ADDR': '192.0.2.7'}
ELSEWHERE = {'REMOTE_ADDR': '198.51.100.9'}


@pytest.fixture
def limit(site, still_clock):
    """A function that sets limits; the clock stands still at the start of a minute."""
    ratelimits.reset()
    clock.advance(60 - clock.now() % 60 + 1)

    def set_(**most):
        for kind, count in most.items():
            setattr(settings.limits, kind, count)
    yield set_
    ratelimits.reset()


def statuses(browser, address, count, **options):
    return [browser.get(address, expect_errors=True, **options).status_int for _ in range(count)]


def test_what_is_too_much_is_refused_until_the_time_that_is_told(site, limit):
    limit(page=3)
    assert statuses(site.app, '/new', 4) == [401, 401, 401, 429]
    refused = site.app.get('/', status=429)
    assert 'Please wait' in refused and 'Too many requests' in refused
    wait = int(refused.headers['Retry-After'])
    assert 1 <= wait <= 120
    clock.advance(wait - 2)
    site.app.get('/', status=429)
    clock.advance(2)
    site.app.get('/', status=200)


def test_what_memory_answers_counts_too(site, limit):
    page = site.page('Tea', 'Hot.')
    site.app.get('/docs/Tea')
    site.settle()
    site.app.get('/docs/Tea')
    limit(page=3)
    browser = site.browser()
    answers = [browser.get('/docs/Tea', expect_errors=True) for _ in range(4)]
    assert [answer.status_int for answer in answers] == [200, 200, 200, 429]
    assert 'ETag' in answers[0].headers and 'ETag' not in answers[3].headers
    assert Page.at('Tea') == page
    clock.advance(120)
    assert 'ETag' in browser.get('/docs/Tea').headers


def test_the_limits_are_those_of_kuma():
    wanted = {'page': 400, 'edit': 60, 'lists': 40, 'search': 25, 'history': 20, 'revision': 15,
              'compare': 15}
    assert {option.key: option.default for option in OPTIONS if option.section == 'limits'} == wanted
    assert set(wanted) == set(ratelimits.KINDS)


def test_every_kind_has_its_own_count(site, limit):
    number = site.page('Tea', 'Hot.').current_id
    limit(page=5, lists=1, search=1, history=1, revision=1, compare=1)
    for address in ('/recent', '/search?q=tea', '/docs/Tea$history', f'/docs/Tea$revision/{number}',
                    f'/docs/Tea$compare?from={number}&to={number}'):
        assert statuses(site.app, address, 2) == [200, 429], address
    assert statuses(site.app, '/feeds/rss/all', 1) == [429]
    assert statuses(site.app, '/docs/Tea', 6) == [200] * 5 + [429]


def test_somebody_else_may_still_ask(site, limit):
    limit(page=1)
    assert statuses(site.app, '/', 2) == [200, 429]
    assert statuses(site.app, '/', 1, extra_environ=ELSEWHERE) == [200]
    assert statuses(site.login('edda'), '/', 2) == [200, 429]       # by her account, wherever she is
    assert statuses(site.login('edda'), '/', 1, extra_environ=ELSEWHERE) == [429]
    assert statuses(site.login('mona'), '/', 1) == [200]


def test_an_invented_session_or_token_is_no_new_visitor(site, limit):
    limit(page=2)
    for number in range(3):
        browser = site.browser()
        browser.set_cookie('kuma_session', f'invented-{number}')
        assert statuses(browser, '/', 1) == [200 if number < 2 else 429]
    limit(search=2)
    found = [statuses(site.app, '/api/v1/search?q=x', 1, headers={'Authorization': f'Bearer {number}'})
             for number in range(3)]
    assert found == [[401], [401], [429]]


@pytest.mark.parametrize('one, other, same', [
    ('192.0.2.7', '192.0.2.8', False), ('2001:db8::1', '2001:db8::ffff:2', True),
    ('2001:db8::1', '2001:db8:0:1::1', False), ('::ffff:192.0.2.7', '192.0.2.7', True),
    ('fe80::1%eth0', 'fe80::2', True), ('', '', True), (':nonsense', ':nonsense', True)])
def test_of_ipv6_a_whole_network_counts_as_one(one, other, same):
    assert (ratelimits.network(one) == ratelimits.network(other)) is same


def test_programs_get_json(site, limit):
    limit(page=1)
    site.app.get('/api/v1/pages/Tea', status=404)
    refused = site.app.get('/api/v1/pages/Tea', status=429)
    assert 'Too many requests' in refused.json['error'] and int(refused.headers['Retry-After'])


def test_too_many_edits_keep_what_was_typed(site, limit):
    limit(edit=2)
    edda = site.login('edda')
    for number in range(3):
        form = edda.get('/docs/Tea$edit').forms['edit-form']
        form['content'] = f'Cup <{number}>'
        answer = form.submit(expect_errors=True)
    assert answer.status_int == 429 and 'Nothing was saved.' in answer and answer.headers['Retry-After']
    assert answer.html.find('label', string='Text').find_next('input')['value'] == 'Cup <2>'
    assert Page.at('Tea').current().content == 'Cup <1>'
    clock.advance(int(answer.headers['Retry-After']))
    assert form.submit().status_int == 303


def test_edits_are_counted_in_the_database(site, limit):
    """In all processes, and after a restart: the memory of this one has nothing to do with it."""
    limit(edit=1)
    token = ('Bearer', sessions.create_token(site.people.edda))
    for browser, status in ((site.browser(), 201), (site.browser(), 429)):
        ratelimits.reset()
        browser.authorization = token
        browser.put_json(f'/api/v1/pages/New{status}', {'content': 'x'}, status=status)
    assert [row.count for row in Tally.select()] == [1]


def test_what_has_no_proof_is_no_edit_but_counts(site, limit):
    limit(page=2, edit=1)
    found = [site.app.post('/docs/Tea$subscribe', {'watch': 'yes'}, expect_errors=True) for _ in range(3)]
    assert [answer.status_int for answer in found] == [403, 403, 429]
    assert not Tally.select().exists()


def test_what_the_editor_sends_while_somebody_types_is_no_edit(site, limit):
    limit(edit=1)
    edda = site.login('edda')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    fields = {'csrf': form['csrf'].value, 'path': 'Tea', 'content': 'x', 'title': 'Tea', 'comment': '',
              'tags': '', 'base': ''}
    for _ in range(3):
        edda.post('/preview', fields, status=200)
    assert not Tally.select().exists()


def test_what_the_pages_need_is_not_counted(site, limit):
    limit(page=1)
    for address in ('/static/kuma.css', '/favicon.ico', '/healthz'):
        assert statuses(site.app, address, 3) == [200] * 3


def test_addresses_that_do_not_exist_count(site, limit):
    limit(page=2)
    assert statuses(site.app, '/nothing', 3) == [404, 404, 429]


def test_zero_is_no_limit(site, limit):
    limit(page=0, edit=0)
    assert statuses(site.app, '/', 30) == [200] * 30


def test_every_route_is_in_the_table():
    routes = [route for views in [*app.VIEWS, assets] for route in views.app.routes]
    missing = {route.rule for route in routes if route.method in ratelimits.READS
               and not set(ratelimits.places(route.rule)) & set(ratelimits.PLACES)}
    assert not missing, 'each needs a line in web/ratelimits.py'
    sent = {route.rule for route in routes if route.method not in ratelimits.READS}
    used = {place for rule in sent for place in ratelimits.places(rule)}
    assert set(ratelimits.NO_EDITS) <= used
    assert ratelimits.kind_of('POST', '/docs/<path:re:[^$]+>$edit') == 'edit'
    assert ratelimits.kind_of('GET', '/docs/<path:re:[^$]+>$compare') == 'compare'


# The window itself.

def test_nobody_gets_the_limit_twice_around_the_turn_of_a_minute(still_clock):
    clock.advance(60 - clock.now() % 60 + 50)
    views = Views()
    assert [bool(views.count('x', 100)) for _ in range(101)] == [False] * 100 + [True]
    clock.advance(11)       # a new minute has begun
    assert sum(not views.count('x', 100) for _ in range(100)) < 10


@pytest.mark.parametrize('seed', range(5))
def test_the_time_that_is_told_is_right(seed):
    """Who waits as long as told gets in, and who asks a second earlier does not."""
    dice = random.Random(seed)
    for _ in range(300):
        most, passed = dice.randint(1, 50), dice.uniform(0, 60)
        count, before = dice.randint(0, most), dice.randint(0, most)
        wait = seconds_left(count, before, most, passed, 60)
        assert (wait == 0) == (count + before * (1 - passed / 60) <= most - 1)
        if wait:
            assert 1 <= wait <= 120 and not left_after(wait, count, before, most, passed)
            assert wait == 1 or left_after(wait - 1.001, count, before, most, passed)


def left_after(wait, count, before, most, passed):
    turns, passed = divmod(passed + wait, 60)
    count, before = [(count, before), (0, count), (0, 0)][int(turns)]
    return seconds_left(count, before, most, passed + 1e-6, 60)


@pytest.mark.parametrize('count', [Views().count, count_write])
def test_memory_and_database_count_alike(site, still_clock, count):
    dice, other = random.Random(1), Views()
    clock.advance(60 - clock.now() % 60 + 1)
    for _ in range(60):
        assert count('x', 5) == other.count('x', 5)
        clock.advance(dice.choice([0.1, 1, 7, 40, 130]) if dice.random() < 0.6 else 0)


def test_a_clock_that_is_put_back_shuts_nobody_out(site):
    clock.advance(7200)
    views = Views()
    for count in (views.count, count_write):
        while not count('x', 2):
            pass
    clock.advance(-7200)
    assert not views.count('x', 2) and not count_write('x', 2)


def test_memory_is_bounded():
    views = Views(clients=100)
    for number in range(1000):
        assert not views.count(f'client {number}', 1)
    assert len(views._now) == 100
    assert views.count('client 5', 1), 'those that are known are still counted'


@pytest.mark.parametrize('where', ['memory', 'database'])
def test_many_at_one_moment_are_counted_one_by_one(site, still_clock, where, monkeypatch):
    left = windows.seconds_left
    monkeypatch.setattr(windows, 'seconds_left', lambda *what: time.sleep(0.0005) or left(*what))
    count = Views().count if where == 'memory' else count_write
    allowed, ready = [], threading.Barrier(8, timeout=30)

    def ask():
        with db.connection():
            ready.wait()
            allowed.extend(not count('x', 30) for _ in range(10))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(allowed) == 30


def test_windows_may_be_longer(site, still_clock):
    clock.advance(3600 - clock.now() % 3600 + 1)
    assert [bool(count_write('x', 2, 3600)) for _ in range(3)] == [False, False, True]
    clock.advance(1800)
    assert count_write('x', 2, 3600)
    clock.advance(3600)
    assert not count_write('x', 2, 3600)
    assert windows.MINUTE == 60
