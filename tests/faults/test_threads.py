"""SystemExit, which nothing catches, in each of our threads: it is back within ten seconds, or the process
ends with an error; /readyz is red meanwhile.

No call is unknown, for the test itself makes them, unless it is made by a request that gets no answer.
"""
import http.client
import json
import signal
import time
from pathlib import Path

import counts
import pytest
import risky_site

from base import settings_for
from kuma_lite import app, db
from kuma_lite.queue.tables import Attempt, Task
from process import Process, wait_for

PROGRAM = Path(__file__).with_name('risky_site.py')
WITHIN = 10         # seconds


@pytest.fixture
def site(tmp_path):
    """A running site that is well."""
    with Process(tmp_path / 'data', program=PROGRAM, KUMA_TASKS_SHUTDOWN_TIMEOUT='3') as site:
        app.configure(settings_for(site.data))
        wait_for(lambda: parts(site) == set())
        with db.connection():
            db.database.create_tables([risky_site.Effect])
            yield site
    db.database.close_all()


def parts(site):
    """The parts that /readyz names; 'web' when nobody answers."""
    try:
        status, text = site.get('/readyz', timeout=0.5)
    except OSError:
        return {'web'}
    bad = {part for part, words in json.loads(text).items() if words != 'ok'}
    assert status == (503 if bad else 200)
    return bad


def kill_threads(site, name):
    """Nobody looks after them until the file is removed that this returns."""
    file = risky_site.file(risky_site.NAME)
    file.write_text(name)
    site.popen.send_signal(signal.SIGUSR1)
    return file


@pytest.mark.parametrize('name, part', [('relay', 'relay'), ('Scheduler', 'workers'), ('Worker-', 'workers'),
                                        ('web', 'web')])
def test_a_thread_that_dies_is_missed_and_back_soon(site, name, part):
    file = kill_threads(site, name)
    wait_for(lambda: parts(site) == {part}, WITHIN)
    began = time.monotonic()
    file.unlink()
    wait_for(lambda: parts(site) == set(), WITHIN)
    print(f'\n{name}: red on {part}, green again after {time.monotonic() - began:.1f} s')
    works(site, f'dead {name}')


def works(site, fault, unknown=None, refused=()):
    """Tasks are still taken, by all four workers, and pages are shown."""
    called = {risky_site.sleep(0.2, f'task {number}').id: f'task {number}' for number in range(8)}
    with counts.rolled_back():
        risky_site.sleep(0, 'rolled back')
    wait_for(lambda: Task.select().where(Task.id.in_([*called]), Task.state == 'done').count() == 8, WITHIN)
    counts.judge(fault, called.values(), risky_site.effects(), unknown, ['rolled back', *refused])
    assert site.get('/')[0] == 200


def test_threads_for_requests_begin_again_at_once(site):
    for _ in range(2):
        time.sleep(0.5)         # a thread that works while it is ended loses its request: all rest first,
        kill_threads(site, 'waitress-')
        time.sleep(0.5)         # and the signal is handled before they are woken
        for _ in range(20):     # each of them notices when it is woken by a request
            assert site.get('/healthz', timeout=WITHIN)[0] == 200
    assert site.errors().count('A thread for requests died') >= 8
    works(site, 'dead threads for requests')


def test_a_view_that_ends_the_process_loses_its_own_request_only(site):
    keys = [f'view {number}' for number in range(10)]      # more than there are threads
    answers = [answer(site, f'/faults/leave/{key[-1]}') for key in keys]
    assert set(answers) <= {500, 'closed'}
    closed = [key for key, said in zip(keys, answers, strict=True) if said == 'closed']
    works(site, 'views that end the process', unknown=closed, refused=keys)
    assert site.stop()[1] < 2, 'nothing waits for these requests'


def answer(site, path):
    try:
        return site.get(path, timeout=WITHIN)[0]
    except TimeoutError:
        return 'none'
    except (OSError, http.client.HTTPException):
        return 'closed'


def test_without_its_main_thread_the_process_ends_with_an_error(site):
    kill_threads(site, 'MainThread')
    assert site.popen.wait(WITHIN) == 1
    assert 'Nobody looks after this process any more' in site.errors()
    assert site.valkey_pid() is None


def test_a_task_that_ends_the_process_fails_like_any_other(site):
    task_id = risky_site.leave().id
    wait_for(lambda: Task.get_by_id(task_id).state == 'dead', WITHIN)
    assert Attempt.get(Attempt.task == task_id).outcome == 'failed'
    assert parts(site) == set() and 'died' not in site.errors()
    works(site, 'a task that ends the process')
