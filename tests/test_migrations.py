"""The migrations make exactly the tables that the models describe, also of an old wiki, and lose nothing.

What is killed in the middle of them stands in `faults/test_upgrades.py`.
"""
import os
import sys
from urllib.parse import quote

import pytest
import released
from argon2 import PasswordHasher

from base import Site, settings_for
from kuma_lite import app, db, folder, serve, snapshots
from kuma_lite.accounts import passwords
from kuma_lite.config import settings
from kuma_lite.queue import modes
from kuma_lite.sqlite import Database

sys.path.append(str(released.DATABASES))

import make


def test_the_migrated_tables_are_those_of_the_models(tmp_path):
    db.open_file(tmp_path / 'migrated.db')
    db.migrate()
    with db.connection():
        migrated = released.schema()
    assert migrated == of_the_models(tmp_path)


def of_the_models(tmp_path):
    db.open_file(tmp_path / 'models.db')
    with db.connection():
        db.database.create_tables(app.MODELS)
        return released.schema()


def test_a_second_run_does_nothing(tmp_path):
    db.open_file(tmp_path / 'wiki.db')
    assert db.migrate() and not db.migrate()


def test_a_start_waits_for_whoever_changes_the_tables_however_long_that_takes(site, monkeypatch):
    monkeypatch.setattr(serve, 'TRIES', 1)
    alone, said = folder.Lock(settings.server.data), []

    def told(words):
        said.append(words)
        alone.release()     # what the other does has come to its end

    monkeypatch.setattr(serve.log, 'warning', told)
    starting = serve.Site()
    with alone:
        starting._share_tables(serve.Stopping())
    assert starting.locks[0].held and said == ['Waiting for another process, which changes the tables …']
    starting.stop()


def test_a_signal_ends_such_a_wait(site):
    stopping, starting = serve.Stopping(), serve.Site()
    stopping.ask()
    with folder.Lock(settings.server.data), pytest.raises(serve.CannotStart, match='before the tables'):
        starting._share_tables(stopping)
    starting.stop()


# From every version that was released

@pytest.fixture(params=released.VERSIONS)
def old(request, tmp_path):
    """The path of the database of an old wiki, which is open."""
    yield released.unpack(request.param, tmp_path / 'data')
    db.database.close_all()


def look():
    with db.connection():
        return released.schema(), released.content()


def test_an_old_wiki_keeps_all_that_it_held(old, tmp_path):
    schema, content = look()
    names = db.pending()
    assert db.migrate() == names and db.migrate() == []
    with db.connection():
        assert not released.complaints()
        assert not released.lost(content, released.content())
        migrated = released.schema()
    assert migrated == of_the_models(tmp_path)
    if names:
        [copy] = (tmp_path / 'data/backups').iterdir()
        assert copy.name == f'before-{names[-1]}.db' and copy.stat().st_mode & 0o77 == 0
        db.open_file(copy)
        assert look() == (schema, content)


def test_it_is_a_wiki_that_works(old, tmp_path):
    app.configure(settings_for(tmp_path / 'data'))
    db.migrate()
    with db.connection():
        modes.start_manual()
        modes.drain()
        site = Site({})
        assert '煎茶' in site.app.get('/docs/Tea/Green_tea')
        assert 'žluťoučký' in site.app.get(quote('/docs/Čaj'))
        assert '/docs/Tea/Green_tea' in site.app.get('/search?q=sencha')
        assert 'Cup 2' in site.app.get('/docs/Tea$revision/11')
        site.app.get('/docs/Rules', status=401)
        form = site.app.get('/login').forms['login']
        form['name'], form['password'] = 'edda', make.PASSWORD
        assert form.submit().status_int == 303 and site.app.get('/account').status_int == 200


def test_the_program_that_makes_them_fills_every_table(tmp_path, monkeypatch):
    """If this fails because of a table of yours, give it rows in databases/make.py that mean something."""
    monkeypatch.setattr(passwords, 'hasher', PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    make.make(tmp_path / 'data')
    make.check()
    db.database.close_all()


# Whatever a migration does

@pytest.fixture
def parents(tmp_path, monkeypatch):
    """A small database whose table `child` belongs to `parent`, and a function that adds a migration."""
    folder = tmp_path / 'migrations'
    folder.mkdir()
    monkeypatch.setattr(db, 'MIGRATIONS', folder)

    def add(name, *lines):
        (folder / f'{name}.py').write_text('\n    '.join(['def up(migrator, db):', *lines]))
    add('0001_first', 'db.execute_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")',
        'db.execute_sql("CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)")')
    db.open_file(tmp_path / 'wiki.db')
    db.migrate()
    with db.connection():
        db.database.execute_sql("INSERT INTO parent VALUES (1, 'Ann'), (2, 'Bob')")
        db.database.execute_sql('INSERT INTO child VALUES (1), (2), (2)')
    yield add
    db.database.close_all()


def children():
    with db.connection():
        return db.database.execute_sql('SELECT count(*) FROM child').fetchone()[0]


def test_a_table_is_rebuilt_and_keeps_what_belongs_to_it(parents):
    parents('0002_rebuild', 'migrator.migrate(migrator.drop_not_null("parent", "name", legacy=True))')
    assert db.migrate() == ['0002_rebuild'] and children() == 3
    with db.connection():
        db.database.execute_sql('DELETE FROM parent WHERE id = 2')
    assert children() == 1, 'from then on what belongs to a row goes with it again'


@pytest.mark.parametrize('lines, says', [
    (['db.execute_sql("DELETE FROM parent WHERE id = 2")'], 'rows would belong to something'),
    (['db.execute_sql("DROP TABLE child")', '{}["a"]'], "KeyError: 'a'"),
    (['db.execute_sql("DROP TABLE child")', 'db.execute_sql("SELECT nonsense")'], 'no such column'),
    (['db.execute_sql("UPDATE child SET parent_id = 1")', 'raise OSError(5, "Oh\\nno")'], 'OSError: .*no'),
    (['this is no Python'], 'SyntaxError')])
def test_one_that_fails_is_told_in_a_sentence_and_changes_nothing(parents, lines, says):
    before = look()
    parents('0002_good', 'db.execute_sql("CREATE TABLE more (x)")')
    parents('0003_bad', *lines)
    for _ in range(2):
        with pytest.raises(db.Unusable, match=f'0003_bad failed .*{says}.*; install that') as caught:
            db.migrate()
        assert '\n' not in str(caught.value)
        assert look() == before
    parents('0003_bad', 'db.execute_sql("CREATE TABLE good (x)")')
    assert db.migrate() == ['0002_good', '0003_bad']


def test_a_full_disk_in_the_middle_leaves_the_old_database(parents):
    before = look()
    parents('0002_large', 'db.execute_sql("CREATE TABLE large AS SELECT zeroblob(100000) AS x")')
    with db.connection():
        db.database.execute_sql('PRAGMA max_page_count = 12')
        with pytest.raises(db.Unusable, match='the disk is full or .*; see to that, and start again.$'):
            db.migrate()
        assert look() == before
        db.database.manual_close()      # not for the next one
    assert db.migrate() == ['0002_large']


def test_a_folder_of_copies_that_cannot_be_written_is_told(parents, tmp_path):
    (tmp_path / 'backups').write_text('a file')
    before = look()
    parents('0002_more', 'db.execute_sql("CREATE TABLE more (x)")')
    with pytest.raises(db.Unusable, match='backups cannot be written .*; see to that, and start again.$'):
        db.migrate()
    assert look() == before


def test_a_damaged_database_is_told_before_anything_changes(old):
    whole = old.read_bytes()
    middle = len(whole) // 2
    broken = whole[:middle] + b'\xff' * 100_000 + whole[middle + 100_000:]
    old.write_bytes(broken)
    with pytest.raises(db.Unusable, match='wiki.db is damaged .*; restore a backup.$'):
        db.migrate()
    assert old.read_bytes()[100:] == broken[100:]       # before that stands which journal it has


# The copy that is made before

def test_the_copy_is_on_disk_before_the_tables_change(parents, tmp_path, monkeypatch):
    happened = []

    def noted(owner, name, what):
        call = getattr(owner, name)

        def passing(*args, **kwargs):
            words = what(*args)
            happened.extend([words] if words else [])
            return call(*args, **kwargs)
        monkeypatch.setattr(owner, name, passing)

    noted(os, 'fsync', lambda number: f'sync {os.path.basename(os.readlink(f"/proc/self/fd/{number}"))}')
    noted(os, 'replace', lambda old, new: f'{old.name} becomes {new.name}')
    noted(Database, 'execute_sql', lambda self, sql, *params: 'change' if 'TABLE more' in sql else '')
    parents('0002_more', 'db.execute_sql("CREATE TABLE more (x)")')
    db.migrate()
    assert happened == [f'sync {tmp_path.name}', 'sync before-0002_more.partial',
                        'before-0002_more.partial becomes before-0002_more.db', 'sync backups', 'change']


def test_only_the_last_copies_stay_and_nothing_unfinished(parents, tmp_path):
    backups = tmp_path / 'backups'
    backups.mkdir()
    mine = {'mine.db', 'nightly-2026-11-22T031000Z.tar.gz'}
    for name in (*mine, 'before-0001_x.1234abcd.partial', 'before-0002_a.partial'):
        (backups / name).write_text('x')
    for number in range(2, 6):
        parents(f'000{number}_a', f'db.execute_sql("CREATE TABLE made_{number} (x)")')
        db.migrate()
    assert snapshots.KEPT == 2
    assert {path.name for path in backups.iterdir()} == {*mine, 'before-0004_a.db', 'before-0005_a.db'}
