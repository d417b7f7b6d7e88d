"""How long the ledger remembers: finished tasks for some days, dead ones until a person has seen to them."""
from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.queue import ledger
from kuma_lite.queue.crontab import crontab
from kuma_lite.queue.engine import periodic_task

CHUNK = 1000        # rows in one transaction, so that nobody waits long
DAY = 24 * 3600


@periodic_task(crontab(minute='20'), catch_up='none')
def delete_old_tasks():
    """Delete done and cancelled tasks, with their attempts, after [tasks] keep_done days.

    Hourly; may run twice; costs about 20 ms for a thousand. Nothing is caught up: a clock that is wrong
    for a minute must not delete the slots by which runs are known not to be doubled.
    """
    while ledger.delete_finished(clock.now() - settings.tasks.keep_done * DAY, CHUNK) == CHUNK:
        pass
