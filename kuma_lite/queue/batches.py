"""Batches: many tasks, and one that is called when all of them have ended, however they ended.

    with db.atomic():
        batches.start([write_section.s(name) for name in names], then=write_index)

Nothing is counted down, so nothing can be counted twice: whoever ends a task asks, in the same
transaction, whether it was the last one of its batch.
"""
import contextlib
import json

from kuma_lite import clock, db
from kuma_lite.queue import context, ledger
from kuma_lite.queue.engine import engine
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import Batch, Task, one, rows
from kuma_lite.queue.wrapper import TASKS


def start(tasks, then):
    """Call all of `tasks` (made by `.s(...)`) as one batch; returns its id.

    `then` is a task; it is called with the batch's id and the ids of the tasks that are dead or were
    cancelled, once, even if there are no tasks at all. Tasks with a unique key cannot be in a batch.
    """
    with db.joined():
        batch = Batch.create(then=then.name, created_at=clock.now())
        for task in tasks:
            if type(task).wrapper.unique:
                raise ValueError('a task with a unique key cannot be in a batch: its twin may be in another')
            engine.insert(type(task).wrapper, task.args, task.kwargs, batch_id=batch.id)
        _finish_if_last(batch.id)
        return batch.id


def progress(batch_id):
    """How many tasks of a batch are in each state, as {state: count}."""
    return dict(rows('SELECT state, count(*) FROM task WHERE batch_id = ? GROUP BY state', batch_id))


def _finish_if_last(batch_id):
    """Call the batch's last task if none of the others is left; in the transaction that ended one."""
    if one("SELECT 1 FROM task WHERE batch_id = ? AND state IN ('queued', 'running') LIMIT 1", batch_id):
        return
    finished = Batch.update(finished_at=clock.now()).where(Batch.id == batch_id, Batch.finished_at.is_null())
    if finished.execute():
        members = list(Task.select().where(Task.batch == batch_id).order_by(Task.id))
        # Caused by whoever started the batch, wherever it came to its end.
        with context.use(**context.of(members[0])) if members else contextlib.nullcontext():
            _call_last(Batch.get_by_id(batch_id).then,
                       (batch_id, [task.id for task in members if task.state != 'done']))
        failpoint('batch')


def _call_last(name, args):
    """A name that nobody knows any more becomes a row that dies: an error here would undo the task's end."""
    try:
        engine.insert(TASKS[name], args, {})
    except (KeyError, TypeError):       # unknown, or with other parameters in this version
        Task.create(name=name, args=json.dumps([args, {}]), created_at=clock.now(), run_at=clock.now())


ledger.ENDED.append(_finish_if_last)
