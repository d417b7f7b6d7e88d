"""What several of the fault tests hold."""
import contextlib
import fcntl
import os

import crew
import pytest

from kuma_lite import db


@pytest.fixture(autouse=True)
def room(request, tmp_path_factory):
    """Several processes share the fault tests; while one runs that is marked `alone`, the others wait.

    Without this the times it compares would be those of another test.
    """
    alone = request.node.get_closest_marker('alone')
    if 'PYTEST_XDIST_WORKER' not in os.environ:
        yield
        return
    place = tmp_path_factory.getbasetemp().parent
    with open(place / 'door', 'w') as door, open(place / 'room', 'w') as room:
        with locked(door, fcntl.LOCK_EX):       # who waits for the room keeps others from entering
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def locked(file, how):
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


@pytest.fixture
def crews(ledger_db, redis_url):
    """Starts processes of workers, see crew.py; the test has a connection to their database."""
    db.database.create_tables([crew.Effect])
    crews = crew.Crews(ledger_db / 'wiki.db', redis_url)
    yield crews
    crews.end()
