"""Tasks, attempts, schedules and workers as plain data, for JSON, for the terminal and for pages."""
import json
from typing import NamedTuple

from peewee import fn

from kuma_lite import text
from kuma_lite.queue import TASKS, batches, schedule
from kuma_lite.queue.tables import Attempt, Paused, Task, Worker

FILTERS = {'state': Task.state, 'name': Task.name, 'subject': Task.subject, 'user': Task.user,
           'request': Task.request_id, 'parent': Task.parent, 'batch': Task.batch}
STATES = ('queued', 'running', 'done', 'dead', 'cancelled', 'timed out')
TIMES = ('created_at', 'run_at', 'published_at', 'started_at', 'finished_at')
PLAIN = ('id', 'name', 'state', 'priority', 'attempt', 'retries', 'error', 'user', 'address', 'request_id',
         'cause', 'origin', 'subject', 'slot', 'unique_key', 'lane', 'deadline', 'stop')


class Step(NamedTuple):
    at: float           # epoch seconds; None for the commit, whose time nobody notes
    words: str
    attempt: int = 0    # its number, where the step is one


def chosen(since=None, **wanted):
    """The tasks that have these values, see FILTERS, and were queued since a time; an empty value is none."""
    query = Task.select()
    if since:
        query = query.where(Task.created_at >= since)
    for name, value in wanted.items():
        query = query.where(FILTERS[name] == value) if value else query
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
    """A task with its timeline, its attempts, its batch and the ids of the tasks that it has called."""
    tries = list(attempts(row))
    caused = Task.select(Task.id).where(Task.parent == row).order_by(Task.id).tuples()
    steps = [_step(row, step) for step in timeline(row, tries)]
    return {**task(row), 'batch': batch(row), 'caused': [number for number, in caused], 'timeline': steps,
            'attempts': [_attempt(one) for one in tries]}


def batch(row):
    """How far the batch of a task has come, or None."""
    return row.batch_id and {'id': row.batch_id, 'then': row.batch.then,
                             'states': batches.progress(row.batch_id),
                             'finished_at': _time(row.batch.finished_at)}


def attempts(row):
    return Attempt.select().where(Attempt.task == row).order_by(Attempt.claim)


def call(row):
    """The call of a task as its code would write it, with JSON values: "mail.deliver(7)"."""
    args, kwargs = json.loads(row.args)
    named = [f'{key}={_as_json(value)}' for key, value in kwargs.items()]
    return f'{row.name}({", ".join([*map(_as_json, args), *named])})'


def timeline(row, tries):
    """The Steps of a task's life so far, in order; `tries` are its attempts.

    That it is here says that it was committed; when is not noted: after it was queued and before
    anything else. Of several publishings the ledger knows the last; a row that a worker takes which is
    awake is never published.
    """
    place = f' at {row.origin}' if row.origin else ''
    later = [Step(one.started_at, _lasted(one), one.claim) for one in tries]
    if row.published_at:
        later.append(Step(row.published_at, 'published: its number went to Redis'))
    elif len(tries) == 1 and row.state != 'queued':      # to be queued again forgets the publishing
        later.append(Step(tries[0].started_at, 'not published: a worker that was awake took it'))
    if row.state == 'running':
        later.append(Step(row.started_at, f'attempt {row.claim} began, and runs'))
    if row.state == 'queued' and row.run_at > row.created_at:
        later.append(Step(row.run_at, 'due'))
    if row.finished_at:
        later.append(Step(row.finished_at, row.state))
    return [Step(row.created_at, f'queued, inside the transaction{place}'), Step(None, 'committed'),
            *sorted(later, key=lambda step: step.at)]


def _step(row, step):
    words = f'attempt {step.attempt}: {step.words}' if step.attempt else step.words
    return {'at': _time(step.at), 'after': step.at and round(step.at - row.created_at, 3), 'step': words}


def _lasted(one):
    """How an attempt ended and when, in words: "failed after 0.012 s"."""
    return f'{one.outcome} after {max(0, one.finished_at - one.started_at):.3f} s'


def periodic():
    """Every periodic task: when it runs in words, its last slots as the ledger has them, its next runs."""
    return [{'name': name, 'when': wrapper.schedule_by.words(), 'catch_up': wrapper.catch_up,
             'last': [{'slot': slot, 'state': state, 'task': number}
                      for slot, state, number in schedule.last_runs(name)],
             'next': [_time(run.timestamp()) for run in schedule.next_runs(name)]}
            for name, wrapper in sorted(TASKS.items()) if wrapper.schedule_by]


def workers():
    """The processes that work now, what each runs, and what is paused."""
    living = Worker.select().where(Worker.stopped_at.is_null()).order_by(Worker.id)
    return {'workers': [{'id': one.id, 'host': one.host, 'pid': one.pid, 'started_at': _time(one.started_at),
                         'beat_at': _time(one.beat_at), 'running': _running(one)} for one in living],
            'paused': paused()}


def paused():
    """The names of tasks that are not started now; '*' stands for all."""
    return [row.name for row in Paused.select().order_by(Paused.name)]


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
