"""Tasks that kill their process, and tasks that never return: they end, and take no other with them.

No call is unknown: the test itself makes them. `slow` is not counted, which may run twice.
"""
import crew
import pytest

from kuma_lite.queue import workers
from kuma_lite.queue.tables import Attempt, Task
from process import wait_for

OTHERS = 20         # tasks that are called beside them


def at_rest():
    return not Task.select().where(Task.state.in_(['queued', 'running'])).exists()


def keep_one(crews):
    """A supervisor: whenever the process has died, another one is started, until all tasks have ended."""
    lives = 0
    while not at_rest():
        wait_for_end(crews.start())
        lives += 1
    return lives


def wait_for_end(process):
    wait_for(lambda: process.poll() is not None or at_rest(), timeout=60)


@pytest.mark.parametrize('poisons', [['kill'], ['leave_at_once', 'kill_in_lane']])
def test_one_that_kills_its_process_ends_dead_and_the_others_are_done(crews, poisons):
    slow = crew.slow(3)         # it runs beside them
    dangerous = [getattr(crew, name)() for name in poisons]
    for number in range(OTHERS):
        crew.call_once(number)
    lives = keep_one(crews)
    dead = Task.select().where(Task.state == 'dead').count()
    crew.judge(f'poison {" and ".join(poisons)}', OTHERS, lives=lives, dead=dead)
    assert {Task.get_by_id(task.id).state for task in dangerous} == {'dead'}
    assert Task.get_by_id(slow.id).state == 'done'
    for task in dangerous:
        assert Attempt.select().where(Attempt.task == task.id).count() == workers.RESCUES + 1


@pytest.mark.parametrize('name, end', [
    ('sleep_forever', 'timed out'), ('compute_forever', 'timed out'), ('hold_forever', 'timed out'),
    ('query_forever', 'dead')])       # its query ends with an error, and so does its only try
def test_one_that_never_returns_ends_and_the_others_are_done(crews, name, end):
    """Also one that holds the database: its transaction is rolled back under its hands."""
    endless = [getattr(crew, name)() for _ in range(2)]         # both threads of the crew
    for number in range(OTHERS):
        crew.call_once(number)
    crews.start()
    wait_for(at_rest, timeout=30)
    assert {Task.get_by_id(task.id).state for task in endless} == {end}
    crew.judge(f'poison {name}', OTHERS)
