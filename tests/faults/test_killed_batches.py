"""Batches of 20 while their process is killed again and again: each ends with one call that knows its dead.

Six kills, or thirty, which take half a minute.
"""
import random
import time

import counts
import crew
from length import either

from kuma_lite.queue.tables import Batch, Task
from process import wait_for

KILLS = either(6, 30)


def test_the_call_at_the_end_is_neither_missing_nor_doubled(crews):
    said = {}
    for _ in range(KILLS):
        process = crews.start('--start-batches')
        time.sleep(random.uniform(0, 1))
        process.kill()
        process.wait()
        said.update(reversed(line.split()) for line in process.stdout.read().decode().splitlines())
    crews.start()
    wait_for(lambda: not Task.select().where(Task.state.in_(['queued', 'running'])).exists(), timeout=60)
    judge(said)


def judge(said):
    """`said` has the last word about each batch."""
    effects, stored = [row.what for row in crew.Effect.select()], Batch.select().count()
    about = {word: [effect for key in said if said[key] == word for effect in crew.effects_of(key)]
             for word in ('acknowledged', 'unknown', 'refused')}
    counts.judge('killed batches', effects=effects, **about, kills=KILLS, batches=stored)
    assert len(effects) == stored * len(crew.effects_of('')), 'also those that nobody got an answer about'
    assert stored >= KILLS
