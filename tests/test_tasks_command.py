"""`tasks` on the command line: what the queue did and does, and what a person can do about it."""
import json
import logging

import pytest

from kuma_lite import cli, clock, queue
from kuma_lite.config import settings
from kuma_lite.queue import batches, context, window
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


def listed(command, *words):
    return [task['id'] for task in json.loads(command('list', '--json', *words)[1])]


def test_filters_by_who_what_and_when(command, site):
    task = queue.task(name='fine', subject='page:{page_id}')(lambda page_id: None)
    with context.use(user='edda', request_id='r-1'):
        task(7)
    task(8)
    clock.advance(3600)
    task(7)
    assert listed(command, '--subject', 'page:7') == [3, 1] and listed(command, '--user', 'edda') == [1]
    assert listed(command, '--request', 'r-1') == [1] and listed(command, '--since', '30m') == [3]
    assert listed(command, '--since', '2020-01-01', '--limit', '2') == [3, 2]
    assert listed(command, '--since', '2020-01-01T05:00+02:00', '--user', 'mona') == []


@pytest.mark.parametrize('words, said', [
    (['--since', 'yesterday'], 'not "yesterday"'), (['--since', '9' * 30 + '-01-01'], 'A time is'),
    (['--limit', '0'], 'The limit is'), (['--limit', '-1'], 'The limit is')])
def test_a_wrong_filter_is_one_sentence(command, words, said):
    status, output, error = command('list', *words)
    assert (status, output) == (2, '') and said in error and error.count('\n') == 1


def test_show_tells_everything(command, some):
    output = command('show', '2')[1]
    for words in ('dead', 'test_tasks_command.py:', 'Traceback', 'attempt 1: failed', 'ZeroDivisionError',
                  'queued, inside the transaction at', 'committed', 'attempt 1: failed after', '+0.000 s'):
        assert words in output, words
    assert 'page:7' in command('show', '1')[1]


@pytest.mark.parametrize('number', ['99', '0', '9' * 30])
@pytest.mark.parametrize('verb', ['show', 'retry', 'cancel'])
def test_a_number_that_no_task_has(command, verb, number):
    assert command(verb, number)[::2] == (1, f'kuma-lite: There is no task {number}.\n')


def test_show_tells_what_caused_it_what_it_caused_and_its_batch(command, site):
    child = queue.task(name='child')(lambda number: 1 // number)
    last = queue.task(name='last')(lambda batch_id, failed: None)
    mother = queue.task(name='mother')(lambda: batches.start([child.s(number) for number in range(3)], last))
    mother()
    site.settle()
    assert 'caused        [2, 3, 4' in command('show', '1')[1]
    output = command('show', '2')[1]
    assert 'parent        1' in output and '1: 1 dead, 2 done; then last' in output
    found = json.loads(command('show', '2', '--json')[1])
    assert (found['parent'], found['batch']['states']) == (1, {'dead': 1, 'done': 2})


def test_words_of_others_do_not_steer_the_terminal(command, site):
    @queue.task(name='loud', subject='{words}')
    def loud(words):
        logging.getLogger('loud').warning('%s', words)
        raise ValueError(words)
    loud('\x1b[2J\u202eno')
    site.settle()
    output = command('show', '1')[1] + command('list')[1]
    assert '\x1b' not in output and '\u202e' not in output and output.count(r'\x1b[2J') > 3


def test_run_queues_a_call(command, some):
    assert command('run', 'fine', '8')[0] == 0
    row = Task.get_by_id(3)
    assert (row.args, row.cause) == ('[[8], {}]', 'command tasks run')
    assert 'no task called none' in command('run', 'none')[2]
    assert 'missing' in command('run', 'fine')[2]


def test_retry_one_or_all_that_are_dead(command, some, site):
    assert 'queued again' in command('retry', '2')[1]
    site.settle()
    assert '1 of 1 dead' in command('retry', '--dead')[1]
    site.settle()
    Task.update(state='timed out').where(Task.id == 2).execute()
    assert '1 of 1 dead' in command('retry', '--dead')[1]
    assert 'is done' in command('retry', '1')[2] and 'Which one' in command('retry')[2]


def test_cancel(command, some):
    window.pause()
    queue.TASKS['fine'](1)
    assert 'will not run' in command('cancel', '3')[1]
    assert 'cancelled already' in command('cancel', '3')[2]
    assert 'waits for nobody' in command('cancel', '2')[1] and Task.get_by_id(2).state == 'cancelled'


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
    assert night['when'] == 'hourly at minute 20' and len(night['next']) == 5
    assert all(moment.endswith(':20:00Z') for moment in night['next'])
    assert 'hourly at minute' in command('schedule')[1]


def test_the_workers(command):
    [worker] = json.loads(command('workers', '--json')[1])['workers']
    assert worker['pid'] and worker['running'] == []
