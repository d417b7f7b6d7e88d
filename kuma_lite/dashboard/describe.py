"""Tasks, attempts, schedules and workers as plain data, for JSON and for the terminal."""
import json

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


def chosen(state='', name=''):
    """The select of tasks in a state and with a name, where these are given."""
    query = Task.select()
    for column, value in ((Task.state, state), (Task.name, name)):
        query = query.where(column == value) if value else query
    return query


def task(row):
    args, kwargs = json.loads(row.args)
    return {**{name: getattr(row, name) for name in PLAIN}, 'args': args, 'kwargs': kwargs,
            'parent': row.parent_id, 'batch': row.batch_id, 'progress': json.loads(row.progress or 'null'),
            **{name: _time(getattr(row, name)) for name in TIMES}}


def whole_task(row):
    """A task with its attempts and the ids of the tasks that it has called."""
    attempts = Attempt.select().where(Attempt.task == row).order_by(Attempt.claim)
    caused = Task.select(Task.id).where(Task.parent == row).order_by(Task.id).tuples()
    return {**task(row), 'attempts': [_attempt(one) for one in attempts], 'caused': [i for i, in caused]}


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


def _time(moment):
    return moment and text.iso(moment)
