"""A process that is put to sleep (SIGSTOP) until it is given up, and then goes on, spoils nothing.

Two crews are put to sleep or killed at random, three times or twenty. No call is unknown: the test itself
makes them, and ends with one that fails.
"""
import os
import random
import signal
import time

import crew
import pytest
from crew import Effect
from length import either
from peewee import OperationalError

from kuma_lite import db
from kuma_lite.queue.tables import Attempt, Task, Worker
from process import wait_for

SLEEPS = either(3, 20)


def is_asleep(process):
    return os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])


def state_of(handle):
    return Task.get_by_id(handle.id).state


@pytest.mark.parametrize('point, task, runs', [('taken', 'once', 1), ('ran', 'slow', 2)])
def test_one_that_was_given_up_cannot_complete_and_goes_on_under_a_new_number(crews, point, task, runs):
    sleeper = crews.start('--pause-at', point)
    handle = getattr(crew, task)(0)
    assert is_asleep(sleeper)
    other = crews.start()
    wait_for(lambda: state_of(handle) == 'done')
    sleeper.send_signal(signal.SIGCONT)
    wait_for(lambda: Worker.select().where(Worker.pid == sleeper.pid).count() == 2)
    other.kill()
    later = crew.once(1)
    wait_for(lambda: state_of(later) == 'done')
    assert [row.outcome for row in Attempt.select().order_by(Attempt.id)] == ['rescued', 'done', 'done']
    assert Effect.select().where(Effect.what.startswith(f'{task}')).count() == runs + (task == 'once')
    assert Effect.get(Effect.what == 'once 1').pid == str(sleeper.pid)


@pytest.mark.parametrize('point', ['completed'])
def test_one_that_falls_asleep_in_a_transaction_delays_the_others_until_it_wakes_up(crews, point):
    sleeper = crews.start('--pause-at', point)
    handle = crew.once(0)
    assert is_asleep(sleeper)
    crews.start(wait=False)
    time.sleep(crew.DEAD + 1)       # others wait five seconds for the database
    assert state_of(handle) == 'queued' or Effect.select().count() == 0
    sleeper.send_signal(signal.SIGCONT)
    wait_for(lambda: state_of(handle) == 'done')
    wait_for(lambda: not Task.select().where(Task.state == 'running').exists())
    assert Effect.select().count() == 1


def test_two_that_sleep_and_die_at_random(crews):
    pair, calls = [crews.start('--dawdle') for _ in range(2)], [0]
    for _ in range(SLEEPS):
        place = random.randrange(2)
        enqueue(calls, seconds=random.uniform(0.1, 1))
        pair[place].send_signal(signal.SIGSTOP)
        enqueue(calls, seconds=crew.DEAD + random.uniform(-0.5, 1.5))
        pair[place].send_signal(signal.SIGCONT)
        if random.random() < 0.5:
            time.sleep(random.uniform(0, 0.3))      # before and after it has noticed
            pair[place].kill()
            pair[place] = crews.start('--dawdle')
    wait_for(lambda: not Task.select().where(Task.state.in_(['queued', 'running'])).exists(), timeout=60)
    rescued = Attempt.select().where(Attempt.outcome == 'rescued').count()
    crew.judge('sleepers', calls[0], sleeps=SLEEPS, rescued=rescued)


def enqueue(calls, seconds):
    """Call one after the other. Where the sleeper holds the database for too long, nothing is called, and the
    same number is tried again: later, because it is this test that wakes it up."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            crew.call_once(calls[0])
            calls[0] += 1
        except OperationalError as error:
            assert db.cannot_write(error) == 'busy'
        time.sleep(0.02)
