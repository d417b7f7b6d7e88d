"""Write transactions take turns, callbacks follow the commit, migrations copy the data first."""
import sys
import threading
import time

import cysqlite
import pytest
from peewee import IntegerField, OperationalError

from kuma_lite import db, sqlite


class Counter(db.BaseModel):
    value = IntegerField()


@pytest.fixture
def counter(tmp_path):
    db.open_file(tmp_path / 'wiki.db')
    with db.connection():
        db.database.create_tables([Counter])
        yield Counter.create(value=0)


def add_one():
    with db.connection(), db.atomic():
        row = Counter.get()         # read, then write: a deferred BEGIN would fail here
        row.value += 1
        row.save()


def test_writers_on_many_threads_lose_nothing(counter):
    threads = [threading.Thread(target=lambda: [add_one() for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter.get().value == 400


def test_no_writer_starves(counter):
    turns, ready = {'a': 0, 'b': 0}, threading.Barrier(2, timeout=30)

    def write(name):
        with db.connection():
            ready.wait()
            while sum(turns.values()) < 300:
                with db.atomic():
                    Counter.update(value=1).execute()
                turns[name] += 1
    threads = [threading.Thread(target=write, args=name) for name in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(turns.values()) > max(turns.values()) / 10


def test_callbacks_run_after_the_lock_is_free(counter):
    done = []

    def write_elsewhere():
        thread = threading.Thread(target=lambda: (add_one(), done.append(1)))
        thread.start()
        thread.join(30)
    with db.atomic():
        db.after_commit(write_elsewhere)
    assert done


def test_a_callback_that_fails_does_not_fail_the_commit(counter, caplog):
    with db.atomic():
        Counter.update(value=7).execute()
        db.after_commit(lambda: 1 / 0)
    assert Counter.get().value == 7 and 'ZeroDivisionError' in caplog.text


def test_a_callback_is_kept_once_and_dropped_by_a_rollback(counter):
    calls = []

    def ring():
        calls.append(1)
    with pytest.raises(KeyError), db.atomic():
        db.after_commit(ring)
        raise KeyError
    assert not calls
    with db.atomic():
        for _ in range(3):
            db.after_commit(ring)
    assert len(calls) == 1


def test_a_failed_transaction_gives_its_turn_back(counter):
    for _ in range(3):
        with pytest.raises(KeyError), db.atomic():
            raise KeyError
    add_one()
    assert Counter.get().value == 1


@pytest.fixture
def full(counter):
    """A database that cannot grow: inserting the many rows of `fill` fails."""
    [[pages]] = db.database.execute_sql('PRAGMA page_count').fetchall()
    db.database.execute_sql(f'PRAGMA max_page_count = {pages + 2}')
    yield
    db.database.manual_close()      # not for the next test


def fill():
    for _ in range(10):
        with db.atomic():
            db.database.execute_sql('INSERT INTO counter (value) VALUES (zeroblob(4000))')


def test_a_full_disk_is_called_by_its_name(full):
    with pytest.raises(OperationalError, match='disk is full') as caught, db.atomic():
        Counter.insert({'value': bytes(40000)}).execute()
    assert db.cannot_write(caught.value) == 'full' and 'disk is full' in db.database.problem
    add_one()
    assert db.database.problem is None


def test_nothing_is_kept_of_a_transaction_that_sqlite_gave_up(full):
    """Not what came before, and not what somebody writes after, who took the error for a small one."""
    with pytest.raises(OperationalError, match='given up'), db.atomic():
        Counter.update(value=7).execute()
        with pytest.raises(OperationalError):
            fill()
        Counter.update(value=8).execute()
    assert [row.value for row in Counter.select()] == [0]


def test_a_transaction_that_sqlite_gave_up_cannot_be_committed(full):
    calls = []
    with pytest.raises(OperationalError, match='given up'), db.atomic():
        db.after_commit(lambda: calls.append(1))
        with pytest.raises(OperationalError):
            fill()
    assert not calls


def seconds_until_refused():
    started = time.monotonic()
    with pytest.raises(OperationalError, match='database is locked'):
        add_one()
    return time.monotonic() - started


def test_one_writer_waits_for_another_process_and_no_crowd(counter, monkeypatch):
    monkeypatch.setitem(db.PRAGMAS, 'busy_timeout', 2000)
    monkeypatch.setattr(sqlite, 'STUCK', 0.3)
    db.open_file(db.database.database)
    other = cysqlite.Connection(db.database.database)
    other.execute('BEGIN IMMEDIATE')
    waits = []
    threads = [threading.Thread(target=lambda: waits.append(seconds_until_refused())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    *crowd, longest = sorted(waits)
    assert 2 <= longest and max(crowd) < 1.8 and seconds_until_refused() < 1.8
    assert db.database.problem == 'database is locked'
    other.execute('ROLLBACK')
    add_one()
    assert db.database.problem is None
    other.close()
    db.database.connect(reuse_if_open=True)


def migrations(folder, **bodies):
    folder.mkdir(exist_ok=True)
    for name, sql in bodies.items():
        (folder / f'{name}.py').write_text(f'def up(migrator, db):\n    db.execute_sql({sql!r})\n')
    return folder


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """A database of its own, and a function that adds a migration."""
    folder = tmp_path / 'migrations'
    monkeypatch.setattr(db, 'MIGRATIONS', folder)
    db.open_file(tmp_path / 'wiki.db')
    return lambda **bodies: migrations(folder, **bodies)


def test_migrations_run_once_in_order(steps):
    steps(**{'0001_a': 'CREATE TABLE a (x)', '0002_b': 'ALTER TABLE a ADD COLUMN y'})
    assert db.migrate() == ['0001_a', '0002_b']
    assert db.migrate() == []


def test_existing_data_is_copied_before_it_is_migrated(steps, tmp_path):
    steps(**{'0001_a': 'CREATE TABLE a (x)'})
    db.migrate()
    assert not (tmp_path / 'backups').exists()
    with db.connection():
        db.database.execute_sql('INSERT INTO a VALUES (42)')
    steps(**{'0002_b': 'ALTER TABLE a ADD COLUMN y'})
    db.migrate()
    [copy] = (tmp_path / 'backups').iterdir()
    db.open_file(copy)
    with db.connection():
        assert db.database.execute_sql('SELECT * FROM a').fetchall() == [(42,)]


def test_a_migration_that_fails_changes_nothing(steps):
    steps(**{'0001_a': 'CREATE TABLE a (x)', '0002_b': 'CREATE TABLE nonsense'})
    with pytest.raises(db.Unusable, match='0002_b failed .*; install that version again, and report this.$'):
        db.migrate()
    with db.connection():
        assert db.database.get_tables() == []
    steps(**{'0002_b': 'ALTER TABLE a ADD COLUMN y'})
    assert db.migrate() == ['0001_a', '0002_b']


def test_two_processes_that_migrate_at_once_do_it_once(steps, tmp_path):
    for name, sql in (('0001_a', 'CREATE TABLE a (x)'), ('0002_b', 'ALTER TABLE a ADD COLUMN y')):
        steps(**{name: sql})
        names = []
        threads = [threading.Thread(target=lambda found=names: found.append(db.migrate())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(names) == [[], [], [], [name]]
    assert [path.name for path in (tmp_path / 'backups').iterdir()] == ['before-0002_b.db']


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / 'wiki.db').write_bytes(bytes(range(256)) * 20)
    db.open_file(tmp_path / 'wiki.db')
    with pytest.raises(db.Unusable, match='wiki.db is damaged'):
        db.migrate()


def test_a_database_from_a_newer_version_is_refused(steps):
    folder = steps(**{'0001_a': 'CREATE TABLE a (x)', '0009_later': 'CREATE TABLE b (x)'})
    db.migrate()
    (folder / '0009_later.py').unlink()
    with pytest.raises(db.Unusable, match='newer version.*0009_later'):
        db.migrate()


@pytest.mark.filterwarnings('ignore::pytest.PytestUnhandledThreadExceptionWarning')
def test_a_thread_that_is_ended_right_after_begin_holds_nobody_up(ledger_db):
    def end():
        with db.connection():
            db.database.begin()
            sys.exit()
    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
    with db.atomic(impatient=True):
        pass
