"""A restored wiki is the one that was backed up, in a folder that was empty, and does nothing twice."""
import os
import shutil
import stat

import pytest
import released
from logos import png

from backup_base import contents, forged, opened, tree
from kuma_lite import __version__, chosen, clock, config, db, folder
from kuma_lite.accounts import sessions
from kuma_lite.accounts.models import Session
from kuma_lite.backup import actions, making, unpacking, workshop
from kuma_lite.backup.making import Failed
from kuma_lite.config import settings
from kuma_lite.mail import actions as mail
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.mail.tasks import deliver
from kuma_lite.queue import modes, workers
from kuma_lite.queue.tables import Paused, Task
from kuma_lite.site import actions as choices
from kuma_lite.site.models import Picture
from kuma_lite.watch.models import News, Pending
from kuma_lite.wiki.models import Page, Revision


@pytest.fixture
def backup(site_in, tmp_path):
    """The path of a backup of a small wiki."""
    with site_in('inline') as site:
        site.page('Tea', 'Hot.')
        site.page('Tea', 'Very hot.', words='green, Black')
        blob = tmp_path / 'data/files/ab/cd'
        blob.parent.mkdir(parents=True)
        blob.write_bytes(b'blob')
        path = actions.create(tmp_path / 'a.tar.gz', with_secrets=True).path
    db.database.close_all()
    return path


def rows(table):
    return db.database.execute_sql(f'SELECT * FROM {table} ORDER BY 1').fetchall()


def test_it_is_the_same_wiki(backup, tmp_path):
    new = tmp_path / 'new'
    restored = actions.restore(backup, new)
    assert restored.manifest.pages == 1 and restored.migrations == []
    found = {}
    for data in (tmp_path / 'data', new):
        with opened(data):
            found[data] = {table: rows(table) for table in db.database.get_tables() if table != 'worker'}
    assert found[tmp_path / 'data'] == found[new]
    assert (new / 'secret.key').read_bytes() == (tmp_path / 'data/secret.key').read_bytes()
    assert (new / 'files/ab/cd').read_bytes() == b'blob'
    private = {stat.S_IMODE(path.stat().st_mode) for path in new.rglob('*') if path.is_file()}
    assert private == {0o600} and stat.S_IMODE(new.stat().st_mode) == 0o700


@pytest.mark.parametrize('make', (actions.create, making.make_apart))
def test_what_was_chosen_on_the_web_counts_again_and_is_not_among_the_settings(site_in, tmp_path, make):
    with site_in('inline') as site:
        choices.choose({'name': 'The tea house', 'sidebar': 'Beside'}, site.people.ada, choices.state())
        choices.set_logo(png(4, 4), 'A cup', site.people.ada)
        chosen.refresh()
        before = rows('setting'), rows('picture'), chosen.logo()
        made = make(tmp_path / 'a.tar.gz')
    (tmp_path / 'a.ini').write_bytes(contents(made.path)['config.ini'])
    written = config.load(tmp_path / 'a.ini', {})
    assert (written.site.name, written.site.sidebar) == ('Kuma Lite', '')
    assert actions.restore(made.path, tmp_path / 'new').manifest.site == 'The tea house'
    with opened(tmp_path / 'new'):
        chosen.refresh()
        assert (rows('setting'), rows('picture'), chosen.logo()) == before
        assert (settings.site.name, settings.site.sidebar) == ('The tea house', 'Beside')
        assert Picture.get().data == png(4, 4)


def test_checking_leaves_nothing_behind(backup, tmp_path):
    before = tree(tmp_path)
    assert actions.verify(backup).pages == 1
    assert tree(tmp_path) == before


def test_one_that_lies_where_nothing_can_be_written_is_checked_elsewhere(backup, tmp_path, monkeypatch):
    monkeypatch.setattr(os, 'access', lambda path, mode: path != tmp_path)
    elsewhere = tmp_path / 'elsewhere'
    elsewhere.mkdir()
    monkeypatch.setattr(workshop.tempfile, 'tempdir', str(elsewhere))
    assert actions.verify(backup).pages == 1
    assert not any(elsewhere.iterdir())


# Where to

@pytest.mark.parametrize('name, says', [('wiki.db', 'There is a wiki in'), ('notes.txt', 'is not empty')])
def test_a_folder_that_holds_something_stays_as_it_is(backup, tmp_path, name, says):
    target = tmp_path / 'target'
    target.mkdir()
    (target / name).write_text('mine')
    with pytest.raises(Failed, match=f'{says}.*; .*--data'):
        actions.restore(backup, target)
    assert (target / name).read_text() == 'mine'


def test_a_folder_in_use_is_refused(backup, tmp_path):
    with folder.Lock(tmp_path / 'data'), pytest.raises(Failed, match='A site is running'):
        actions.restore(backup, tmp_path / 'data')


def test_a_file_or_a_dead_link_in_its_place_is_refused(backup, tmp_path):
    (tmp_path / 'link').symlink_to(tmp_path / 'gone')
    for target in (backup, tmp_path / 'link'):
        with pytest.raises(Failed, match='is no folder'):
            actions.restore(backup, target)


def test_an_empty_folder_and_a_deep_one_are_taken(backup, tmp_path):
    (tmp_path / 'empty').mkdir(mode=0o755)
    for target in (tmp_path / 'empty', tmp_path / 'a/b/c'):
        actions.restore(backup, target)
        assert stat.S_IMODE(target.stat().st_mode) == 0o700
        assert sorted(path.name for path in target.parent.iterdir() if path.name.startswith('.')) == []
        with opened(target):
            assert Page.at('Tea')


def test_a_disk_of_its_own_is_filled_in_place(backup, tmp_path, monkeypatch):
    target = tmp_path / 'disk'
    (target / 'lost+found').mkdir(parents=True)
    monkeypatch.setattr(os.path, 'ismount', lambda path: path == target)
    rename, order = os.rename, []
    monkeypatch.setattr(os, 'rename', lambda old, new: order.append(new.name) or rename(old, new))
    actions.restore(backup, target)
    assert order[-1] == 'wiki.db', 'without it there is no wiki yet'
    assert sorted(path.name for path in target.iterdir()) == [
        'config.ini', 'files', 'lost+found', 'secret.key', 'wiki.db']


@pytest.mark.parametrize('step', ['migrate', 'settle'])
def test_one_that_fails_on_the_way_leaves_nothing(backup, tmp_path, monkeypatch, step):
    def fails(*args):
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(*{'migrate': (db, 'migrate'), 'settle': (actions.arrival, 'settle')}[step], fails)
    before = tree(tmp_path)
    with pytest.raises(Failed, match='No space left on device'):
        actions.restore(backup, tmp_path / 'new')
    assert tree(tmp_path) == before


def test_too_little_room_is_told_before_anything_is_written(backup, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, 'SPARE', 1 << 60)
    with pytest.raises(Failed, match='This needs .* MB of room, and there are .* MB'):
        actions.restore(backup, tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


# How old it may be

def with_migrations(tmp_path, monkeypatch, *names):
    later = tmp_path / 'later'
    shutil.copytree(db.MIGRATIONS, later)
    for name in names:
        (later / f'{name}.py').write_text('def up(migrator, db):\n'
                                          f'    db.execute_sql("CREATE TABLE t{name} (id INTEGER)")\n')
    monkeypatch.setattr(db, 'MIGRATIONS', later)


def test_an_older_one_is_migrated_after_a_snapshot(backup, tmp_path, monkeypatch):
    with_migrations(tmp_path, monkeypatch, '0002_more', '0003_last')
    assert actions.restore(backup, tmp_path / 'new').migrations == ['0002_more', '0003_last']
    assert [path.name for path in (tmp_path / 'new/backups').iterdir()] == ['before-0003_last.db']
    with opened(tmp_path / 'new'):
        assert db.pending() == [] and 't0002_more' in db.database.get_tables()


@pytest.mark.parametrize('version', released.VERSIONS)
def test_one_of_a_version_that_was_released_is_migrated(tmp_path, version):
    before = (released.unpack(version, tmp_path / 'old'), look(released.content))[1]
    archive, new = released.DATABASES / f'{version}.tar.gz', tmp_path / 'new'
    assert actions.verify(archive).version == version
    done = actions.restore(archive, new)
    assert done.migrations == db.known()[len(done.manifest.migrations):]
    with opened(new):
        assert not db.pending() and not released.complaints()
        lost = {place.split('.')[0] for place in released.lost(before, released.content())}
    assert lost <= {'task', 'attempt', 'worker', 'session', 'pending', 'delivery'}, 'see `arrival`'
    assert (new / 'files/ab/cd').read_bytes() == bytes(range(256))
    assert (new / 'secret.key').stat().st_size >= 32


def look(at):
    with db.connection():
        return at()


def test_one_whose_migration_fails_leaves_nothing(backup, tmp_path, monkeypatch):
    with_migrations(tmp_path, monkeypatch, '0002 more')     # that is no name of a table
    with pytest.raises(Failed, match='a.tar.gz was not restored. The database stays at the version before'):
        actions.restore(backup, tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_a_newer_one_says_which_version_it_needs(site_in, backup, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        with_migrations(tmp_path, patch, '0002_more')
        db.open_file(tmp_path / 'data/wiki.db')
        db.migrate()
        patch.setattr('kuma_lite.backup.making.__version__', '0.7.2')
        newer = actions.create(tmp_path / 'newer.tar.gz').path
    says = f'by Kuma Lite 0.7.2, and this is {__version__}; install that version or a newer one.'
    for call in (lambda: actions.restore(newer, tmp_path / 'new'), lambda: actions.verify(newer)):
        with pytest.raises(Failed, match=says):
            call()
    assert not (tmp_path / 'new').exists()


def test_another_form_of_the_file_says_so_too(backup, tmp_path):
    newer = forged(tmp_path / 'b.tar.gz', contents(backup), format=2, version='3.0')
    with pytest.raises(Failed, match='by Kuma Lite 3.0, and this is'):
        actions.verify(newer)


def test_a_version_that_is_no_version_is_not_repeated(backup, tmp_path):
    newer = forged(tmp_path / 'b.tar.gz', contents(backup), format=2, version='1\x1b[2J; rm -rf /')
    with pytest.raises(Failed, match='by Kuma Lite of another age, and'):
        actions.verify(newer)


# What it does not do again

def test_everybody_logs_in_anew(site_in, tmp_path):
    with site_in('inline') as site:
        token = sessions.start_session(site.people.edda)
        made = actions.create(tmp_path / 'a.tar.gz')
        assert sessions.person_for_session(token)
    actions.restore(made.path, tmp_path / 'new')
    with opened(tmp_path / 'new'):
        assert not Session.select().exists() and not sessions.person_for_session(token)


@pytest.fixture
def waiting(site_in, tmp_path):
    """A backup in which two mails, a task and some news wait."""
    with site_in('inline') as site:
        site.page('Tea')
        modes.start_manual()
        mail.post('revision:1', 'Tea', 'It is hot.', [mail.Recipient('a@example.org'),
                                                      mail.Recipient('b@example.org')])
        sent = Delivery.get(Delivery.address == 'b@example.org')
        Delivery.update(state='sent').where(Delivery.id == sent.id).execute()
        page, revision = Page.at('Tea'), Revision.get()
        for key, hours in [('past', -1), ('future', 1)]:
            news = News.create(key=key, kind='changed', page=page, revision=revision, place='tea', at=1)
            Pending.create(person=site.people.wanda, news=news, page=page, at=1,
                           due_at=clock.now() + 3600 * hours)
        site.page('Later')
        return actions.create(tmp_path / 'a.tar.gz').path


def test_mails_that_waited_stay_unsent_until_somebody_sends_them(waiting, tmp_path):
    assert actions.restore(waiting, tmp_path / 'new').held == 1
    with opened(tmp_path / 'new'):
        modes.start_manual()
        modes.drain()
        [held] = Delivery.select().where(Delivery.address == 'a@example.org')
        assert (held.state, held.attempts) == ('refused', 0)
        assert held.last_words.startswith('It waited when the backup of 20')
        assert Delivery.select().where(Delivery.state == 'sent').count() == 1
        assert mail.retry(held)
        modes.drain()
        assert Delivery.get_by_id(held.id).state == 'sent'
        assert len(list((tmp_path / 'new/outbox').iterdir())) == 1


def test_other_tasks_run(waiting, tmp_path):
    actions.restore(waiting, tmp_path / 'new')
    with opened(tmp_path / 'new'):
        modes.start_manual()
        waits = Task.select().where(Task.state == 'queued', Task.name != deliver.name)
        assert waits.exists()
        modes.drain()
        assert not waits.exists()


def test_news_whose_time_has_come_are_not_mailed_again(waiting, tmp_path):
    actions.restore(waiting, tmp_path / 'new')
    with opened(tmp_path / 'new'):
        assert [row.news.key for row in Pending.select()] == ['future']


def test_a_copy_to_try_out_sends_no_mail_at_all(waiting, tmp_path):
    actions.restore(waiting, tmp_path / 'new', without_mail=True)
    with opened(tmp_path / 'new'):
        modes.start_manual()
        mail.post('revision:9', 'New', 'Text', [mail.Recipient('c@example.org')])
        modes.drain()
        assert [row.name for row in Paused.select()] == [deliver.name]
        assert not (tmp_path / 'new/outbox').exists() and Message.get(Message.key == 'revision:9')


def test_a_task_that_was_running_starts_anew_and_loses_no_try(site_in, tmp_path):
    with site_in('inline') as site:
        modes.start_manual()
        site.page('Tea')
        worker = workers.register()
        Task.update(state='running', worker=worker, claim=1, attempt=1, started_at=clock.now()).execute()
        made = actions.create(tmp_path / 'a.tar.gz')
    actions.restore(made.path, tmp_path / 'new')
    with opened(tmp_path / 'new'):
        assert {(task.state, task.attempt, task.suspect) for task in Task.select()} == {('queued', 0, False)}
