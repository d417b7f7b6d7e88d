"""The queue as JSON, for admins."""
import bottle

from kuma_lite import web
from kuma_lite.dashboard import describe, filters
from kuma_lite.queue.tables import Task
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()


@app.get('/api/v1/tasks')
def tasks():
    """Newest first. `next` is the address of the following part, or null."""
    access.require(session.person(), access.SEE_TASKS)
    wanted = filters.wanted()
    size = web.limit(most=500)
    part = web.part_of(describe.chosen(**wanted), Task.id, size)
    following = part.next and web.with_query('/api/v1/tasks', **wanted, limit=size, after=part.next)
    return web.json({'tasks': [describe.task(row) for row in part.rows], 'next': following})


@app.get('/api/v1/tasks/<number:re:[0-9]{1,18}>')
def task(number):
    access.require(session.person(), access.SEE_TASKS)
    row = Task.get_or_none(Task.id == int(number))
    if row is None:
        raise web.NotFound('There is no task with this number.')
    return web.json(describe.whole_task(row))
