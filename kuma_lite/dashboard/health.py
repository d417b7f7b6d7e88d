"""/healthz says that the process answers; /readyz asks each part on which its work depends."""
import bottle
from peewee import PeeweeException

from kuma_lite import db, web
from kuma_lite.queue.engine import engine

app = bottle.Bottle()

_problems = dict


def configure(problems):
    """Set the function that gives `{part: sentence}` for the threads of this process."""
    global _problems
    _problems = problems


@app.get('/healthz')
def alive():
    return web.plain('alive\n')


@app.get('/readyz')
def ready():
    found = {'database': _database(), 'redis': _redis(), **{part: 'ok' for part in ('relay', 'workers')}}
    found.update(_problems())
    well = all(state == 'ok' for state in found.values())
    return web.json(found, 200 if well else 503)


def _database():
    try:
        db.database.execute_sql('SELECT 1 FROM task LIMIT 1').fetchall()
    except PeeweeException as error:
        return str(error)
    return 'ok'


def _redis():
    try:
        engine.storage.queue_size()
    except Exception as error:
        return f'not reached: {error}'
    return 'ok'
