"""/healthz says that the process answers; /readyz asks each part on which its work depends.

Anybody may ask, so /readyz says no more than which part is not well; what the matter is goes to the log.
"""
import logging

import bottle
from peewee import PeeweeException

from kuma_lite import db, web
from kuma_lite.queue.engine import engine

log = logging.getLogger(__name__)

app = bottle.Bottle()

PARTS = {'database': 'not readable', 'redis': 'not reached', 'relay': 'not running', 'workers': 'not running'}

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
    found = {**_database(), **_redis(), **_problems()}
    for part, problem in found.items():
        log.warning('/readyz: %s: %s', part, problem)
    return web.json({part: words if part in found else 'ok' for part, words in PARTS.items()},
                    503 if found else 200)


def _database():
    try:
        db.database.execute_sql('SELECT 1 FROM task LIMIT 1').fetchall()
    except PeeweeException as error:
        return {'database': error}
    return {}


def _redis():
    try:
        engine.storage.queue_size()
    except Exception as error:
        return {'redis': error}
    return {}
