"""How long the ledger remembers: finished tasks for some days, dead and timed out ones until
a person has seen to them."""
from peewee import fn

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.queue import ledger
from kuma_lite.queue.crontab import crontab
from kuma_lite.queue.engine import periodic_task
from kuma_lite.queue.tables import Attempt, Batch, Task, Worker

CHUNK = 1000        # rows in one transaction, so that nobody waits long
DAY = 24 * 3600


@periodic_task(crontab(minute='20'), catch_up='none')
def delete_old_tasks():
    """Delete done and cancelled tasks, with their attempts, after [tasks] keep_done days; then the batches
    and the workers of which nothing is left.

    Hourly; may run twice; costs about 20 ms for a thousand. Nothing is caught up: a clock that is wrong
    for a minute must not delete the slots by which runs are known not to be doubled.
    """
    before = clock.now() - settings.tasks.keep_done * DAY
    while ledger.delete_finished(before, CHUNK) == CHUNK:
        pass
    with db.atomic(retraceable=True):
        Batch.delete().where(Batch.finished_at < before, ~fn.EXISTS(_of(Task.batch, Batch))).execute()
        # Not one that was given up a moment ago: it may only be asleep, and come back to its row.
        Worker.delete().where(Worker.stopped_at < before, ~fn.EXISTS(_of(Task.worker, Worker)),
                              ~fn.EXISTS(_of(Attempt.worker, Worker))).execute()


def _of(column, owner):
    """The rows that name a row of `owner` in this column."""
    return column.model.select().where(column == owner.id)
