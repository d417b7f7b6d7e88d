"""A backup every two seconds while people edit, and everything is killed again and again: the site, its
Valkey, and every third backup. Each that is finished is whole, can be restored and holds every edit that
was acknowledged before it began; one that was killed has left nothing that looks finished.

For eight seconds, or two minutes.
"""
import random
import subprocess
import sys
import threading
import time
from typing import NamedTuple

import counts
import noting_site
import test_kills
from length import either
from noting_site import PROGRAM, ROLL_BACK

from base import settings_for
from kuma_lite import app, db
from kuma_lite.backup import actions, workshop
from process import CHECKOUT, Process

SECONDS = either(8, 120)
EVERY = 2


class Try(NamedTuple):
    path: object
    said: set           # the edits that were acknowledged before it began
    is_finished: bool


class Copier(threading.Thread):
    """Makes backups by the command, as somebody's script might; kills every third of them half-way."""

    def __init__(self, data, editors):
        super().__init__(daemon=True)
        self.data, self.editors, self.tries, self.stopping = data, editors, [], False

    def run(self):
        while not self.stopping:
            again = time.monotonic() + EVERY
            self.tries.append(self._try(len(self.tries)))
            time.sleep(max(0, again - time.monotonic()))

    def _try(self, number):
        path = self.data.with_name(f'backup-{number}.tar.gz')
        said = {text for editor in self.editors for text in list(editor.acknowledged)}
        command = [sys.executable, CHECKOUT / 'kuma_lite.py', 'backup', path, '--data', self.data]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            if number % 3 == 2:
                self._wait_for_work(process)
                time.sleep(random.choice([0, 0.02, 0.05, 0.1]) if number > 2 else 0)
                process.kill()
            words = process.communicate()[0]
        assert process.returncode in (0, -9), words
        return Try(path, said, process.returncode == 0)

    def _wait_for_work(self, process):
        """Until it has begun to write."""
        while process.poll() is None and not list(self.data.parent.glob(f'{workshop.PREFIX}*')):
            time.sleep(0.005)


def test_a_finished_backup_holds_all_that_was_acknowledged_before_it_began(tmp_path):
    data = tmp_path / 'data'
    token = test_kills.prepare(data)
    site = Process(data, program=PROGRAM).start()
    editors = [test_kills.Editor(site, token, path) for path in test_kills.PAGES]
    copier = Copier(data, editors)
    for thread in (*editors, copier):
        thread.start()
    kills = torment(site)
    for thread in (copier, *editors):
        thread.stopping = True
        thread.join()
    site.stop()
    finished = [one for one in copier.tries if one.is_finished]
    there = [one for one in copier.tries if one.path.exists()]      # one may be killed after its last step
    assert {one.path for one in finished} <= {one.path for one in there}
    said = [(number, text) for number, one in enumerate(there) for text in one.said]
    kept = [(number, text) for number, one in enumerate(there) for text in restored(one)]
    counts.judge('backups', said, kept, None, finished=len(finished),
                 killed=len(copier.tries) - len(finished), kills_of_the_site=kills)
    assert len(finished) >= SECONDS / EVERY / 3 and kills and len(finished) < len(copier.tries)
    assert max(len(one.said) for one in finished) > 20


def torment(site):
    """Kill the site or its Valkey at random moments; returns how often."""
    kills, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(random.uniform(0.5, 3))
        kills += 1
        if random.random() < 1 / 3:
            test_kills.kill_valkey(site)
        else:
            site.kill()
            test_kills.start_again(site)
    return kills


def restored(one):
    """Those edits of a backup, restored, that were acknowledged before it began."""
    data = one.path.with_name(f'{one.path.name}-restored')
    actions.restore(one.path, data)
    app.configure(settings_for(data))
    with db.connection():
        stored = noting_site.stored()
        assert db.database.execute_sql('PRAGMA integrity_check').fetchall() == [('ok',)]
        assert not db.database.execute_sql('PRAGMA foreign_key_check').fetchall()
    db.database.close_all()
    assert not [text for text in stored if ROLL_BACK in text]
    return [text for text in stored if text in one.said]
