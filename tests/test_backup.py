"""A backup holds all that was saved before it began, and is there whole or not at all."""
import contextlib
import errno
import json
import os
import re
import resource
import shutil
import signal
import stat
import threading
import time

import pytest

from backup_base import contents, opened
from kuma_lite import __version__, chosen, cli, clock, config, db
from kuma_lite.backup import actions, archive, gentle, making, places, tasks, workshop
from kuma_lite.backup.making import Failed
from kuma_lite.config import settings
from kuma_lite.queue import schedule
from kuma_lite.site import actions as choices


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_holds_what_was_saved_before_it_began_and_can_be_opened_with_tar(site, tmp_path):
    site.page('Tea', 'Hot.')
    site.page('Tea', 'Very hot.')
    blob = places.folder().parent / 'files/ab/cd.png'
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b'\x89PNG')
    made = actions.create(tmp_path / 'tea.tar.gz')
    site.page('Later')
    found = contents(tmp_path / 'tea.tar.gz')
    about = found['manifest.json']
    assert list(found) == ['manifest.json', 'wiki.db', 'config.ini', 'files/ab/cd.png']
    assert found['files/ab/cd.png'] == b'\x89PNG'
    assert (about['pages'], about['revisions'], about['people']) == (1, 2, 5)
    assert (about['version'], about['migrations']) == (__version__, db.known())
    assert about['generation'] == made.manifest.generation > 0
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert actions.verify(made.path) == made.manifest


def test_without_a_name_it_lies_in_the_folder_of_backups(site):
    assert actions.newest() is None
    first = actions.create()
    clock.advance(60)
    second = actions.create()
    assert [kept.path for kept in places.kept()] == [second.path, first.path]
    assert actions.newest().path == second.path
    assert abs(actions.newest().at - clock.now()) < 5


def test_a_folder_gets_a_file_with_a_name_of_its_own(site, tmp_path):
    assert actions.create(tmp_path).path.parent == tmp_path


def test_nothing_is_replaced_and_no_folder_is_made(site, tmp_path):
    (tmp_path / 'there').write_text('mine')
    with pytest.raises(Failed, match='There is a file .*/there already; name another one.'):
        actions.create(tmp_path / 'there')
    with pytest.raises(Failed, match='There is no folder .*/nowhere; make it first.'):
        actions.create(tmp_path / 'nowhere/a.tar.gz')
    assert (tmp_path / 'there').read_text() == 'mine'


SECRETS = {'password': 'mail-pass', 'akismet_key': 'akis-key', 'url': 'redis://me:redis-pass@localhost:6379/3'}


@pytest.fixture
def secretive(site):
    settings.mail.password, settings.spam.akismet_key = SECRETS['password'], SECRETS['akismet_key']
    settings.redis.url, settings.site.name = SECRETS['url'], '# Tee & "Käse" 100%'
    chosen.configure()          # as a start does


def test_settings_are_in_it_without_secrets(secretive, tmp_path):
    found = contents(actions.create(tmp_path / 'a.tar.gz').path)
    ini = found['config.ini'].decode()
    assert not [word for word in ('mail-pass', 'akis-key', 'redis-pass') if word in ini]
    assert 'secret.key' not in found and not found['manifest.json']['secrets']
    (tmp_path / 'a.ini').write_text(ini, 'utf-8')
    read = config.load(tmp_path / 'a.ini', {})
    assert (read.site.name, read.redis.url) == ('# Tee & "Käse" 100%', 'redis://localhost:6379/3')


def test_with_secrets_they_are_all_there(secretive, tmp_path):
    found = contents(actions.create(tmp_path / 'a.tar.gz', with_secrets=True).path)
    (tmp_path / 'a.ini').write_bytes(found['config.ini'])
    forced = {'forced': settings.forced}        # by a flag: that is not in the file
    assert vars(config.load(tmp_path / 'a.ini', {})) | forced == vars(settings)
    assert found['secret.key'] == (places.folder().parent / 'secret.key').read_bytes()
    assert found['manifest.json']['secrets']


def test_what_is_no_plain_file_of_the_wiki_is_left_out_and_named(site, tmp_path):
    inside = places.folder().parent / 'files'
    inside.mkdir()
    (inside / 'good').write_text('x')
    (inside / 'link').symlink_to('/etc/passwd')
    (inside / 'folder').symlink_to('/etc', target_is_directory=True)
    (inside / 'a\nb').write_text('x')
    (inside / ('long' * 60)).write_text('x')
    os.mkfifo(inside / 'pipe')
    made = actions.create(tmp_path / 'a.tar.gz')
    assert [name for name in contents(made.path) if name.startswith('files')] == ['files/good']
    assert made.left_out == [f'files/{name}' for name in ('a\\nb', 'folder', 'link', 'long' * 60, 'pipe')]


def test_a_file_that_changes_while_it_is_copied_makes_no_backup(site, tmp_path, monkeypatch):
    file = places.folder().parent / 'files/a'
    file.parent.mkdir()
    file.write_text('first')
    measured = archive.measured

    def change_after(name, path):
        found = measured(name, path)
        if path == file:
            file.write_text('other')
        return found

    monkeypatch.setattr(archive, 'measured', change_after)
    with pytest.raises(Failed, match='files/a was changed while it was copied; try again.'):
        actions.create(tmp_path / 'a.tar.gz')
    assert files(tmp_path) == ['data']


def test_what_is_written_wrongly_is_noticed(site, tmp_path, monkeypatch):
    """As by a disk that does not keep what it was given."""
    written = archive.write

    def lose_a_bit(stream, first, sources, modified):
        yield from written(stream, first, sources, modified)
        stream.seek(2000)
        stream.write(b'?' * 100)

    monkeypatch.setattr(archive, 'write', lose_a_bit)
    with pytest.raises(Failed, match='No backup was made: .*Keep the older backups'):
        actions.create(tmp_path / 'a.tar.gz')
    assert files(tmp_path) == ['data']


def test_of_a_damaged_database_no_backup_is_made(site, tmp_path, monkeypatch):
    def copy_badly(path):
        db.database.execute_sql('VACUUM INTO ?', (str(path),))
        with open(path, 'r+b') as file:
            file.seek(4096 * 3)
            file.write(bytes(8192))

    monkeypatch.setattr(db, 'copy_to', copy_badly)
    with pytest.raises(Failed, match='No backup was made: its database'):
        actions.create(tmp_path / 'a.tar.gz')
    assert files(tmp_path) == ['data']


@contextlib.contextmanager
def files_up_to(size):
    """No file may grow larger, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize('size', [5_000, 400_000])
def test_a_full_disk_is_told_and_nothing_is_left(site, tmp_path, size):
    before = files(places.folder())
    with files_up_to(size), pytest.raises(Failed, match='no room|too large|I/O|full'):
        actions.create()
    assert files(places.folder()) == before
    site.page('Still works')


def test_a_disk_that_fills_up_while_it_is_packed(site, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(archive, 'write', full)
    with pytest.raises(Failed, match='a.tar.gz cannot be written: No space left on device.'):
        actions.create(tmp_path / 'a.tar.gz')
    assert files(tmp_path) == ['data']


def test_what_a_killed_one_left_is_removed_by_the_next(site, tmp_path):
    left = tmp_path / f'{workshop.PREFIX}left'
    left.mkdir()
    (left / 'wiki.db').write_text('half')
    os.utime(left, (1, 1))
    with workshop.opened(tmp_path) as used:
        os.utime(used, (1, 1))
        actions.create(tmp_path / 'a.tar.gz')
        assert used.exists(), 'somebody is at work there'
    assert files(tmp_path) == ['a.tar.gz', 'data']


@pytest.fixture
def ctrl_c():
    """It is a KeyboardInterrupt, also where a shell has started the tests in the background, ignoring it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_who_is_interrupted_leaves_nothing(site, tmp_path, ctrl_c):
    """Ctrl-C, while it is packed."""
    def interrupt(items, total, noun):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        while True:
            time.sleep(0.01)
            yield next(items)

    (places.folder().parent / 'files').mkdir()
    with open(places.folder().parent / 'files/large', 'wb') as file:
        file.truncate(50 * archive.CHUNK)
    with pytest.raises(KeyboardInterrupt):
        actions.create(tmp_path / 'a.tar.gz', shown=interrupt)
    assert files(tmp_path) == ['data']


# Each night

def nightly():
    return [kept.path for kept in places.kept(places.NIGHTLY)]


def test_one_a_night_and_those_beyond_the_number_go(site):
    asked = actions.create().path
    settings.backup.keep = 2
    made = []
    for _ in range(3):
        tasks.back_up()
        site.settle()
        made[:0] = nightly()[:1]
        clock.advance(24 * 3600)
    assert nightly() == made[:2] and len(set(made)) == 3
    assert asked.exists(), 'what a person made stays'
    assert schedule.next_runs(tasks.back_up.name)


def test_it_may_run_twice(site):
    for _ in range(2):
        tasks.back_up()
        site.settle()
        clock.advance(60)
    assert len(nightly()) == 1


def test_one_from_the_future_does_not_count(site):
    clock.advance(10 * 24 * 3600)
    making.make(places.named(places.NIGHTLY, places.folder()))
    clock.reset()
    tasks.back_up()
    site.settle()
    assert len(nightly()) == 2


def test_old_ones_stay_when_the_new_one_cannot_be_made(site, monkeypatch):
    settings.backup.keep = 1
    tasks.back_up()
    site.settle()
    before = nightly()
    clock.advance(24 * 3600)

    def fails(path):
        raise Failed('No backup was made: its database is damaged.')
    monkeypatch.setattr(making, 'make_apart', fails)
    tasks.back_up()
    site.settle()
    assert nightly() == before


@pytest.mark.parametrize('work, error, says', [
    (sorted, TypeError, 'expected 1 argument'), (os._exit, gentle.Died, 'has died')])
def test_what_happens_in_the_other_process_is_told_in_this_one(work, error, says):
    assert gentle.apart(sorted, [2, 1]) == [1, 2]
    with pytest.raises(error, match=says):
        gentle.apart(work, *([1] if work is os._exit else []))


def test_none_are_made_if_nobody_wants_them(site):
    settings.backup.keep = 0
    tasks.back_up()
    site.settle()
    assert nightly() == []


# As it is typed

@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Types a command in the folder of the test: `typed('backup') == (status, out, err)`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', ['kuma-lite'])

    def run(*words):
        try:
            status = cli.main(list(map(str, words)))
        except SystemExit as stop:      # argparse
            status = stop.code
        return status, *capsys.readouterr()
    yield run
    if not db.database.deferred:
        db.database.close_all()


def test_the_commands(site_in, typed, tmp_path):
    with site_in('inline') as site:
        site.page('Tea')
    status, out, _ = typed('backup', 'a.tar.gz')
    assert status == 0 and out.startswith(f'{tmp_path}/a.tar.gz: Kuma Lite, 1 page with 1 revision, ')
    status, out, _ = typed('restore', 'a.tar.gz', '--verify')
    assert status == 0 and out.startswith('a.tar.gz is whole: Kuma Lite, 1 page with 1 revision, made on ')
    assert json.loads(typed('restore', 'a.tar.gz', '--verify', '--json')[1])['pages'] == 1
    status, out, _ = typed('restore', 'a.tar.gz', '--data', 'other one')
    assert status == 0 and "kuma-lite serve --data 'other one'" in out and 'resume' not in out
    assert typed('restore', 'a.tar.gz', '--data', 'other one')[::2] == (
        1, f'kuma-lite: There is a wiki in {tmp_path}/other one already; give an empty folder with --data, '
        'or move that one away.\n')
    assert 'tasks resume mail.deliver' in typed('restore', 'a.tar.gz', '--data', 'b', '--without-mail')[1]
    assert 'backup.back_up' in typed('tasks', 'schedule', '--json')[1]


@pytest.mark.parametrize('words, status, says', [
    (('backup', '--data', 'a typo'), 1, 'There is no wiki in a typo;'),
    (('restore',), 2, 'FILE'),
    (('restore', 'nothing'), 1, 'There is no file .*/nothing'),
    (('restore', 'nothing', '--verify'), 1, 'There is no file .*/nothing'),
    (('restore', 'no/where/nothing', '--verify'), 1, 'There is no file .*/nothing'),
])
def test_a_wrong_call_is_told_and_makes_nothing(typed, tmp_path, words, status, says):
    done = typed(*words)
    assert done[0] == status and re.search(says, done[2])
    assert files(tmp_path) == []


def test_the_command_knows_what_was_chosen_on_the_web(site_in, typed):
    with site_in('inline') as site:
        choices.choose({'name': 'The tea house'}, site.people.ada, choices.state())
    status, out, _ = typed('backup', 'a.tar.gz')
    assert status == 0 and 'a.tar.gz: The tea house, ' in out


def test_a_backup_changes_no_tables(site_in, typed, tmp_path, monkeypatch):
    """It may come before an upgrade."""
    with site_in('inline'):
        pass
    later = tmp_path / 'later'
    shutil.copytree(db.MIGRATIONS, later)
    (later / '0002_more.py').write_text('def up(migrator, db):\n    pass\n')
    monkeypatch.setattr(db, 'MIGRATIONS', later)
    assert typed('backup', 'a.tar.gz')[0] == 0
    with opened(tmp_path / 'data'):
        assert db.pending() == ['0002_more']
