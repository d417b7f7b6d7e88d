"""Tasks: all that knows Huey and Redis, and nothing about wikis.

    @queue.task(retries=5)
    def notify_watchers(revision_id): ...

    with db.atomic():
        revision = Revision.create(...)
        notify_watchers(revision.id)        # runs if, and only if, this commits

Read in this order: tables; engine (the decorators and how a row runs); ledger (every state change);
window and relay (which rows go to Redis, and how); workers (heartbeat and rescue); running (what a
task can ask and say); modes (who runs the tasks); schedule and crontab; batches; cache.

Where each option of a task is decided; an option that would need a second place is refused:

    option                          column                  decided at
    priority                        priority                publish
    delay (`.schedule(delay=)`)     run_at                  publish; claim refuses old messages
    rate                            started_at of its name  publish
    one_at_a_time                   lane                    publish
    expires                         expires_at              publish
    pause, resume                   table paused            publish
    unique                          unique_key              enqueue; a returning row: finish
    slot of a periodic task         slot                    enqueue
    deadline                        deadline, stop          finish (a tick sets the flag `stop`)
    retries                         retries, attempt        finish
    retry_delay, retry_backoff      same                    finish
    atomic                          (none)                  finish

What Huey has and the ledger replaces raises NotImplementedError:

    huey                            here
    .then(), .error()               call the next task in the transaction that ends the first
    group, chord                    batches.start(tasks, then=)
    results, result.get()           write what you computed to a table; `/api/v1/tasks/<id>` for states
    revoke(), restore()             ledger.cancel(), ledger.retry(); window.pause() for a name
    lock_task()                     one_at_a_time=, unique=, or a conditional UPDATE
    timeout=                        deadline=, and `running.check()` in the task
"""
from kuma_lite.queue.crontab import crontab
from kuma_lite.queue.engine import TASKS, periodic_task, task

__all__ = ['TASKS', 'crontab', 'periodic_task', 'task']
