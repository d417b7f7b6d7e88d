"""The queue on the terminal: tables for people, JSON for programs, and what a person can do about a task."""
import json
import sys

from rich.console import Console
from rich.table import Table

from kuma_lite import db, queue
from kuma_lite.dashboard import describe
from kuma_lite.queue import context, ledger, window
from kuma_lite.queue.tables import Task

LISTED = ('id', 'name', 'state', 'attempt', 'created_at', 'user', 'subject', 'error')


class Refused(Exception):
    """What was asked for cannot be done; the message is a sentence."""


def show_list(state='', name='', limit=50, as_json=False):
    rows = describe.chosen(state, name).order_by(Task.id.desc()).limit(limit)
    found = [describe.task(row) for row in rows]
    if as_json:
        return show_json(found)
    if not found:
        return print('There are no such tasks.')
    return table(LISTED, [[task[column] for column in LISTED] for task in found])


def show_one(task_id, as_json=False):
    found = describe.whole_task(_task(task_id))
    if as_json:
        return show_json(found)
    for name, value in found.items():
        if name != 'attempts' and value not in (None, '', [], {}):
            print(f'{name:14}{value}')
    for attempt in found['attempts']:
        print(f'\nattempt {attempt["number"]}: {attempt["outcome"]}, {attempt["started_at"]}, '
              f'worker {attempt["worker"]}')
        print('\n'.join(['    ' + line for line in [*attempt['log'], *attempt['error'].splitlines()]]))
    return None


def show_schedule(as_json=False):
    found = describe.schedule()
    if as_json:
        return show_json(found)
    return table(('name', 'when', 'catch up', 'last', 'next'),
                 [[task['name'], task['when'], task['catch_up'], task['last'] or '', task['next'][0]]
                  for task in found])


def show_workers(as_json=False):
    found = describe.workers()
    if as_json:
        return show_json(found)
    table(('id', 'host', 'pid', 'since', 'heartbeat', 'runs'),
          [[one['id'], one['host'], one['pid'], one['started_at'], one['beat_at'], ', '.join(one['running'])]
           for one in found['workers']])
    if found['paused']:
        print(f'Paused: {", ".join(found["paused"])}')
    return None


def run(name, arguments):
    """Call a task; each argument is JSON, or a text."""
    if name not in queue.TASKS:
        raise Refused(f'There is no task called {name}; there are {", ".join(sorted(queue.TASKS))}.')
    with context.use(cause='command: tasks run'):
        try:
            handle = queue.TASKS[name](*map(_value, arguments))
        except TypeError as error:
            raise Refused(f'{name}: {error}.') from None
    print(f'Task {handle.id} is queued.')


def retry(task_id):
    if task_id is None:
        raise Refused('Which one? Give its number, or --dead for all that are dead.')
    state = _task(task_id).state
    if not ledger.retry(task_id):
        raise Refused(f'Task {task_id} is {state}; only dead, cancelled and timed out ones can be retried, '
                      'and not while a twin with the same unique key waits.')
    print(f'Task {task_id} is queued again.')


def retry_dead():
    with db.atomic():
        dead = [row.id for row in describe.chosen(state='dead')]
        count = sum(ledger.retry(task_id) for task_id in dead)
    print(f'{count} of {len(dead)} dead tasks are queued again.')


def cancel(task_id):
    state = _task(task_id).state
    if not ledger.cancel(task_id):
        raise Refused(f'Task {task_id} is {state} already.')
    print(f'Task {task_id} will not run.' if state == 'queued' else f'Task {task_id} was told to stop.')


def pause(name):
    window.pause(_pausable(name))
    print('No task starts' + (f' of {name}' if name else '') + ' until: tasks resume ' + (name or ''))


def resume(name):
    was_paused = window.resume(_pausable(name))
    print('Tasks start again.' if was_paused else 'Nothing of that name was paused.')


def _pausable(name):
    if name and name not in queue.TASKS:
        raise Refused(f'There is no task called {name}.')
    return name or window.EVERYTHING


def _task(task_id):
    row = Task.get_or_none(Task.id == task_id)
    if row is None:
        raise Refused(f'There is no task {task_id}.')
    return row


def _value(argument):
    try:
        return json.loads(argument)
    except ValueError:
        return argument


def show_json(data):
    print(json.dumps(data, indent=2, ensure_ascii=False))


def table(columns, rows):
    """A table for people; lines are not cut where the output is no terminal."""
    shown = Table(*(column.replace('_', ' ').capitalize() for column in columns), box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*('' if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 1000, markup=False).print(shown)
