"""`web` and `worker`: the halves of `serve`, as processes of their own on one data folder.

No call is unknown: the test itself makes them.
"""
import json
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import ExitStack

import counts
import pytest
import served

from base import settings_for
from kuma_lite import app, clock, db, folder
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.queue import TASKS, window, workers
from kuma_lite.queue.schedule import Schedule
from kuma_lite.queue.tables import Task, Worker
from process import CHECKOUT, Process, fetch, wait_for


@pytest.fixture
def data(tmp_path):
    yield tmp_path / 'data'
    if not db.database.deferred:
        db.database.close_all()


@pytest.fixture
def migrated(data):
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        db.database.create_tables([served.Effect])
    return data


def burst(data, *arguments):
    """`worker --burst` from its start to its end."""
    command = [sys.executable, str(CHECKOUT / 'kuma_lite.py'), 'worker', '--burst', '--data', str(data)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60)


def call(name, *arguments):
    """Call a task in this process, which runs none."""
    with db.connection():
        return TASKS[name](*arguments).id


def states():
    with db.connection():
        return dict(Task.select(Task.id, Task.state).tuples())


def is_done(task_id):
    return states()[task_id] == 'done'


def edit(site, token, path):
    body = json.dumps({'title': path, 'content': 'Hello', 'base_revision': None}).encode()
    headers = {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'}
    request = urllib.request.Request(f'{site.url}/api/v1/pages/{path}', body, headers, method='PUT')
    assert fetch(request)[0] == 201


def test_what_the_one_queues_the_other_begins_at_once(migrated):
    with db.connection():
        editor = accounts.create_person('edda', 'edda@example.org', 'editor', 'a good long one')
        token = sessions.create_token(editor)
    with Process(migrated, command='web') as web, Process(migrated, command='worker') as worker:
        wait_for(lambda: web.get('/readyz')[0] == 200)
        for path in 'ABCDE':
            edit(web, token, path)
            web.get(f'/docs/{path}')        # asks for its contributors, which are not known yet
        with db.connection():
            asked = Task.select().where(Task.name == 'queue.cache.refresh')
            wait_for(lambda: [task.state for task in asked.clone()] == ['done'] * 5)
            waits = [task.started_at - task.created_at for task in asked.clone()]
        assert max(waits) < 0.5, 'the relay of `web` rings; that of `worker` looks once a second'
        assert web.stop()[0] == worker.stop()[0] == 0
    assert web.valkey_pid() is None


def test_web_alone_serves_and_says_that_nobody_works(data):
    with Process(data, command='web') as web:
        assert web.get('/')[0] == 200
        status, text = web.get('/readyz')
        assert (status, json.loads(text)) == (503, {'database': 'ok', 'redis': 'ok', 'relay': 'ok',
                                                    'workers': 'not running'})
        assert 'Tasks    wait for' in ''.join(web.lines)


def test_each_says_on_one_screen_what_it_is(data):
    with Process(data, '-c', '3', '--no-periodic', command='worker') as worker:
        screen = ''.join(worker.lines)
    assert re.search(r'\n  Kuma Lite \S+ is working\.\n', screen) and 'Open' not in screen
    assert 'Tasks    3 at a time, no periodic ones\n' in screen and f'Data     {data}\n' in screen


@pytest.mark.parametrize('first, second', [('serve', 'web'), ('web', 'serve')])
def test_one_process_answers_requests(data, first, second):
    with Process(data, command=first) as site:
        with pytest.raises(RuntimeError, match=f'(?s)status 1: .*already .process {site.popen.pid}'):
            Process(data, command=second).start()


def test_several_workers_beside_serve_and_all_start_at_once(data):
    """On a new folder: one of them makes the tables and one runs Valkey, the others wait for that."""
    with ExitStack() as stack:
        all_three = [Process(data), Process(data, command='worker'), Process(data, command='worker')]
        for process in all_three:
            process.begin()
            stack.callback(process.__exit__)
        for process in all_three:
            process.await_screen()
        app.configure(settings_for(data))
        wait_for(lambda: all_three[0].get('/readyz')[0] == 200)
        done = [call('queue.retention.delete_old_tasks') for _ in range(20)]
        wait_for(lambda: all(map(is_done, done)))


@pytest.mark.parametrize('end', ['stop', 'kill'])
def test_when_the_process_that_runs_valkey_goes_another_takes_over(migrated, end):
    first = Process(migrated, command='web', program=served.PROGRAM).start()
    with Process(migrated, command='worker', program=served.PROGRAM) as worker:
        getattr(first, end)()
        called = {call('fault.note', key): key for key in 'ABCDE'}
        with db.connection(), counts.rolled_back():
            call('fault.note', 'rolled back')
        wait_for(lambda: all(map(is_done, called)))
        # The tasks may be done before it has noticed, since what the killed one left behind still answers.
        wait_for(lambda: (migrated / 'valkey.lock').read_text() == str(worker.popen.pid))
        wait_for(worker.valkey_pid)
    with db.connection():
        effects = [effect.key for effect in served.Effect.select()]
    counts.judge(f'{end} of who runs Valkey', called.values(), effects, refused=['rolled back'])
    assert worker.valkey_pid() is None


def test_nobody_changes_the_tables_under_any_of_them(data):
    with Process(data, command='worker'), pytest.raises(folder.FolderError, match='A site is running on'):
        folder.Lock(data).acquire()
    with folder.Lock(data):
        pass


def test_a_burst_ends_when_nothing_is_left(migrated):
    task_ids = [call('queue.retention.delete_old_tasks') for _ in range(30)]
    done = burst(migrated)
    assert done.returncode == 0, done.stderr
    assert all(map(is_done, task_ids))
    assert burst(migrated).returncode == 0      # and when there was nothing


def test_a_burst_leaves_what_is_not_due_or_paused(migrated):
    with db.connection():
        later = TASKS['queue.retention.delete_old_tasks'].schedule(delay=3600).id
        paused = call('queue.cache.refresh', 'x', 'y')
        window.pause('queue.cache.refresh')
    assert burst(migrated, '--no-periodic').returncode == 0
    assert states() == {later: 'queued', paused: 'queued'}


def test_a_burst_finishes_what_a_dead_worker_left(migrated):
    task_id = call('queue.retention.delete_old_tasks')
    with db.connection():
        Task.update(state='running', claim=1, attempt=1, started_at=clock.now(),
                    worker=dead_worker()).execute()
    assert burst(migrated, '--no-periodic').returncode == 0
    assert is_done(task_id)


def test_slots_are_left_to_others_if_so_told(migrated):
    def slots():
        with db.connection():
            return Task.select().where(Task.slot.is_null(False)).count()
    with db.connection():
        for name in TASKS:
            Schedule.create(name=name, cursor=clock.now() - 2 * 86400)      # each has missed a night
    assert burst(migrated, '--no-periodic').returncode == 0
    assert slots() == 0
    assert burst(migrated).returncode == 0
    assert slots() > 0


def dead_worker():
    gone = subprocess.Popen(['true'])
    gone.wait()
    worker_id = workers.register()
    Worker.update(pid=gone.pid).execute()
    return worker_id


@pytest.mark.parametrize('command, signum', [('web', signal.SIGTERM), ('worker', signal.SIGINT)])
def test_each_stops_like_serve(data, command, signum):
    with Process(data, command=command) as process:
        status, took = process.stop(signum)
    assert status == 0 and took < 15      # who is killed takes 25
    assert process.valkey_pid() is None
