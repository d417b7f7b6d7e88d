"""A served site under a fault: what people do on it, how long that takes, and what is left behind."""
import contextlib
import json
import statistics
import time
import urllib.request

import counts
import redis
import served

from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.queue import ledger, modes
from kuma_lite.queue.tables import Task
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Revision
from process import Process, fetch, wait_for


class Served(Process):
    """`serve` with the tasks of served.py. `edit()` and `view()` return the seconds that they took.

    Before each fifth edit comes one that fails in its transaction.
    """

    def __init__(self, data, **environ):
        super().__init__(data, program=served.PROGRAM, **environ)
        self.token = prepare(self.data)
        self.acknowledged, self.refused = [], []

    def edit(self):
        number = len(self.acknowledged)
        if number % 5 == 0:
            self.refused.append(f'{served.ROLL_BACK} {number}')
            self._put(self.refused[-1], 500)
        seconds, text = self._put(f'edit {number}, {"some words " * 100}', 200)
        self.acknowledged.append(f'revision:{json.loads(text)["revision"]}')
        return seconds

    def _put(self, content, expected):
        body = json.dumps({'title': 'A', 'content': content, 'base_revision': 'latest'}).encode()
        headers = {'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json'}
        request = urllib.request.Request(f'{self.url}/api/v1/pages/A', body, headers, method='PUT')
        seconds, (status, text) = timed(fetch, request)
        assert status == expected, text
        return seconds, text

    def view(self):
        seconds, (status, _) = timed(self.get, '/docs/A')
        assert status == 200
        return seconds

    def redis(self):
        return redis.Redis.from_url(f'unix://{self.data / "valkey.sock"}', socket_timeout=20)

    def is_ready(self):
        return self.get('/readyz')[0] == 200


def timed(call, *args):
    started = time.monotonic()
    found = call(*args)
    return time.monotonic() - started, found


def prepare(data):
    """A site with an editor and a page. Returns the editor's API token."""
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        db.database.create_tables([served.Effect])
        editor = accounts.create_person('edda', 'edda@example.org', 'editor', 'a good long one')
        wiki.save('A', 'A', 'nothing yet', editor)
        token = sessions.create_token(editor)
    db.database.close_all()
    return token


@contextlib.contextmanager
def ledger_of(site):
    """In the block the test sees the ledger of the site's process, and may call tasks there."""
    db.open_file(site.data / 'wiki.db')
    with db.connection():
        yield
    db.database.close_all()


@contextlib.contextmanager
def calling(site):
    """The same, for a test that calls tasks: it has no Redis, so the site's relay has to find them."""
    with ledger_of(site):
        modes.start_manual()
        yield


def wait_until_done(site, timeout=60):
    """Wait until nothing that is due waits or runs; returns the seconds that took."""
    with ledger_of(site):
        return timed(wait_for, ledger.at_rest, timeout)[0]


def judge(site, fault, *keys, refused=()):
    """Every acknowledged edit is there and its task, and those with these keys, ran once.

    Returns how many tasks are left. None is unknown: what gets no answer fails the test at once.
    """
    with ledger_of(site):
        runs = [effect.key for effect in served.Effect.select()]
        edits = Revision.select().where(Revision.based_on_id.is_null(False))
        stored = [f'revision:{row.id}' for row in edits.order_by(Revision.id)]
        unfinished = Task.select().where(Task.state.in_(['queued', 'running', 'dead'])).count()
    counts.judge(fault, [*site.acknowledged, *keys], runs, refused=[*site.refused, *refused])
    assert stored == site.acknowledged
    return unfinished


def p95(values):
    return statistics.quantiles(values, n=20)[-1]


def milliseconds(values):
    return f'{statistics.median(values) * 1000:.1f} ms (p95 {p95(values) * 1000:.1f})'
