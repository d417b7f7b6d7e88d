"""Killed at each of our write steps, in turn: the state is the one before or the one after, never
between, and in the end everything is done once.

Most steps are passed many times in a life. In the long form each passing is a kill of its own,
which takes a minute.
"""
import itertools
import multiprocessing
import random
import re
import shutil
from datetime import datetime
from pathlib import Path

import counts
import pytest
import victim
from length import either
from victim import Trace

from kuma_lite import app, db
from kuma_lite.queue.schedule import Schedule
from kuma_lite.queue.tables import Attempt, Batch, Task
from kuma_lite.wiki.models import Page, Revision

PACKAGE = Path(app.__file__).parent
POINTS = ['edit', 'inserted', 'published', 'claimed', 'taken', 'ran', 'completed', 'failed', 'stopped',
          'cancelled', 'expired', 'batch', 'slot', 'handed back']
SECOND = ['rescued']        # it takes a life that has ended before
ELSEWHERE = ['digest']      # of a feature: tests/test_watch_how_often.py stops there
# Of the later passes of a point: in the batch, in five slots, the call that ends the batch; and so on.
LATER = {'inserted': [5, 12, 15], 'ran': [3, 8], 'slot': [5], 'failed': [2]}
ALL = either(False, True)

# Each life is a process of its own, forked from one that has imported everything.
processes = multiprocessing.get_context('forkserver')
processes.set_forkserver_preload(['victim'])

IN_THE_END = {'exactly_once': 'done', 'safe_to_run_twice': 'done', 'fails_at_first': 'done',
              'works': 'done', 'fails': 'dead', 'is_told_to_stop': 'cancelled', 'expires': 'cancelled',
              'unwanted': 'cancelled', 'last': 'done'}
OF_THE_EDIT = ['exactly_once', 'safe_to_run_twice', 'fails_at_first']


@pytest.fixture(scope='module')
def prepared(tmp_path_factory):
    """A data folder before its first life, and where the cursor of its slots stands then."""
    data = tmp_path_factory.mktemp('prepared') / 'data'
    return data, victim.prepare(data)


@pytest.fixture
def begin(prepared, tmp_path):
    """Makes a data folder that has not lived."""
    return lambda number=0: shutil.copytree(prepared[0], tmp_path / f'data{number}')


@pytest.fixture
def check(prepared):
    return lambda data: check_all(data, prepared[1])


def live(data, point='none', hits=1):
    """The exit status of one life."""
    process = processes.Process(target=victim.live, args=(data, point, hits))
    process.start()
    process.join(60)
    return process.exitcode


def test_every_failpoint_is_in_the_list():
    sources = [path.read_text('utf-8') for path in PACKAGE.rglob('*.py')]
    assert set(re.findall(r"\bfailpoint\('(.+?)'\)", ''.join(sources))) == {*POINTS, *SECOND, *ELSEWHERE}


@pytest.mark.parametrize('point', POINTS)
def test_killed_there_everything_is_done_once_in_the_end(begin, check, point):
    for number in itertools.count(1) if ALL else [1, *LATER.get(point, [])]:
        data = begin(number)
        status = live(data, point, number)
        if ALL and number > 1 and status == 0:
            return      # it is not passed that often
        assert status == victim.KILLED, 'the point was not reached'
        check(data)
        assert live(data) == 0
        judge(data, f'{point} {number}')


def test_killed_while_it_rescues(begin, check):
    data = begin()
    assert live(data, 'ran') == victim.KILLED       # a task is running, and its process is gone
    assert live(data, 'rescued') == victim.KILLED
    check(data)
    assert live(data) == 0
    judge(data, 'rescued')


def test_killed_again_and_again_at_random_steps(begin, check):
    data, killed = begin(), 0
    for point in random.sample(POINTS + SECOND, len(POINTS + SECOND)):
        killed += live(data, point, random.randint(1, 4)) == victim.KILLED
        check(data)
    assert live(data) == 0
    check(data)
    judge(data, 'steps at random', kills=killed)
    assert killed


# Between kill and restart

def check_all(data, cursor):
    victim.configure(data)
    with db.connection():
        check_edit()
        check_batch()
        check_slots(cursor)
        check_attempts()
        assert db.database.execute_sql('PRAGMA integrity_check').fetchall() == [('ok',)]
    db.database.close_all()


def check_edit():
    """All of it, with all its tasks, or nothing."""
    edits = [revision.id for revision in Revision.select()]
    assert [page.current_id for page in Page.select()] == edits
    assert traces('edit') == len(edits)
    for name in OF_THE_EDIT:
        assert len(tasks(name)) == len(edits)


def check_batch():
    """All its parts or none; its last call is there exactly if it has ended."""
    batches = list(Batch.select())
    assert Task.select().where(Task.batch.is_null(False)).count() == len(victim.PARTS) * len(batches)
    unfinished = Task.select().where(Task.batch.is_null(False), Task.state.in_(['queued', 'running']))
    for batch in batches:
        assert len(tasks('last')) == (batch.finished_at is not None) == (not unfinished.exists())


def check_slots(before):
    """A row for each minute that the cursor has passed, and none for another."""
    slots = sorted(minute(row.slot.rpartition(' ')[2]) for row in tasks('each_minute'))
    now = Schedule.get_by_id('victim.each_minute').cursor
    assert slots == [before + 60 * number for number in range(1, round((now - before) / 60) + 1)]


def check_attempts():
    """An attempt for each claim that is over; the effects of an atomic task exactly if it is done."""
    for task in Task.select():
        over = task.claim - (task.state == 'running')
        assert Attempt.select().where(Attempt.task == task.id).count() == over
    for name, trace in [('exactly_once', 'exactly once'), ('works', 'part'), ('each_minute', 'minute')]:
        assert traces(trace) == sum(task.state == 'done' for task in tasks(name))


# At the end

def judge(data, point, **more):
    """Each task ended as it must, with its effects there once; or the edit and the batch never were."""
    said = dict(line.split() for line in (data / 'said').read_text().splitlines())
    about = {word: [effect for call in said if said[call] == word for effect in victim.EFFECTS[call]]
             for word in ('acknowledged', 'unknown')}
    victim.configure(data)
    with db.connection():
        states = {task.name.removeprefix('victim.'): task.state for task in Task.select()
                  if task.name.startswith('victim.') and not task.slot}
        left = sorted(row.what for row in Trace.select() if row.what != 'minute')
        open_rows = Task.select().where(Task.state.in_(['queued', 'running'])).count()
    db.database.close_all()
    counts.judge(f'killed at {point}', effects=left, refused=[victim.ROLLED_BACK], **about, **more)
    assert open_rows == 0
    edit_only, of_edit = {name: IN_THE_END[name] for name in OF_THE_EDIT}, victim.EFFECTS['edit']
    assert (states, left) in [({}, []), (edit_only, of_edit),
                              (IN_THE_END, sorted(of_edit + victim.EFFECTS['batch']))]


def tasks(name):
    return list(Task.select().where(Task.name == f'victim.{name}'))


def traces(what):
    return Trace.select().where(Trace.what == what).count()


def minute(slot):
    """Epoch seconds of '2026-11-22T05:00Z'."""
    return datetime.strptime(slot, '%Y-%m-%dT%H:%M%z').timestamp()
