"""Several schedulers on one database, killed and started again at random: each slot runs once.

Thirty slots, about four seconds for each crew; or three hundred. None is unknown, as nobody asks for them;
and none is rolled back for good: another scheduler inserts it, so that one which ran nevertheless counts
as doubled.
"""
import random
import subprocess
import sys
import time
from pathlib import Path

import counts
import pytest
import scheduler
from length import either

from kuma_lite import db
from kuma_lite.queue.crontab import to_minute
from kuma_lite.queue.schedule import Schedule
from kuma_lite.queue.tables import Task

PROGRAM = Path(__file__).with_name('scheduler.py')
SLOTS = either(30, 300)


class Crew:
    """Processes on one database; `restart()` starts those again that are dead."""

    def __init__(self, path, size):
        self._command = [sys.executable, str(PROGRAM), str(path), str(time.time()), str(SLOTS)]
        self._all = [self._start() for _ in range(size)]
        self.deaths = 0

    def _start(self):
        return subprocess.Popen(self._command, stderr=subprocess.DEVNULL)

    def restart(self):
        for place, process in enumerate(self._all):
            if process.poll() is not None:
                assert process.returncode in (9, -9)
                self.deaths += 1
                self._all[place] = self._start()

    def kill(self, processes=None):
        for process in processes or self._all:
            process.kill()
            process.wait()

    def kill_one(self):
        self.kill([random.choice(self._all)])


@pytest.mark.parametrize('size', [2, 4])
def test_each_slot_runs_once(ledger_db, size):
    db.database.create_tables([scheduler.Effect])
    Schedule.create(name='each_minute', cursor=scheduler.START)
    crew = Crew(ledger_db / 'wiki.db', size)
    try:
        trouble(crew)
    finally:
        crew.kill()
    judge(size, crew.deaths)


def trouble(crew):
    """Kill until the clock is at its end and all that is queued has run, or nothing moves any more."""
    until = time.monotonic() + SLOTS * scheduler.MINUTE
    while time.monotonic() < until:
        time.sleep(random.uniform(0.1, 0.6))
        crew.kill_one()
        crew.restart()
    patience = time.monotonic() + 30
    while done() < SLOTS and time.monotonic() < patience:
        crew.restart()
        time.sleep(0.1)


def done():
    return Task.select().where(Task.state == 'done').count()


def judge(size, deaths):
    expected = {f'each_minute {to_minute(scheduler.START + 60 * number):%Y-%m-%dT%H:%MZ}'
                for number in range(1, SLOTS + 1)}
    ran = [row.slot for row in scheduler.Effect.select()]
    counts.judge(f'{size} schedulers', expected, ran, deaths=deaths)
    assert done() == Task.select().count() == SLOTS
    assert deaths >= 3
