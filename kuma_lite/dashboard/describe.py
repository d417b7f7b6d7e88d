"""Tasks, attempts, schedules and workers as plain data, for JSON, for the terminal and for pages."""
import json
from typing import NamedTuple

from peewee import fn

from kuma_lite import clock, text
from kuma_lite.queue import TASKS
from kuma_lite.queue.crontab import to_minute
from kuma_lite.queue.schedule import Schedule
from kuma_lite.queue.tables import Attempt, Paused, Task, Worker

STATES = ('queued', 'running', 'done', 'dead', 'cancelled', 'timed out')
TIMES = ('created_at', 'run_at', 'published_at', 'started_at', 'finished_at')
PLAIN = ('id', 'name', 'state', 'priority', 'attempt', 'retries', 'error', 'user', 'request_id', 'cause',
         'origin', 'subject', 'stop')
NEXT_RUNS = 5


class Step(NamedTuple):
    at: float           # epoch seconds
    words: str
    attempt: int = 0    # its number, where the step is one


def chosen(state='', name='', subject='', parent=0):
    """The tasks in a state, with a name, about a subject, called by a task: where these are given."""
    query = Task.select()
    for column, value in ((Task.state, state), (Task.name, name), (Task.subject, subject),
                          (Task.parent, parent)):
        query = query.where(column == value) if value else query
    return query


def counts(column, **wanted):
    """{value of the column: how many} of the tasks that are `chosen(**wanted)`."""
    found = chosen(**wanted).select(column, fn.COUNT(Task.id)).group_by(column).order_by(column)
    return dict(found.tuples())


def task(row):
    args, kwargs = json.loads(row.args)
    return {**{name: getattr(row, name) for name in PLAIN}, 'args': args, 'kwargs': kwargs,
            'parent': row.parent_id, 'batch': row.batch_id, 'progress': json.loads(row.progress or 'null'),
            **{name: _time(getattr(row, name)) for name in TIMES}}


def whole_task(row):
    """A task with its attempts and the ids of the tasks that it has called."""
    caused = Task.select(Task.id).where(Task.parent == row).order_by(Task.id).tuples()
    return {**task(row), 'attempts': [_attempt(one) for one in attempts(row)], 'caused': [i for i, in caused]}


def attempts(row):
    return Attempt.select().where(Attempt.task == row).order_by(Attempt.claim)


def call(row):
    """The call of a task as its code would write it, with JSON values: "mail.deliver(7)"."""
    args, kwargs = json.loads(row.args)
    named = [f'{key}={_as_json(value)}' for key, value in kwargs.items()]
    return f'{row.name}({", ".join([*map(_as_json, args), *named])})'


def timeline(row, tries):
    """The Steps of a task's life so far, in the order of time; `tries` are its attempts.

    Of several publishings the ledger knows the last.
    """
    place = f' at {row.origin}' if row.origin else ''
    steps = [Step(row.created_at, f'queued in the transaction{place}, which committed')]
    if row.published_at:
        steps.append(Step(row.published_at, 'published: its number went to Redis'))
    steps += [Step(one.started_at, _lasted(one), one.claim) for one in tries]
    if row.state == 'queued' and row.run_at > row.created_at:
        steps.append(Step(row.run_at, 'due'))
    if row.finished_at:
        steps.append(Step(row.finished_at, row.state))
    return sorted(steps, key=lambda step: step.at)


def _lasted(one):
    """How an attempt ended and when, in words: "failed after 0.012 s"."""
    if one.finished_at is None:
        return one.outcome
    return f'{one.outcome} after {max(0, one.finished_at - one.started_at):.3f} s'


def schedule():
    """Every periodic task: when it runs in words, up to when its slots are dealt with, its next runs."""
    cursors = {row.name: row.cursor for row in Schedule.select()}
    now = to_minute(clock.now())
    return [{'name': name, 'when': wrapper.schedule_by.words(), 'catch_up': wrapper.catch_up,
             'last': _last(name), 'looked_at': _time(cursors.get(name)),
             'next': [_time(minute.timestamp()) for minute in wrapper.schedule_by.next(now, NEXT_RUNS)]}
            for name, wrapper in sorted(TASKS.items()) if wrapper.schedule_by]


def _last(name):
    row = Task.select(Task.slot).where(Task.name == name, Task.slot.is_null(False)).order_by(Task.id.desc())
    return row[0].slot.split()[1] if row.exists() else None


def workers():
    """The processes that work now, what each runs, and what is paused."""
    living = Worker.select().where(Worker.stopped_at.is_null()).order_by(Worker.id)
    return {'workers': [{'id': one.id, 'host': one.host, 'pid': one.pid, 'started_at': _time(one.started_at),
                         'beat_at': _time(one.beat_at), 'running': _running(one)} for one in living],
            'paused': [paused.name for paused in Paused.select().order_by(Paused.name)]}


def _running(worker):
    rows = Task.select(Task.id, Task.name).where(Task.state == 'running', Task.worker == worker)
    return [f'{row.name} ({row.id})' for row in rows]


def _attempt(one):
    return {'number': one.claim, 'worker': one.worker_id, 'outcome': one.outcome, 'error': one.error,
            'log': one.log.splitlines(), 'started_at': _time(one.started_at),
            'finished_at': _time(one.finished_at)}


def _as_json(value):
    return json.dumps(value, ensure_ascii=False)


def _time(moment):
    return moment and text.iso(moment)
