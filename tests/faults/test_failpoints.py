"""The engine killed at each of its write steps: the state is the one before or the one after."""
import subprocess
import sys
from pathlib import Path

import pytest
import victim

from kuma_lite import db
from kuma_lite.queue.tables import Attempt, Task

VICTIM = Path(__file__).with_name('victim.py')
POINTS = ['inserted', 'published', 'claimed', 'ran', 'completed', 'failed']


def run(path, point):
    return subprocess.run([sys.executable, str(VICTIM), str(path), point], check=False).returncode


@pytest.mark.parametrize('point', POINTS)
def test_killed_there_everything_is_done_once_in_the_end(tmp_path, point):
    path = tmp_path / 'wiki.db'
    assert run(path, point) == 9, 'the point was not reached'
    check(path)
    assert run(path, 'none') == 0
    judge(path)


def test_killed_while_it_rescues(tmp_path):
    path = tmp_path / 'wiki.db'
    assert run(path, 'ran') == 9        # a task is running, and its process is gone
    assert run(path, 'rescued') == 9
    check(path)
    assert run(path, 'none') == 0
    judge(path)


def test_killed_again_and_again(tmp_path):
    path = tmp_path / 'wiki.db'
    for point in POINTS:
        run(path, point)
    for _ in range(3):
        run(path, 'none')
    judge(path)


def check(path):
    """Between kill and restart: an edit with all its tasks, or nothing at all."""
    db.open_file(path)
    with db.connection():
        edits = victim.Effect.select().where(victim.Effect.task == 'edit').count()
        assert Task.select().count() == 3 * edits
        assert db.database.execute_sql('PRAGMA integrity_check').fetchall() == [('ok',)]
    db.database.close_all()


def judge(path):
    """At the end: each task done, each effect there once; or, if the edit was never committed, nothing."""
    db.open_file(path)
    with db.connection():
        effects = sorted(row.task for row in victim.Effect.select())
        states = [row.state for row in Task.select()]
        running = Attempt.select().where(Attempt.outcome == 'running').count()
    db.database.close_all()
    assert (effects, states) in [([], []), (['edit', 'exactly once', 'safe', 'tried'], ['done'] * 3)]
    assert running == 0
