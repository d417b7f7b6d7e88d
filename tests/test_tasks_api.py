"""/api/v1/tasks: what the queue has done and is doing, for admins."""
import pytest

from kuma_lite import queue
from kuma_lite.accounts import sessions
from kuma_lite.queue import context

pytestmark = pytest.mark.usefixtures('tasks')


@pytest.fixture
def ask(site):
    """A function that gets an address as an admin's program does."""
    headers = {'Authorization': f'Bearer {sessions.create_token(site.people.ada)}'}
    return lambda path, **options: site.app.get(path, headers=headers, **options)


@pytest.fixture
def some(site):
    fine = queue.task(name='fine')(lambda number: None)
    bad = queue.task(name='bad')(lambda: 1 / 0)
    for number in range(3):
        fine(number)
    bad()
    site.settle()


def test_newest_first_with_all_that_is_known(ask, some):
    found = ask('/api/v1/tasks').json
    assert [task['name'] for task in found['tasks']] == ['bad', 'fine', 'fine', 'fine']
    assert found['next'] is None
    first = found['tasks'][-1]
    assert (first['state'], first['args'], first['created_at'][-1]) == ('done', [0], 'Z')


def test_by_state_and_name(ask, some):
    assert [task['name'] for task in ask('/api/v1/tasks?state=dead').json['tasks']] == ['bad']
    assert len(ask('/api/v1/tasks?name=fine').json['tasks']) == 3
    assert ask('/api/v1/tasks?state=lost', status=422).json['error'].endswith('timed out.')


def test_by_who_what_and_which_request(ask, site):
    task = queue.task(name='fine', subject='page:{number}')(lambda number: None)
    with context.use(user='edda', request_id='r-1', address='192.0.2.9'):
        task(7)
    task(8)
    for query in ('user=edda', 'request=r-1', 'subject=page:7'):
        [found] = ask(f'/api/v1/tasks?{query}').json['tasks']
        assert (found['id'], found['address']) == (1, '192.0.2.9')
    assert ask('/api/v1/tasks?batch=1').json['tasks'] == [] and ask('/api/v1/tasks?parent=x', status=400)


def test_in_parts(ask, some):
    first = ask('/api/v1/tasks?limit=3').json
    rest = ask(first['next']).json
    assert [task['id'] for task in first['tasks'] + rest['tasks']] == [4, 3, 2, 1] and rest['next'] is None


@pytest.mark.parametrize('query', ['limit=abc', 'limit=0', 'after=x', 'limit=-1'])
def test_a_wrong_number_is_refused(ask, query):
    assert 'error' in ask(f'/api/v1/tasks?{query}', status=400).json


def test_one_with_its_attempts(ask, some):
    found = ask('/api/v1/tasks/4').json
    assert found['error'] == 'ZeroDivisionError: division by zero'
    [attempt] = found['attempts']
    assert attempt['outcome'] == 'failed' and 'ZeroDivisionError' in attempt['error'] and attempt['log']


def test_one_that_is_not_there(ask):
    assert ask('/api/v1/tasks/99', status=404).json['error']
    assert ask(f'/api/v1/tasks/{"9" * 18}', status=404).json['error']
