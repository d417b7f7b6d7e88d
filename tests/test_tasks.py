"""A task runs if, and only if, the transaction in which it was called commits."""
import logging

import pytest
from huey.api import group

from kuma_lite import db, queue
from kuma_lite.queue import capture, context, modes
from kuma_lite.queue.tables import Attempt, Task

pytestmark = pytest.mark.usefixtures('tasks')


def note(*args):
    """The body of a task that does not matter."""


def test_a_call_becomes_a_row_and_the_row_runs(any_mode):
    ran = []
    task = queue.task()(lambda number, text='': ran.append((number, text)))
    handle = task(1, text='ü')
    modes.settle()
    assert ran == [(1, 'ü')]
    assert Task.get_by_id(handle.id).state == 'done'


def test_it_waits_for_the_commit(any_mode):
    ran = []
    task = queue.task()(lambda: ran.append(db.database.transaction_depth()))
    with db.atomic():
        task()
        assert not ran
    modes.settle()
    assert ran == [0]       # and not inside a transaction of ours


def test_a_rollback_leaves_no_row(any_mode):
    ran = []
    task = queue.task()(lambda: ran.append(1))
    with pytest.raises(ZeroDivisionError), db.atomic():
        task()
        raise ZeroDivisionError
    modes.settle()
    assert not ran and Task.select().count() == 0


def test_a_rolled_back_savepoint_leaves_no_row(any_mode):
    ran = []
    task = queue.task(name='append')(lambda value: ran.append(value))
    with db.atomic():
        task('kept')
        with pytest.raises(ZeroDivisionError), db.atomic():
            task('lost')
            raise ZeroDivisionError
    modes.settle()
    assert ran == ['kept']


def test_tasks_may_call_tasks(any_mode):
    ran = []

    @queue.task()
    def count(number):
        ran.append(number)
        if number:
            count(number - 1)

    count(3)
    modes.settle()
    assert ran == [3, 2, 1, 0]
    assert [row.parent_id for row in Task.select().order_by(Task.id)] == [None, 1, 2, 3]


def test_arguments_are_plain_json(manual):
    task = queue.task(name='plain')(note)
    with pytest.raises(TypeError, match='plain JSON'):
        task(object())
    assert Task.select().count() == 0


def test_what_the_ledger_replaces_says_so(manual):
    task = queue.task(name='old')(note)
    for call in (task.revoke, task.restore, task.is_revoked):
        with pytest.raises(NotImplementedError, match='ledger'):
            call()
    with pytest.raises(NotImplementedError):
        task.huey.enqueue(task.s().then(task))
    with pytest.raises(NotImplementedError):
        task.huey.enqueue(group([task.s()]))


@pytest.mark.parametrize('options', [{'uniqe': 'x'}, {'retires': 3}, {'context': True}, {'timeout': 5}])
def test_an_option_that_is_none_is_refused(manual, options):
    with pytest.raises((TypeError, NotImplementedError)):
        queue.task(**options)(note)


def test_a_wrong_call_is_refused_at_once(manual):
    task = queue.task(name='two')(lambda one, two: None)
    with pytest.raises(TypeError, match='two'):
        task(1)


def test_a_name_nobody_knows_becomes_a_dead_row(any_mode):
    task = queue.task(name='gone')(note)
    with db.atomic():
        task()
        task.unregister()
    modes.settle()
    row = Task.get()
    assert row.state == 'dead' and 'gone' in row.error


def test_a_row_tells_who_where_and_about_what(any_mode):
    @queue.task(subject='page:{page_id}')
    def look(page_id):
        pass

    with context.use(user='edda', request_id='r1', address='::1', cause='POST /x'):
        look(7)
    modes.settle()
    row = Task.get()
    assert (row.user, row.request_id, row.address, row.cause) == ('edda', 'r1', '::1', 'POST /x')
    assert row.subject == 'page:7' and row.origin.startswith('test_tasks.py:')


def test_an_attempt_keeps_its_log(any_mode):
    @queue.task()
    def talk():
        logging.getLogger('talk').warning('hello %s', 'log')

    talk()
    modes.settle()
    assert 'hello log' in Attempt.get().log


def test_a_thousand_calls_ring_once_and_all_run(any_mode):
    ran = []
    task = queue.task(name='append')(lambda value: ran.append(value))
    with db.atomic():
        for number in range(1000):
            task(number)
    modes.settle(60)
    assert sorted(ran) == list(range(1000))


@pytest.mark.parametrize('options', [
    {'unique': '{page}'}, {'one_at_a_time': 'page:{page}'}, {'subject': '{0.x}'}, {'rate': '60/min'},
    {'rate': 60}, {'rate': '0/m'}, {'priority': 'high'}, {'retries': -1}, {'catch_up': 'never'},
    {'retrys': 3}])
def test_an_option_that_cannot_be_is_told_where_the_task_is_made(manual, options):
    with pytest.raises((TypeError, ValueError)):
        queue.task(name='wrong', **options)(lambda page_id: None)


def test_an_attempt_keeps_its_last_lines(manual):
    @queue.task(name='talks')
    def talks():
        for number in range(capture.LINES + 50):
            logging.getLogger('talks').warning('line %d', number)
    talks()
    modes.drain()
    kept = Attempt.get().log.splitlines()
    assert len(kept) == capture.LINES and kept[0].endswith('line 50') and kept[-1].endswith('line 249')


@pytest.mark.parametrize('argument', [float('nan'), {1, 2}, object()])
def test_an_argument_that_is_no_json_is_refused(manual, argument):
    with pytest.raises(TypeError, match='plain JSON'):
        queue.task(name='given')(lambda value: None)(argument)


def test_a_moment_beyond_all_calendars_is_refused(manual):
    with pytest.raises(ValueError, match='no time'):
        queue.task(name='never')(lambda: None).schedule(delay=1e12)
