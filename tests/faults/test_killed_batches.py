"""Batches of 20 while their process is killed again and again: each ends with one call that knows its dead.

Six kills, or thirty, which take half a minute.
"""
import random
import time
from collections import Counter

import crew
from crew import Effect
from length import either

from kuma_lite.queue.tables import Batch, Task
from process import wait_for

KILLS = either(6, 30)
DEAD = crew.SIZE // 5       # of the parts of each batch


def test_the_call_at_the_end_is_neither_missing_nor_doubled(crews):
    for _ in range(KILLS):
        process = crews.start('--start-batches')
        time.sleep(random.uniform(0, 1))
        process.kill()
        process.wait()
    crews.start()
    wait_for(lambda: not Task.select().where(Task.state.in_(['queued', 'running'])).exists(), timeout=60)
    judge()


def judge():
    effects = Counter(row.what for row in Effect.select())
    wanted = [f'batch {batch.id} dead {DEAD}' for batch in Batch.select()]
    missing = [call for call in wanted if call not in effects]
    doubled = [what for what, count in effects.items() if count > 1]
    parts = Task.select().where(Task.name == 'crew.part')
    print(f'\nkills {KILLS}, batches {len(wanted)}, tasks {parts.count()}, '
          f'callbacks missing {len(missing)}, doubled {len(doubled)}')
    assert (missing, doubled) == ([], [])
    assert parts.count() == crew.SIZE * len(wanted)
    assert sum(effects.values()) == parts.where(Task.state == 'done').count() + len(wanted)
    assert len(wanted) >= KILLS
