"""/healthz says that the process answers; /readyz names each part on which its work depends.

Anybody may ask, so /readyz says no more than which part is not well; what the matter is goes to the log.
It asks no Redis, which may let it wait: the relay does that each second, and knows.
"""
import logging

import bottle
from peewee import PeeweeException

from kuma_lite import db, web

log = logging.getLogger(__name__)

app = bottle.Bottle()

PARTS = {'database': 'not usable', 'redis': 'not reached', 'relay': 'not running', 'workers': 'not running'}

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
    found = {**_database(), **_problems()}
    for part, problem in found.items():
        log.warning('/readyz: %s: %s', part, problem)
    return web.json({part: words if part in found else 'ok' for part, words in PARTS.items()},
                    503 if found else 200)


def _database():
    try:
        db.database.execute_sql('SELECT 1 FROM task LIMIT 1').fetchall()
    except PeeweeException as error:
        return {'database': error}
    return {'database': db.database.problem} if db.database.problem else {}
