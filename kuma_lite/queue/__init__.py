"""Tasks: all that knows Huey and Redis, and nothing about wikis.

    @queue.task(retries=5)
    def notify_watchers(revision_id): ...

    with db.atomic():
        revision = Revision.create(...)
        notify_watchers(revision.id)        # runs if, and only if, this commits

The ledger is the truth, Redis is the doorbell: the relay rings as many workers as sleep, and a worker
that is awake takes what is due next from the ledger, in the transaction that ends the task before.

Read in this order: tables; wrapper (what a task is); engine (calling one, and how workers go from row
to row); attempt (running one), with context and capture (who called it, and what it prints); ledger
(every state change); window and relay (what may start next, and who is rung); refused (messages that
nobody takes); workers (heartbeat and rescue); running (what a task can ask and say); ticker (what
happens each second), with schedule, crontab and jumps (slots, and a clock that is set); consumer and
modes (who runs the tasks), with broker (our Valkey); batches; cache; retention; failpoints.

Where each option of a task is decided; an option that would need a second place is refused. "choose" is
`window._choose`, through which every row comes that starts: a message from Redis claims only rows that
it has published.

    option                          column                  decided at
    priority                        priority                choose
    delay, eta (`.schedule()`)      run_at                  choose
    rate                            started_at of its name  choose
    one_at_a_time                   lane                    choose
    expires                         expires_at              choose; the relay's look cancels it
    pause, resume                   table paused            choose; slots wait, too
    unique                          unique_key              enqueue; a returning row: finish
    slot of a periodic task         slot                    enqueue
    catch_up                        table schedule          the tick that inserts slots
    deadline                        deadline, stop          finish (a tick sets the flag `stop`)
    retries                         retries, attempt        finish
    retry_delay, retry_backoff      same                    finish
    atomic                          (none)                  finish
    batch                           batch_id                finish: the last one calls `then`
    subject                         subject                 (only shown)

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
from kuma_lite.queue.engine import periodic_task, task
from kuma_lite.queue.wrapper import TASKS

__all__ = ['TASKS', 'crontab', 'periodic_task', 'task']
