"""The queue as JSON, for admins."""
import json

import bottle

from kuma_lite import text, web
from kuma_lite.queue.tables import Attempt, Task
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

STATES = ('queued', 'running', 'done', 'dead', 'cancelled', 'timed out')
TIMES = ('created_at', 'run_at', 'published_at', 'started_at', 'finished_at')
PLAIN = ('id', 'name', 'state', 'priority', 'attempt', 'retries', 'error', 'user', 'request_id', 'cause',
         'origin', 'subject', 'stop')


@app.get('/api/v1/tasks')
def tasks():
    """Newest first. `next` is the address of the following part, or null."""
    access.require(session.person(), access.SEE_TASKS)
    state, name = web.query('state'), web.query('name')
    if state and state not in STATES:
        raise web.Refused(422, f'A state is one of {", ".join(STATES)}.')
    size = web.limit(most=500)
    part = web.part_of(_chosen(state, name), Task.id, size)
    following = part.next and web.with_query('/api/v1/tasks', state=state or None, name=name or None,
                                             limit=size, after=part.next)
    return web.json({'tasks': [_shown(row) for row in part.rows], 'next': following})


def _chosen(state, name):
    query = Task.select()
    for column, value in ((Task.state, state), (Task.name, name)):
        query = query.where(column == value) if value else query
    return query


@app.get('/api/v1/tasks/<number:re:[0-9]{1,18}>')
def task(number):
    access.require(session.person(), access.SEE_TASKS)
    row = Task.get_or_none(Task.id == int(number))
    if row is None:
        raise web.NotFound('There is no task with this number.')
    attempts = Attempt.select().where(Attempt.task == row).order_by(Attempt.claim)
    return web.json({**_shown(row), 'attempts': [_attempt(one) for one in attempts]})


def _shown(row):
    args, kwargs = json.loads(row.args)
    return {**{name: getattr(row, name) for name in PLAIN}, 'args': args, 'kwargs': kwargs,
            'parent': row.parent_id, 'batch': row.batch_id, 'progress': json.loads(row.progress or 'null'),
            **{name: _time(getattr(row, name)) for name in TIMES}}


def _attempt(one):
    return {'number': one.claim, 'worker': one.worker_id, 'outcome': one.outcome, 'error': one.error,
            'log': one.log.splitlines(), 'started_at': _time(one.started_at),
            'finished_at': _time(one.finished_at)}


def _time(moment):
    return moment and text.iso(moment)
