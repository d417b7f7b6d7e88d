"""The log: each line names its request and its task, and nobody writes a line of his own."""
import io
import json
import logging
import threading
import time
from datetime import datetime

import pytest

from kuma_lite import logs, queue
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.queue import context
from kuma_lite.queue.tables import Attempt
from process import Process, wait_for

log = logging.getLogger('test.logs')
FORGED = 'x\n2026-11-22 05:00:00,000 CRITICAL kuma_lite: forged\r\x1b[2J\u2028\u202e\x85y'

pytestmark = pytest.mark.usefixtures('tasks', 'as_before')


@pytest.fixture
def as_before():
    """The log of this process goes to pytest again, and errors of threads too."""
    root, hook = logging.getLogger(), threading.excepthook
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.fixture
def stream():
    """What is logged as text from now on."""
    output = io.StringIO()
    logs.install(output, 'debug', 'text')
    return output


@pytest.fixture
def objects():
    """A function that gives what was logged as JSON; each line must be one object."""
    output = io.StringIO()
    logs.install(output, 'debug', 'json')
    return lambda: [json.loads(line) for line in output.getvalue().splitlines()]


def line_with(stream, words):
    [line] = [line for line in stream.getvalue().splitlines() if words in line]
    return line


def test_a_line_of_a_request_names_it(site, stream):
    answer = site.app.get('/no-such-place', status=404)
    assert f'[request={answer.headers["X-Request-Id"]}]: GET /no-such-place: 404' in stream.getvalue()


def test_a_line_of_a_task_names_it_and_the_request_that_called_it(site, stream):
    task = queue.task(name='talk')(lambda: log.info('hello'))
    with context.use(request_id='r-1', user='edda'):
        number = task().id
    site.settle()
    assert line_with(stream, 'hello').endswith(f' INFO test.logs [request=r-1 task={number}]: hello')


def test_a_line_outside_of_both_names_neither(stream):
    log.info('hello')
    assert line_with(stream, 'hello').endswith(' INFO test.logs: hello')


def test_views_are_told_at_debug_and_refused_changes_at_info(site, caplog):
    caplog.set_level('DEBUG', 'kuma_lite.web.wsgi')
    site.app.get('/')
    site.app.get('/no-such-place', status=404)
    site.app.post('/no-such-place', status=404)
    said = [record.levelname for record in caplog.records if record.name == 'kuma_lite.web.wsgi']
    assert said == ['DEBUG', 'DEBUG', 'INFO']


def test_what_somebody_may_not_see_is_told_at_info(site, caplog):
    caplog.set_level('INFO', 'kuma_lite.web.wsgi')
    site.login('edda').get('/doctor', status=403)
    assert 'GET /doctor: 403' in caplog.text and 'for 192.0.2.7' in caplog.text


def test_a_time_says_how_far_it_is_from_utc(stream):
    log.info('hello')
    at = datetime.fromisoformat(' '.join(line_with(stream, 'hello').split(' ')[:2]))
    assert abs(at.timestamp() - time.time()) < 60


def test_what_changes_an_account_is_told_without_any_secret(site, stream):
    edda = site.people.edda
    token = sessions.create_token(edda)
    accounts.set_password(edda, 'a quiet green lake')
    accounts.set_role(edda, 'moderator')
    said = stream.getvalue()
    for words in ('has a new API token', 'gets another password', 'gets the role moderator'):
        assert f'edda {words}' in said
    assert token not in said and 'quiet green' not in said and edda.password_hash not in said


def test_the_secret_of_the_set_up_link_is_not_told(site, stream):
    site.app.get('/setup/0123456789abcdef', status=404)
    assert 'GET /setup/…: 404' in stream.getvalue() and '0123456789abcdef' not in stream.getvalue()


def test_words_that_somebody_typed_stay_on_their_line(stream):
    log.info('who: %s', FORGED)
    assert len(stream.getvalue().splitlines()) == 1
    assert r'who: x\n2026' in stream.getvalue() and '\x1b' not in stream.getvalue()


def test_a_traceback_is_indented_with_what_somebody_typed_in_it(stream):
    try:
        raise ValueError(FORGED)
    except ValueError:
        log.exception('failed')
    first, *below = stream.getvalue().splitlines()
    assert first.endswith('ERROR test.logs: failed') and len(below) > 3
    assert all(line.startswith('    ') for line in below) and '\x1b' not in stream.getvalue()


def test_json_is_one_object_a_line_with_all_that_is_known(objects):
    with context.use(request_id='r-1', user='edda', parent=7):
        try:
            raise ValueError(FORGED)
        except ValueError:
            log.exception('%s', FORGED)
    log.info('later')
    first, later = objects()
    assert (first['level'], first['logger'], first['message']) == ('ERROR', 'test.logs', FORGED)
    assert (first['request'], first['task'], first['user']) == ('r-1', 7, 'edda')
    assert first['traceback'].startswith('Traceback') and first['time'].endswith('+00:00')
    assert set(later) == {'time', 'level', 'logger', 'message'}


def test_an_attempt_keeps_one_line_for_one_record(site, stream):
    number = queue.task(name='talk')(lambda: log.warning(FORGED))().id
    site.settle()
    kept = Attempt.get(Attempt.task == number).log
    assert len(kept.splitlines()) == 1 and 'forged' in kept


def test_an_error_that_ends_a_thread_is_a_line_of_the_log(objects):
    thread = threading.Thread(target=lambda: 1 / 0, name='relay')
    thread.start()
    thread.join()
    [line] = objects()
    assert line['message'].startswith('The thread relay') and 'ZeroDivisionError' in line['traceback']


def test_what_is_written_to_the_database_is_not_in_the_log_even_at_debug(site, stream):
    site.page('Tea', 'A secret that nobody may read in the log.')
    assert 'that nobody may read' not in stream.getvalue()


def test_a_second_install_takes_the_place_of_the_first(stream):
    logs.install(io.StringIO(), 'warning', 'json')
    log.warning('hello')
    assert stream.getvalue() == ''


def test_serve_writes_json_when_the_setting_says_so(tmp_path):
    with Process(tmp_path / 'data', KUMA_LOG_FORMAT='json', KUMA_LOG_LEVEL='debug') as site:
        site.get('/healthz')
        wait_for(lambda: 'GET /healthz' in site.errors())
        site.stop()
        lines = [line for line in site.errors().splitlines() if line and not line.startswith('Stopping')]
    found = [json.loads(line) for line in lines]
    assert [line for line in found if line['message'].startswith('GET /healthz: 200') and line['request']]
