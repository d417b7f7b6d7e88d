"""`tasks` on the command line: what the queue did and does, and what a person can do about it."""
import json

import pytest

from kuma_lite import cli, queue
from kuma_lite.config import settings
from kuma_lite.queue import window
from kuma_lite.queue.tables import Task

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def command(site, monkeypatch, capsys):
    """A function that types `tasks …` beside a site and gives (status, output, error)."""
    monkeypatch.setattr(cli.db, 'open_file', lambda path: None)     # the site has it open

    def type_(*words):
        capsys.readouterr()
        status = cli.main(['tasks', *words, '--data', str(settings.server.data)])
        return status, *capsys.readouterr()
    return type_


@pytest.fixture
def some(site):
    queue.task(name='fine', subject='page:{page_id}')(lambda page_id: None)(7)
    queue.task(name='bad')(lambda: 1 / 0)()
    site.settle()


def test_list_and_its_filters(command, some):
    status, output, _ = command('list')
    assert status == 0 and 'page:7' in output and 'ZeroDivisionError' in output
    assert 'fine' not in command('list', '--state', 'dead')[1]
    assert [task['name'] for task in json.loads(command('list', '--json')[1])] == ['bad', 'fine']
    assert 'no such tasks' in command('list', '--name', 'none')[1]


def test_show_tells_everything(command, some):
    output = command('show', '2')[1]
    assert 'dead' in output and 'Traceback' in output and 'attempt 1: failed' in output
    assert command('show', '99')[::2] == (1, 'kuma-lite: There is no task 99.\n')


def test_run_queues_a_call(command, some):
    assert command('run', 'fine', '8')[0] == 0
    row = Task.get_by_id(3)
    assert (row.args, row.cause) == ('[[8], {}]', 'command: tasks run')
    assert 'no task called none' in command('run', 'none')[2]
    assert 'missing' in command('run', 'fine')[2]


def test_retry_one_or_all_that_are_dead(command, some, site):
    assert 'queued again' in command('retry', '2')[1]
    site.settle()
    assert '1 of 1 dead' in command('retry', '--dead')[1]
    assert 'is done' in command('retry', '1')[2] and 'Which one' in command('retry')[2]


def test_cancel(command, some):
    window.pause()
    queue.TASKS['fine'](1)
    assert 'will not run' in command('cancel', '3')[1]
    assert 'cancelled already' in command('cancel', '3')[2]


def test_pause_and_resume(command, some, site):
    command('pause', 'fine')
    queue.TASKS['fine'](1)
    assert Task.get_by_id(3).state == 'queued' and 'Paused: fine' in command('workers')[1]
    assert 'start again' in command('resume', 'fine')[1]
    site.settle()
    assert Task.get_by_id(3).state == 'done'
    assert 'no task called' in command('pause', 'none')[2]


def test_the_schedule_in_plain_words(command):
    listed = {task['name']: task for task in json.loads(command('schedule', '--json')[1])}
    night = listed['queue.retention.delete_old_tasks']
    assert night['when'] == 'daily at 04:20' and len(night['next']) == 5
    assert all(moment.endswith('T04:20:00Z') for moment in night['next'])
    assert 'hourly at minute' in command('schedule')[1]


def test_the_workers(command):
    [worker] = json.loads(command('workers', '--json')[1])['workers']
    assert worker['pid'] and worker['running'] == []


def test_the_words_of_a_schedule():
    words = {queue.crontab().words(), queue.crontab(minute='*/10').words(),
             queue.crontab(minute='0', hour='5', day_of_week='1').words()}
    assert words == {'every minute', 'every 10 minutes', 'minute 0, hour 5, day_of_week 1'}
