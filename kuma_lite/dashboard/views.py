"""The queue for moderators: which tasks there are, and all that is known of one. It changes nothing."""
import json

import bottle

from kuma_lite import web
from kuma_lite.config import settings
from kuma_lite.dashboard import describe, filters
from kuma_lite.queue.tables import PRIORITIES, Task
from kuma_lite.web import session
from kuma_lite.wiki import access
from kuma_lite.wiki.lookups import NUMBER

app = bottle.Bottle()

CAUSED = 20     # tasks that the page of a task lists as called by it; the list has them all


@app.get('/tasks')
def tasks():
    access.require(session.person(), access.SEE_QUEUE)
    wanted = filters.wanted()
    part = web.part_of(describe.chosen(**wanted), Task.id)
    return web.page('dashboard/tasks.html', tasks=part.rows, after=part.next, wanted=wanted,
                    is_newest=not web.query('after'), states=_counts(Task.state, wanted),
                    names=_counts(Task.name, wanted), keep_done=settings.tasks.keep_done,
                    paused=describe.paused())


@app.get('/tasks/schedule')
def schedule():
    access.require(session.person(), access.SEE_QUEUE)
    return web.page('dashboard/schedule.html', schedule=describe.periodic(), **describe.workers())


@app.get('/tasks/' + NUMBER)
def task(number):
    access.require(session.person(), access.SEE_QUEUE)
    row = Task.get_or_none(Task.id == int(number))
    if row is None:
        raise web.NotFound('There is no task with this number; finished ones are forgotten after '
                           f'{settings.tasks.keep_done} days.')
    attempts = list(describe.attempts(row))
    caused = describe.chosen(parent=row.id)
    return web.page('dashboard/task.html', task=row, call=describe.call(row), attempts=attempts,
                    timeline=describe.timeline(row, attempts), priority=_priority(row),
                    batch=describe.batch(row),
                    caused=list(caused.order_by(Task.id).limit(CAUSED)), caused_count=caused.count(),
                    progress=json.loads(row.progress or 'null'))


def _counts(column, wanted):
    """How many tasks one would see with each value of this column, all other filters being the same."""
    return describe.counts(column, **{name: value for name, value in wanted.items() if name != column.name})


def _priority(row):
    words = {number: word for word, number in PRIORITIES.items()}
    return words.get(row.priority, row.priority)
