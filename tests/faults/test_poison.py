"""Tasks that kill their process, and tasks that never return: they end, and take no other with them."""

import crew
import pytest
from crew import Effect

from kuma_lite.queue import workers
from kuma_lite.queue.tables import Attempt, Task
from process import wait_for


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
    quick = [crew.once(number) for number in range(20)]
    lives = keep_one(crews)
    print(f'\nlives {lives}, dead {Task.select().where(Task.state == "dead").count()}, '
          f'done {Task.select().where(Task.state == "done").count()}')
    assert {Task.get_by_id(task.id).state for task in dangerous} == {'dead'}
    assert {Task.get_by_id(task.id).state for task in [slow, *quick]} == {'done'}
    assert Effect.select().where(Effect.what.startswith('once')).count() == len(quick)
    for task in dangerous:
        assert Attempt.select().where(Attempt.task == task.id).count() == workers.RESCUES + 1


@pytest.mark.parametrize('name', ['sleep_forever', 'compute_forever'])
def test_one_that_never_returns_is_timed_out_and_the_others_are_done(crews, name):
    endless = [getattr(crew, name)() for _ in range(2)]         # both threads of the crew
    quick = [crew.once(number) for number in range(20)]
    crews.start()
    wait_for(at_rest, timeout=30)
    assert {Task.get_by_id(task.id).state for task in endless} == {'timed out'}
    assert {Task.get_by_id(task.id).state for task in quick} == {'done'}
    assert Effect.select().count() == len(quick)
