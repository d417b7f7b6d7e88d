"""10,000 tasks wait when the site starts: neither the first page view nor an urgent task waits for them.

No edit is unknown: one that gets no answer fails the test at once.
"""
import statistics
import time

import pytest
import served
from harness import Served, calling, judge, ledger_of, milliseconds, p95, timed

from kuma_lite import db
from kuma_lite.queue import window
from kuma_lite.queue.tables import Task
from process import wait_for

pytestmark = pytest.mark.alone

BACKLOG = 10_000
STARTS = 2
ROUNDS, EDITS = 3, 10


@pytest.fixture
def busy(tmp_path):
    site = Served(tmp_path / 'busy')
    with calling(site), db.atomic():
        for _ in range(BACKLOG):
            served.slow()
    return site


def test_the_first_page_view_does_not_wait(tmp_path, busy):
    idle = Served(tmp_path / 'idle')
    first(idle), first(busy)        # the disk's cache
    times = [(first(idle), first(busy)) for _ in range(STARTS)]
    without, during = map(statistics.median, zip(*times, strict=True))
    print(f'\nstart to first page: without {without:.2f} s, with {waiting(busy)} tasks {during:.2f} s, '
          f'ratio {during / without:.2f}')
    assert waiting(busy) > BACKLOG / 2
    assert during < 1.3 * without + 0.3


def first(site):
    """Seconds from the start of the process to the first page."""
    def start():
        site.start()
        site.view()
    seconds, _ = timed(start)
    site.stop()
    return seconds


def test_urgent_tasks_overtake_the_backlog(busy):
    idle, loaded = [], []
    with busy:
        first_edit, first_delay = busy.edit(), urgent_delay(busy, 1)
        for _ in range(ROUNDS):
            paused(busy)
            idle += urgent_after_edits(busy)
            resumed(busy)
            loaded += urgent_after_edits(busy)
        assert waiting(busy) > BACKLOG / 10, 'the backlog was over too soon'
        paused(busy)
        wait_for(lambda: not waiting(busy, served.note))
    judge(busy, 'backlog')
    print(f'\nthe first edit after the start took {first_edit * 1000:.0f} ms, its urgent task started '
          f'{first_delay * 1000:.0f} ms after the call\n'
          f'urgent task, call to start: idle {milliseconds(idle)}, with a backlog of tasks of 10 ms '
          f'{milliseconds(loaded)}')
    assert first_delay < 1
    assert statistics.median(loaded) < statistics.median(idle) + 0.1
    assert p95(loaded) < 0.5


def paused(site):
    """Work on nothing but what comes next."""
    with calling(site):
        window.pause(served.slow.name)
        wait_for(lambda: not Task.select().where(Task.state == 'running').exists())
    wait_for(lambda: not running(site))


def resumed(site):
    with calling(site):
        window.resume(served.slow.name)
    wait_for(lambda: running(site))


def running(site):
    with ledger_of(site):
        return Task.select().where(Task.state == 'running').count()


def waiting(site, task=served.slow):
    with ledger_of(site):
        return Task.select().where(Task.name == task.name, Task.state == 'queued').count()


def urgent_after_edits(site):
    """The delays of the urgent tasks of some edits, one edit after the other."""
    delays = []
    for _ in range(EDITS):
        site.edit()
        delays.append(urgent_delay(site, len(site.acknowledged)))
        time.sleep(0.05)        # the edit's other tasks
    return delays


def urgent_delay(site, number):
    """Seconds from the call of the urgent task of the so-manieth edit, in its transaction, to its start."""
    started = Task.select().where(Task.name == served.urgent.name, Task.started_at.is_null(False))
    with ledger_of(site):
        wait_for(lambda: started.count() == number)
        last = started.order_by(Task.id.desc()).get()
    return last.started_at - last.created_at
