"""Another process holds the database: reading goes on, and an edit is refused in a sentence with its text."""
import threading

import cysqlite
import pytest
from peewee import OperationalError

from kuma_lite import db
from kuma_lite.queue import cache


@pytest.fixture
def busy(site):
    """The write lock in other hands; the writer of this test waits 50 ms for it instead of 5 s."""
    db.database.connection().pragma('busy_timeout', 50)
    other = cysqlite.Connection(db.database.database)
    other.execute('BEGIN IMMEDIATE')
    yield
    other.execute('ROLLBACK')
    other.close()
    db.database.manual_close()      # not for the next test
    db.database.connect()


def test_an_edit_is_refused_and_its_text_is_kept(site, request):
    browser = site.login('edda')
    form = browser.get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'words that took long'
    request.getfixturevalue('busy')
    answer = form.submit(status=503)
    assert 'words that took long' in answer.text and answer.headers['Retry-After'] == '10'


def test_reading_goes_on(site, request):
    site.page('Tea', 'Hot.')
    request.getfixturevalue('busy')
    assert 'Hot.' in site.app.get('/docs/Tea').text


def test_no_reader_waits_for_a_refresh_once_it_is_known_that_nobody_can_write(site, request, caplog):
    site.page('Tea', 'Hot.')
    request.getfixturevalue('busy')
    with pytest.raises(OperationalError):
        site.page('Tea', 'Cold.')
    caplog.clear()
    value = cache.Value('thing', str, lifetime=100, refresh_timeout=30, empty=list)
    assert value.get('a') == [] and 'cannot be refreshed now' not in caplog.text
    del cache.VALUES['thing']


def test_it_works_again_afterwards(site, request):
    browser = site.login('edda')
    form = browser.get('/docs/Tea$edit').forms['edit-form']
    other = cysqlite.Connection(db.database.database)
    other.execute('BEGIN IMMEDIATE')
    threading.Timer(0.2, lambda: other.execute('ROLLBACK')).start()
    assert form.submit().status_int == 303
