"""A transaction that holds up all others is ended under the hands of its thread, and leaves nothing."""
import threading
import time

import pytest
from peewee import IntegerField, OperationalError

from kuma_lite import db, sqlite

ENDLESS = 'WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r'


class Counter(db.BaseModel):
    value = IntegerField()


@pytest.fixture
def counter(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite, 'LONGEST', 0.2)
    db.open_file(tmp_path / 'wiki.db')
    with db.connection():
        db.database.create_tables([Counter])
        yield Counter.create(value=0)


class Stuck(threading.Thread):
    """Writes 7, hangs in `hang`, tries to write 8; then, out of that transaction, adds a row of 9."""

    def __init__(self, hang):
        super().__init__()
        self._hang = hang
        self.errors = []
        self.hangs, self.go_on = threading.Event(), threading.Event()
        self.start()
        assert self.hangs.wait(30)

    def run(self):
        with db.connection():
            try:
                with db.atomic():
                    Counter.update(value=7).execute()
                    self.hangs.set()
                    self._hang(self)
                    Counter.update(value=8).execute()
            except OperationalError as error:
                self.errors.append(str(error))
            add_nine()


def add_nine():
    with db.atomic():
        Counter.create(value=9)


def values():
    return [row.value for row in Counter.select().order_by(Counter.id)]


def test_another_takes_its_turn_and_it_learns_of_it(counter):
    stuck = Stuck(lambda stuck: stuck.go_on.wait(30))
    time.sleep(0.25)
    assert 'test_sqlite.py' in db.database.end_stuck()
    add_nine()
    stuck.go_on.set()
    stuck.join(30)
    assert stuck.errors == [sqlite.TOO_LONG] and values() == [0, 9, 9]
    assert not db.cannot_write(OperationalError(sqlite.TOO_LONG)), 'it is the fault of the task'


def test_one_in_an_endless_query_is_interrupted(counter):
    stuck = Stuck(lambda stuck: db.database.execute_sql(ENDLESS).fetchall())
    time.sleep(0.25)
    assert db.database.end_stuck()
    stuck.join(30)
    assert not stuck.is_alive() and values() == [0, 9]
    assert len(stuck.errors) == 1       # in which words, depends on where it was just then


def test_one_with_a_query_half_read(counter):
    def read_on(stuck):
        rows = iter(db.database.execute_sql('SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3'))
        next(rows)
        stuck.go_on.wait(30)
    stuck = Stuck(read_on)
    time.sleep(0.25)
    assert db.database.end_stuck()
    stuck.go_on.set()
    stuck.join(30)
    assert stuck.errors == [sqlite.TOO_LONG] and values() == [0, 9]


def test_a_short_transaction_is_left_alone(counter, monkeypatch):
    monkeypatch.setattr(sqlite, 'LONGEST', 30)
    with db.atomic():
        Counter.update(value=1).execute()
        assert db.database.end_stuck() == ''
    assert db.database.end_stuck() == '' and values() == [1]


@pytest.mark.parametrize('seconds', [0.15, 0.2, 0.201, 0.25])
def test_whoever_ends_at_that_very_moment_has_committed_or_has_an_error(counter, seconds):
    """Many times, with somebody who looks all the while: never half, and the turn is free afterwards."""
    over, committed = threading.Event(), 0

    def look():
        while not over.wait(0.0002):
            db.database.end_stuck()
    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(4):
            try:
                with db.atomic():
                    Counter.create(value=1)
                    time.sleep(seconds)
                    Counter.create(value=2)
                committed += 1
            except OperationalError as error:
                assert str(error) == sqlite.TOO_LONG or 'readonly' in str(error)
    finally:
        over.set()
        thread.join()
    assert values() == [0] + [1, 2] * committed
    add_nine()
