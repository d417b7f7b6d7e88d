"""Upgrades that are killed, run out of room or meet each other: the wiki is that of before or that of after,
never between, and the next start finishes.

From the database of each released version to this one, and on through a migration of many steps that does
what future ones may. Killed at every twelfth step and at a few moments in between; in the long form at each.
"""
import random
import shutil
import subprocess
import sys
import time

import forks
import pytest
import released
import test_disk
import upgrading
from length import either

from kuma_lite import db
from process import CHECKOUT

EVERY, MOMENTS = either((12, 4), (1, 100))
HERE = CHECKOUT / 'tests/faults'
MEANT = {'page.title', 'page.html', 'person.email'}      # what the migration of many steps changes
KUMA = [sys.executable, str(CHECKOUT / 'kuma_lite.py')]


class Upgrade:
    """A wiki of an old version, what it holds, and what it holds after an upgrade that nothing disturbed."""

    def __init__(self, version, work, has_more):
        self.old, self.migrations = work / 'old', work / 'migrations'
        released.unpack(version, self.old)
        shutil.copytree(db.MIGRATIONS, self.migrations)
        if has_more:
            shutil.copy(HERE / 'migration_of_many_steps.py', self.migrations / '9000_many_steps.py')
        self.before = look(self.old)
        began = time.monotonic()
        data = self.copy('undisturbed')
        status, self.steps, self.names = self.run(data)
        self.seconds = time.monotonic() - began
        assert status == 0
        self.after = look(data)
        assert set(released.lost(self.before[1], self.after[1])) <= (MEANT if has_more else set())

    def copy(self, name):
        return shutil.copytree(self.old, self.old.with_name(name))

    def begin(self, data, **options):
        process = forks.process(upgrading.live, data, self.migrations, **options)
        process.start()
        return process

    def run(self, data, **options):
        """(exit status, steps, words) of one process."""
        return ended(data, self.begin(data, **options))

    def check(self, data):
        """Old or new, all of it; the next start finishes, and the one after it has nothing to do."""
        found = look(data)
        assert found in (self.before, self.after)
        assert self.run(data)[::2] == (0, self.names if found == self.before else '')
        assert look(data) == self.after
        assert self.run(data)[::2] == (0, '')
        check_copies(data, self)
        return found == self.after


def ended(data, process):
    process.join(60)
    said = upgrading.said(data, process.pid)
    steps, words = said.read_text().split('\n', 1) if said.exists() else (0, '')
    return process.exitcode, int(steps), words


def look(data):
    """The tables and all that is in them."""
    db.open_file(data / 'wiki.db')
    with db.connection():
        assert not released.complaints()
        found = released.schema(), released.content()
    db.database.close_all()
    return found


def check_copies(data, upgrade):
    """The copy of the old database is whole, alone, and private."""
    if upgrade.names:
        [copy] = (data / 'backups').iterdir()
        assert copy.name == f'before-{upgrade.names.split()[-1]}.db' and copy.stat().st_mode & 0o77 == 0
        shutil.copytree(upgrade.old, data.with_name('back'))
        copy.replace(data.with_name('back') / 'wiki.db')
        assert look(data.with_name('back')) == upgrade.before
        shutil.rmtree(data.with_name('back'))


@pytest.fixture(params=[(version, has_more) for version in released.VERSIONS for has_more in (False, True)],
                ids=lambda param: f'{param[0]}{" and on" if param[1] else ""}', scope='module')
def upgrade(request, tmp_path_factory):
    version, has_more = request.param
    return Upgrade(version, tmp_path_factory.mktemp('upgrade'), has_more)


def test_killed_at_a_step_it_is_of_before_or_after(upgrade):
    last = range(upgrade.steps - 6, upgrade.steps)      # around the end of the transaction
    steps = sorted({*range(random.randint(1, EVERY), upgrade.steps, EVERY), *last})
    are_new = []
    for step in steps:
        data = upgrade.copy(f'step-{step}')
        assert upgrade.run(data, step=step)[0] == -9
        are_new.append(upgrade.check(data))
        shutil.rmtree(data)
    print(f'\n{len(steps)} kills at steps up to {upgrade.steps}, {sum(are_new)} after the commit', end='')
    assert are_new == sorted(are_new), 'it is of after from one step on'
    assert are_new[-1] and are_new[0] is (not upgrade.names)


def test_killed_at_any_moment_it_is_of_before_or_after(upgrade):
    for number in range(MOMENTS):
        data = upgrade.copy(f'moment-{number}')
        process = upgrade.begin(data)
        process.join(random.uniform(0, upgrade.seconds))
        process.kill()
        process.join()
        upgrade.check(data)
        shutil.rmtree(data)


def test_without_room_it_stays_as_it_was_and_says_why(upgrade):
    """For the copy, for the journal of the migration, or for nothing at all."""
    size, refused = (upgrade.old / 'wiki.db').stat().st_size, 0
    for part in (0.05, 0.5, 0.9, 1.05, 1.2, 1.5, 2):
        data = upgrade.copy(f'limit-{part}')
        status, _, words = upgrade.run(data, limit=int(size * part))
        if status == upgrading.REFUSED:
            refused += 1
            assert 'stays at the version before, because the disk is full or' in words
            assert words.endswith('; see to that, and start again.')
            assert look(data) == upgrade.before and not list(data.glob('backups/*.partial'))
        else:
            assert status == 0
        upgrade.check(data)
        shutil.rmtree(data)
    assert refused >= (3 if upgrade.names else 0)


@pytest.mark.parametrize('room', [300, 900, 1700])
def test_on_a_disk_of_its_own_that_is_too_small(tmp_path, room):
    """As the command says it; `room` is in KB. Where nothing may be mounted, a limit was tested above."""
    data = tmp_path / 'data'
    data.mkdir(mode=0o700)
    if not test_disk.may_mount(tmp_path / 'probe'):
        return
    with test_disk.small_disk(data):
        path = released.unpack(released.VERSIONS[0], data)
        before = look(data)
        ballast = data / 'ballast'
        free = shutil.disk_usage(data).free
        ballast.write_bytes(bytes(max(0, free - room * 1024)))
        run = subprocess.run([*KUMA, 'migrate', '--data', data], capture_output=True, text=True)
        if run.returncode:
            assert run.stderr.count('\n') == 1 and 'the disk is full or' in run.stderr
            assert look(data) == before and not list(data.glob('backups/*.partial'))
        assert room > 300 or run.returncode == 1
        ballast.unlink()
        again = subprocess.run([*KUMA, 'migrate', '--data', data], capture_output=True, text=True)
        assert again.returncode == 0 and path.exists()


@pytest.mark.parametrize('together', [True, False], ids=['with the lock of the folder', 'without'])
def test_of_several_at_once_one_does_it(upgrade, together):
    data = upgrade.copy(f'several-{together}')
    found = [ended(data, process) for process in
             [upgrade.begin(data, together=together) for _ in range(4)]]
    did = [words for status, _, words in found if status == 0 and words]
    assert did == [upgrade.names] * bool(upgrade.names)
    for status, _, words in found:
        assert status == 0 or together and 'A site is running' in words
    assert look(data) == upgrade.after
    check_copies(data, upgrade)


def test_a_newer_database_is_refused_in_a_sentence(tmp_path):
    released.unpack(released.VERSIONS[-1], tmp_path / 'data')
    with db.connection():
        db.database.execute_sql(f"INSERT INTO {db.HISTORY} (name, applied) VALUES ('9999_later', '')")
    before = look(tmp_path / 'data')
    for command in ('serve', 'migrate', 'worker'):
        run = subprocess.run([*KUMA, command, '--data', tmp_path / 'data'], capture_output=True, text=True)
        assert run.returncode == 1 and run.stderr.count('\n') == 1
        assert 'written by a newer version of Kuma Lite (it knows "9999_later"); install that' in run.stderr
    assert look(tmp_path / 'data') == before
