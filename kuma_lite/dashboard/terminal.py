"""The queue on the terminal: tables for people, JSON for programs, and what a person can do about a task."""
import json
import re
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from kuma_lite import clock, db, queue, text
from kuma_lite.config import settings
from kuma_lite.dashboard import describe
from kuma_lite.queue import ledger, window
from kuma_lite.queue.tables import Task

LISTED = ('id', 'name', 'state', 'attempt', 'created_at', 'user', 'subject', 'error')
SHOWN_BELOW = ('timeline', 'attempts', 'batch')


class Refused(Exception):
    """What was asked for cannot be done; the message is a sentence."""


class WrongCall(Refused):
    """What was typed means nothing; the message is a sentence that says what would."""


def show_list(limit=50, as_json=False, since='', **wanted):
    """List the newest tasks that fit; see describe.FILTERS, and `_moment` for `since`."""
    if not 1 <= limit <= 100_000:
        raise WrongCall('The limit is a whole number from 1 to 100,000.')
    rows = describe.chosen(_moment(since), **wanted).order_by(Task.id.desc()).limit(limit)
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
        if name not in SHOWN_BELOW and value not in (None, '', [], {}):
            print(f'{name:14}{text.legible(str(value))}')
    if found['batch']:
        print(f'{"batch":14}{_batch(found["batch"])}')
    print('\ntimeline')
    for step in found['timeline']:
        after = '' if step['at'] is None else f'{step["after"]:+,.3f} s'
        print(f'    {step["at"] or "":22}{after:>12}  {step["step"]}')
    for attempt in found['attempts']:
        _show_attempt(attempt)
    return None


def _batch(found):
    counts = ', '.join(f'{count} {state}' for state, count in found['states'].items())
    return f'{found["id"]}: {counts}; then {found["then"]}'


def _show_attempt(attempt):
    print(f'\nattempt {attempt["number"]}: {attempt["outcome"]}, {attempt["started_at"]}, '
          f'worker {attempt["worker"]}')
    for line in [*attempt['log'], *attempt['error'].splitlines()]:
        print(f'    {text.legible(line)}')


def _moment(words):
    """'30m', '2h' or '7d' ago, or a time such as 2026-11-22 or 2026-11-22T05:00, as epoch seconds."""
    ago = re.fullmatch('([0-9]{1,6})([mhd])', words)
    if not words:
        return None
    if ago:
        return clock.now() - int(ago[1]) * {'m': 60, 'h': 3600, 'd': 24 * 3600}[ago[2]]
    try:
        moment = datetime.fromisoformat(words)
        return moment.replace(tzinfo=moment.tzinfo or ZoneInfo(settings.site.timezone)).timestamp()
    except (ValueError, OverflowError):
        raise WrongCall('A time is 30m, 2h or 7d ago, or one such as 2026-11-22 or 2026-11-22T05:00, '
                      f'not "{text.legible(words)}".') from None


def show_schedule(as_json=False):
    found = describe.periodic()
    if as_json:
        return show_json(found)
    waiting = {*describe.paused()}
    for task in found:
        paused = '; paused' if waiting & {window.EVERYTHING, task['name']} else ''
        print(f'{task["name"]}: {task["when"]}; catches up {task["catch_up"]}{paused}')
        print(f'    last  {", ".join(run["slot"] + " " + run["state"] for run in task["last"]) or "none"}')
        print(f'    next  {", ".join(task["next"])}')
    return None


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
        raise WrongCall(f'There is no task called {name}; there are {", ".join(sorted(queue.TASKS))}.')
    try:
        handle = queue.TASKS[name](*map(_value, arguments))
    except TypeError as error:
        raise WrongCall(f'{name}: {error}.') from None
    print(f'Task {handle.id} is queued.')


def retry(task_id):
    if task_id is None:
        raise WrongCall('Which one? Give its number, or --dead for all that wait for a person.')
    state = _task(task_id).state
    if not ledger.retry(task_id):
        raise Refused(f'Task {task_id} is {state}; only dead, cancelled and timed out ones can be retried, '
                      'and not while a twin with the same unique key waits.')
    print(f'Task {task_id} is queued again.')


def retry_dead(task_id=None):
    if task_id is not None:
        raise WrongCall('Give a number, or --dead for all that wait for a person; not both.')
    with db.atomic():
        waiting = [row.id for state in ('dead', 'timed out') for row in describe.chosen(state=state)]
        count = sum(ledger.retry(task_id) for task_id in waiting)
    print(f'{count} of {len(waiting)} dead and timed out tasks are queued again.')


def cancel(task_id):
    state = _task(task_id).state
    if ledger.cancel(task_id):
        print(f'Task {task_id} will not run.' if state == 'queued' else f'Task {task_id} was told to stop.')
    elif ledger.give_up(task_id):
        print(f'Task {task_id} waits for nobody any more; it is deleted with those that ended today.')
    else:
        raise Refused(f'Task {task_id} is {state} already.')


def pause(name):
    window.pause(_pausable(name))
    print('No task starts' + (f' of {name}' if name else '') + ' until: tasks resume ' + (name or ''))


def resume(name):
    was_paused = window.resume(_pausable(name))
    print('Tasks start again.' if was_paused else f'{name or "Everything"} was not paused.')


def _pausable(name):
    if name and name not in queue.TASKS:
        raise WrongCall(f'There is no task called {name}.')
    return name or window.EVERYTHING


def _task(task_id):
    row = Task.get_or_none(Task.id == task_id) if 0 < task_id < 2 ** 63 else None
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
        shown.add_row(*('' if cell is None else text.legible(str(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else 1000, markup=False).print(shown)
