"""Fixtures. The suite runs in one of two modes, KUMA_TEST_MODE=inline (default) or worker; a test
that needs a certain one says so with its own fixture."""
import contextlib
import functools
import os
import re
import shutil
import time

import hypothesis
import pytest
from argon2 import PasswordHasher

from base import Site, create_cast, settings_for
from kuma_lite import app, clock, db
from kuma_lite.accounts import passwords
from kuma_lite.accounts.models import Person
from kuma_lite.queue import cache, consumer, modes, schedule, tables
from kuma_lite.queue.broker import Broker
from kuma_lite.queue.engine import engine
from kuma_lite.queue.wrapper import TASKS
from web_base import small  # noqa: F401 (a fixture)

MODE = os.environ.get('KUMA_TEST_MODE', 'inline')
REDIS = {'redis_url', 'any_mode'}       # the fixtures of tests that hold one, or may
QUEUE_MODELS = [tables.Worker, tables.Batch, tables.Task, tables.Attempt, tables.Paused, schedule.Schedule,
                cache.Prepared]

# How long an example takes says more about the machine than about us; tests of that measure it themselves.
hypothesis.settings.register_profile('patient', deadline=None)
hypothesis.settings.load_profile('patient')


def pytest_collection_modifyitems(items):
    """In the mode `worker`, what cannot notice the mode is left out: it runs in the other one.

    `-m redis`: what would notice another Redis. These are the tests that hold one themselves, and those
    with tasks in files that know of the queue; the others meet it through the same calls of `site`.
    """
    if MODE == 'worker':
        items[:] = [item for item in items if {'site_in', *REDIS} & set(item.fixturenames)]
    for item in items:
        if REDIS & set(item.fixturenames) or _knows_the_queue(item.path):
            item.add_marker('redis')


@functools.cache
def _knows_the_queue(path):
    source = path.read_text('utf-8')
    return re.search(r'\bqueue\b|tasks_base', source)


@pytest.fixture(autouse=True)
def real_clock():
    yield
    clock.reset()


@pytest.fixture
def noon():
    """It is noon, so no day ends before the test does."""
    clock.advance(1.5 * 86400 - clock.now() % 86400)


@pytest.fixture
def still_clock(monkeypatch):
    """The time moves by `clock.advance()` only, so no minute and no day begins meanwhile."""
    began = time.time()
    monkeypatch.setattr(clock, 'now', lambda: began + clock._offset)


@pytest.fixture(scope='session')
def redis_url(tmp_path_factory):
    """A Redis for this process of the run: a database of KUMA_REDIS_URL, or a Valkey of our own."""
    if os.environ.get('KUMA_REDIS_URL'):
        number = os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')
        yield f'{os.environ["KUMA_REDIS_URL"].rpartition("/")[0]}/{number}'
        return
    broker = Broker(tmp_path_factory.mktemp('valkey'))
    broker.start()
    yield broker.url
    broker.stop()


@pytest.fixture(scope='session')
def site_template(tmp_path_factory):
    """A migrated database with the cast in it, to be copied for each test."""
    passwords.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    data = tmp_path_factory.mktemp('template') / 'data'
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        create_cast()
    db.database.close_all()
    return data / 'wiki.db'


@pytest.fixture
def site(site_in):
    """A site of its own for each test, in the mode of this run; see tests/base.py."""
    with site_in(MODE) as opened:
        yield opened


@pytest.fixture
def site_in(tmp_path, site_template, request):
    """A function (mode, folder) that gives a site in that mode, as a context manager."""
    @contextlib.contextmanager
    def open_(mode, folder='data'):
        data = tmp_path / folder
        data.mkdir(mode=0o700)
        shutil.copy(site_template, data / 'wiki.db')
        app.configure(settings_for(data))
        with db.connection():
            people = {person.name: person for person in Person.select()}
            stop = _start(mode, request)
            yield Site(people)
            stop()
    return open_


def _start(mode, request):
    """Start the workers or the immediate mode; returns the function that ends it."""
    if mode == 'worker':
        started = consumer.Workers(2, request.getfixturevalue('redis_url'), periodic=False)
        started.start()
        return lambda: started.stop(5)
    modes.start_inline()
    return _quiet


@pytest.fixture
def ledger_db(tmp_path):
    """A database with the tables of the queue alone, and a connection to it."""
    db.open_file(tmp_path / 'wiki.db')
    with db.connection():
        db.database.create_tables(QUEUE_MODELS)
        yield tmp_path


@pytest.fixture
def inline(ledger_db):
    modes.start_inline()
    yield
    _quiet()


@pytest.fixture
def manual(ledger_db):
    modes.start_manual()
    yield
    _quiet()


@pytest.fixture
def workers(ledger_db, redis_url):
    """Real workers on a real Redis."""
    started = consumer.Workers(2, redis_url, periodic=False)
    started.start()
    yield started
    started.stop(5)


@pytest.fixture
def any_mode(request):
    """The mode of this run."""
    request.getfixturevalue('workers' if MODE == 'worker' else 'inline')


@pytest.fixture
def tasks():
    """Forgets the tasks that a test has made."""
    before = set(TASKS)
    yield
    for name, task in list(TASKS.items()):
        if name not in before:
            task.unregister()


def _quiet():
    engine.bell = modes._nothing
