"""Write transactions take turns, callbacks follow the commit, migrations copy the data first."""
import threading
import time

import pytest
from peewee import IntegerField, OperationalError

from kuma_lite import db


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
    turns = {'a': 0, 'b': 0}
    until = time.monotonic() + 0.5

    def write(name):
        with db.connection():
            while time.monotonic() < until:
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
        thread.join(5)
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
    with pytest.raises(OperationalError):
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
