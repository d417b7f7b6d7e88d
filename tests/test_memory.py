"""Readers without an account are answered from memory: the same bytes, never old ones or somebody's own."""
import gzip
import os
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import webtest

from kuma_lite import clock, db
from kuma_lite.accounts.models import Person
from kuma_lite.wiki import contributors
from kuma_lite.wiki.models import Page

TESTS = Path(__file__).parent
PLAIN = {'Accept-Encoding': 'identity'}


@pytest.fixture
def page(site):
    """A page with its bar, so that it may be kept."""
    page = site.page('Kept', 'The first text.')
    site.app.get('/docs/Kept')
    site.settle()
    return page


def kept(answer):
    return 'ETag' in answer.headers


def test_the_second_reader_gets_the_bytes_of_the_first(site, page):
    first, second = (site.browser().get('/docs/Kept', headers=PLAIN) for _ in range(2))
    assert kept(second) and first.body == second.body and 'The first text.' in second
    assert first.headers['X-Request-Id'] != second.headers['X-Request-Id']
    assert second.headers['Content-Security-Policy'] == first.headers['Content-Security-Policy']


def test_no_query_is_needed_for_it(site, page, monkeypatch):
    site.app.get('/docs/Kept')
    monkeypatch.setattr(Page, 'at', None)
    assert 'The first text.' in site.app.get('/docs/Kept')


def test_a_browser_that_has_it_is_told_so(site, page):
    for form in ('gzip', 'identity'):
        whole = site.app.get('/docs/Kept', headers={'Accept-Encoding': form})
        again = site.app.get('/docs/Kept', headers={'Accept-Encoding': form,
                                                    'If-None-Match': whole.headers['ETag']}, status=304)
        assert again.body == b'' and again.headers['ETag'] == whole.headers['ETag']
        assert 'Cookie' in again.headers['Vary']


def test_packed_for_who_can_read_that(site, page):
    plain = site.app.get('/docs/Kept', headers=PLAIN)
    request = webtest.TestRequest.blank('/docs/Kept', headers={'Accept-Encoding': 'br, gzip'})
    packed = request.get_response(site.app.app)     # the test browser itself would unpack it
    assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body)
    assert packed.headers['Content-Encoding'] == 'gzip' and packed.headers['ETag'] != plain.headers['ETag']


def test_a_head_request_gets_the_headers_only(site, page):
    whole = site.app.get('/docs/Kept', headers=PLAIN)
    head = site.app.head('/docs/Kept', headers=PLAIN)
    assert head.body == b'' and head.headers['Content-Length'] == str(len(whole.body))


def test_an_edit_is_seen_by_the_next_request(site, page):
    site.app.get('/docs/Kept')
    site.page('Kept', 'The second text.')
    assert 'The second text.' in site.app.get('/docs/Kept')


def test_an_edit_and_a_deletion_of_another_process_are_seen_by_the_next_request(site, page):
    gone = site.page('Gone', 'Not for long.')
    for path in 'Kept', 'Gone':
        site.app.get(f'/docs/{path}')
        site.settle()
        assert kept(site.app.get(f'/docs/{path}'))
    script = ('import sys\nfrom base import settings_for\nfrom kuma_lite import app, db\n'
              'from kuma_lite.deletion import actions as deletion\nfrom kuma_lite.wiki import actions\n'
              'app.configure(settings_for(sys.argv[1]))\nwith db.connection():\n'
              "    actions.save('Kept', 'Kept', 'From elsewhere.', None, base='latest')\n"
              f"    deletion.delete({gone.id}, {gone.current_id}, 'Old', None)")
    folder = db.database.database.rpartition('/')[0]
    places = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    subprocess.run([sys.executable, '-c', script, folder], check=True,
                   env={**os.environ, 'PYTHONPATH': places})
    assert 'From elsewhere.' in site.app.get('/docs/Kept')
    assert 'Not for long.' not in site.app.get('/docs/Gone', status=404)


def test_a_bar_that_has_landed_is_seen_by_the_next_request(site, page):
    site.app.get('/docs/Kept')
    assert 'mona' not in site.app.get('/docs/Kept')
    site.page('Kept', 'By somebody else.', author='mona')
    site.settle()
    assert site.app.get('/docs/Kept').html.find(class_='contributors').text.count('mona') == 1


def test_a_page_with_a_stale_bar_asks_for_a_new_one(site, page):
    site.app.get('/docs/Kept')
    clock.advance(13 * 3600)
    assert 'refreshing' in site.app.get('/docs/Kept')


def test_no_thread_reads_what_is_older_than_the_last_edit(site):
    """Four read all the while; what each gets was true when it asked, or came later."""
    site.page('Counted', 'Number 0.')
    said, wrong, over = [0], [], threading.Event()

    def read():
        browser = site.browser()
        while not over.is_set():
            least = said[0]
            found = int(re.search('Number ([0-9]+)', browser.get('/docs/Counted').text)[1])
            if found < least:
                wrong.append((found, least))
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 11):
            site.page('Counted', f'Number {number}.')
            said[0] = number
            time.sleep(0.01)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not wrong


def test_a_clock_that_is_put_back_makes_nothing_young(site, page):
    site.app.get('/docs/Kept')
    clock.advance(-7200)
    assert not kept(site.app.get('/docs/Kept'))


@pytest.mark.parametrize('encodings, packed', [
    ('gzip', True), ('GZIP', True), ('br, gzip;q=0.5', True), ('deflate,gzip , br', True),
    ('gzip;q=0', False), ('gzip; q=0, identity', False), ('gzip ; q = 0.00', False), ('xgzipx', False)])
def test_who_can_unpack_gets_it_packed(site, page, encodings, packed):
    site.app.get('/docs/Kept')
    request = webtest.TestRequest.blank('/docs/Kept', headers={'Accept-Encoding': encodings})
    assert (request.get_response(site.app.app).headers.get('Content-Encoding') == 'gzip') == packed


def test_a_commit_that_changes_no_page_forgets_none(site, page, monkeypatch):
    site.app.get('/docs/Kept')
    with db.atomic():
        Person.update(email='new@example.org').where(Person.name == 'wanda').execute()
    monkeypatch.setattr(Page, 'at', None)
    assert kept(site.app.get('/docs/Kept'))


def test_what_was_read_before_an_edit_is_not_kept_after_it(site, page, monkeypatch):
    """The page changes while it is made: that answer is sent, and forgotten."""
    ask = contributors.names.ask

    def slow(key):
        monkeypatch.setattr(contributors.names, 'ask', ask)
        site.page('Kept', 'The second text.')
        site.settle()
        return ask(key)
    monkeypatch.setattr(contributors.names, 'ask', slow)
    assert 'The first text.' in site.app.get('/docs/Kept')
    assert 'The second text.' in site.app.get('/docs/Kept')


@pytest.mark.parametrize('headers', [{'Cookie': 'kuma_visitor=abc'}, {'Authorization': 'Bearer x'}])
def test_who_brings_something_of_their_own_gets_an_answer_of_their_own(site, page, headers):
    site.app.get('/docs/Kept')
    assert not kept(site.browser().get('/docs/Kept', headers=headers))


def test_another_host_gets_nothing_that_was_kept(site, page):
    site.app.get('/docs/Kept')
    site.app.get('/docs/Kept', headers={'Host': 'evil.example'}, status=421)


def test_mixed_reads_hold_nothing_of_anybody_else(site, page):
    """Members, visitors with a notice and strangers read the same pages, some edit them."""
    dice = random.Random(4)
    paths = ['Kept', 'Other', 'Third']
    for path in paths:
        site.page(path, 'Start.')
    site.settle()
    browsers = {name: site.login(name) for name in ('edda', 'wanda', 'mona', 'ada')}
    strangers, latest, told = [site.browser() for _ in range(3)], dict.fromkeys(paths, 'Start.'), 0
    for number in range(400):
        path = dice.choice(paths)
        if number % 10 == 0:
            latest[path] = f'Text {number}.'
            site.page(path, latest[path])
        name = dice.choice([None, None, *browsers])
        answer = (browsers[name] if name else dice.choice(strangers)).get(f'/docs/{path}')
        header = re.search('<header class="site-header.*?</header>', answer.text, re.DOTALL)[0]
        assert latest[path] in answer
        assert re.findall('<summary><span>(.*?)</span>', header) == [name or 'Menu']
        assert not any(f'/users/{one}' in header for one in browsers if one != name)
        assert ('_csrf' in answer or 'csrf' in answer) == bool(name)
        told += kept(answer)
        assert not (name and kept(answer))
    assert told > 100


def test_a_database_that_cannot_be_asked_means_no_answer_from_memory(site, page, monkeypatch):
    site.app.get('/docs/Kept')

    def refuse():
        raise db.OperationalError('disk I/O error')
    monkeypatch.setattr(db, 'commits', refuse)
    assert not kept(site.app.get('/docs/Kept'))


def test_many_names_of_this_machine_are_one_answer(site, page):
    for number in range(1, 4):
        answer = site.app.get('/docs/Kept', headers={'Host': f'127.0.0.{number}:80{number}'})
        assert kept(answer)
