"""Every state change of a task: one function each, one short transaction each.

The ledger is the truth; Redis only rings. Most changes are one conditional UPDATE whose row count
says who won.

    queued -> running -> done            and from running back to queued (failed, handed
    queued -> cancelled  dead            back, rescued) while there are tries left
                         timed out
                         cancelled
"""
import json
import random

from kuma_lite import clock, db
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import Claim, Task, one, rows, run

LONGEST_DELAY = 3600    # seconds between two tries, at most
TIMED_OUT = 'timed out'
ENDED = []              # fn(batch id): called in the transaction that ends a task of a batch


class Fenced(Exception):
    """The task was given to someone else meanwhile; nothing that this claim did may count."""


def insert(**values):
    """Add a queued row in the caller's transaction (or one of its own); returns its id.

    Where a row with the same unique key waits already, that one is due as early as this would be and
    has all its tries again; where the slot is taken, nothing happens. The id is that row's then.
    """
    columns, marks = ', '.join(f'"{name}"' for name in values), ', '.join('?' * len(values))
    with db.joined():
        row = one(f'INSERT INTO task ({columns}, state, claim, attempt, error, stop, progress) '
                  f"VALUES ({marks}, 'queued', 0, 0, '', '', '') ON CONFLICT (slot) DO NOTHING "
                  "ON CONFLICT (unique_key) WHERE state = 'queued' AND unique_key IS NOT NULL "
                  'DO UPDATE SET run_at = min(run_at, excluded.run_at), attempt = 0 RETURNING id',
                  *values.values())
        failpoint('inserted')
        return row[0] if row else one('SELECT id FROM task WHERE slot = ?', values['slot'])[0]


def _waiting(unique_key):
    """The id of the queued task with this key, or None."""
    row = one("SELECT id FROM task WHERE unique_key = ? AND state = 'queued'", unique_key)
    return row and row[0]


def claim(task_id, worker_id):
    """Take a queued task that is due; returns its row, or None for a stale or doubled message."""
    with db.joined(retraceable=True):
        now = clock.now()
        row = one("UPDATE task SET state = 'running', claim = claim + 1, attempt = attempt + 1, stop = '', "
                  'worker_id = ?, started_at = ? '
                  f"WHERE id = ? AND state = 'queued' AND run_at <= ? RETURNING {', '.join(Claim._fields)}",
                  worker_id, now, task_id, now)
        if row is None:
            return None
        run('INSERT INTO attempt (task_id, claim, worker_id, started_at, outcome, error, log) '
            "VALUES (?, ?, ?, ?, 'running', '', '')", task_id, row[1], worker_id, now)
        failpoint('claimed')
        return Claim(*row)


def complete(task, log=''):
    """The task is done. Raises Fenced, and changes nothing, when it is no longer ours."""
    with db.joined(retraceable=True):
        late = task.deadline and one('SELECT stop FROM task WHERE id = ?', task.id)[0] == TIMED_OUT
        _end(task, TIMED_OUT if late else 'done')
        _close(task, TIMED_OUT if late else 'done', log=log)
        failpoint('completed')


def stop(task, log=''):
    """The task has stopped because it was told to, or has been taken from a thread that does not."""
    with db.joined(retraceable=True):
        reason = one('SELECT stop FROM task WHERE id = ?', task.id)[0] or 'cancelled'
        _end(task, reason, 'stopped while it ran')
        _close(task, reason, log=log)


def tell_late_ones():
    """Tell every running task that is past its deadline to stop; a running one can ask, see `running`."""
    late = "state = 'running' AND stop = '' AND started_at + deadline < ?"
    if one(f'SELECT 1 FROM task WHERE {late}', clock.now()):
        with db.joined(retraceable=True):
            run(f'UPDATE task SET stop = ? WHERE {late}', TIMED_OUT, clock.now())


def deaf(worker_id, grace):
    """The tasks of a worker that were told of their deadline `grace` seconds ago and still run."""
    return list(Task.select().where(Task.state == 'running', Task.worker == worker_id, Task.stop == TIMED_OUT,
                                    Task.started_at + Task.deadline + grace < clock.now()))


def fail(task, error, log=''):
    """An attempt failed: queue the next one, or bury the task when its tries are used up.

    Returns the seconds until the next try, or None.
    """
    delay = _delay(task) if task.attempt <= task.retries else None
    with db.joined(retraceable=True):
        if delay is None:
            bury(task, 'failed', error, log)
        else:
            requeue(task, 'failed', error, log, delay)
        failpoint('failed')
    return delay


def bury(task, outcome, error, log=''):
    """The task is dead: it waits for a person."""
    with db.joined(retraceable=True):
        _end(task, 'dead', _last_line(error))
        _close(task, outcome, error, log)


def hand_back(task, log=''):
    """Return a task that could not finish before the stop; the try does not count."""
    requeue(task, 'handed back', log=log, attempt=task.attempt - 1)


def requeue(task, outcome, error='', log='', delay=0, attempt=None):
    """Queue a running task again, unless it was cancelled meanwhile or its twin waits there already."""
    with db.joined(retraceable=True):
        twin = task.unique_key and _waiting(task.unique_key)
        if twin:
            _end(task, 'cancelled', f'superseded by {twin}')
        elif one('SELECT stop FROM task WHERE id = ?', task.id)[0] == 'cancelled':
            _end(task, 'cancelled', 'cancelled while it ran')
        else:
            _leave(task, "state = 'queued', published_at = NULL, run_at = ?, attempt = ?, error = ?",
                   clock.now() + delay, task.attempt if attempt is None else attempt, _last_line(error))
        _close(task, outcome, error, log)


def _delay(task):
    """Seconds until the next try: growing, spread by ±10 %, capped."""
    delay = task.retry_delay * task.retry_backoff ** (task.attempt - 1)
    return min(delay, LONGEST_DELAY) * random.uniform(0.9, 1.1)


def _end(task, state, error=''):
    """A running task has come to its end."""
    _leave(task, 'state = ?, finished_at = ?, error = ?', state, clock.now(), error)
    tell_batches([task.batch_id])


def tell_batches(batch_ids):
    for batch_id in {batch_id for batch_id in batch_ids if batch_id}:
        for ended in ENDED:
            ended(batch_id)


def _leave(task, change, *values):
    """Change a running row if the claim still holds: the one place where the fence is checked."""
    if run(f"UPDATE task SET {change} WHERE id = ? AND claim = ? AND state = 'running'",
           *values, task.id, task.claim) == 0:
        raise Fenced(f'task {task.id} is no longer ours')


def _close(task, outcome, error='', log=''):
    run('UPDATE attempt SET outcome = ?, finished_at = ?, error = ?, log = ? '
        'WHERE task_id = ? AND claim = ?', outcome, clock.now(), error, log, task.id, task.claim)


def _last_line(error):
    return error.strip().splitlines()[-1][:500] if error.strip() else ''


# What a person does

def retry(task_id):
    """Queue a dead, cancelled or timed out task again, with all its tries; returns whether it was one.

    Where its twin waits already, nothing happens.
    """
    with db.joined():
        return run("UPDATE OR IGNORE task SET state = 'queued', run_at = ?, attempt = 0, error = '', "
                   "published_at = NULL, finished_at = NULL, expires_at = NULL, stop = '' "
                   "WHERE id = ? AND state IN ('dead', 'cancelled', 'timed out')", clock.now(), task_id) == 1


def cancel(task_id, reason='cancelled by a person'):
    """A queued task will not run, a running one is told to stop; returns whether it was either."""
    with db.joined():
        if run("UPDATE task SET stop = 'cancelled' WHERE id = ? AND state = 'running'", task_id):
            return True
        ended = rows("UPDATE task SET state = 'cancelled', finished_at = ?, error = ? "
                     "WHERE id = ? AND state = 'queued' RETURNING batch_id", clock.now(), reason, task_id)
        tell_batches(row[0] for row in ended)
        return bool(ended)


def delete_finished(before, limit):
    """Delete up to `limit` done and cancelled tasks that ended before a time; returns how many."""
    with db.joined(retraceable=True):
        return run("DELETE FROM task WHERE id IN (SELECT id FROM task WHERE state IN ('done', 'cancelled') "
                   'AND finished_at < ? LIMIT ?)', before, limit)


# Reading

def at_rest():
    """Whether nothing is running and nothing that is due waits."""
    return one("SELECT NOT EXISTS (SELECT 1 FROM task WHERE state = 'running' "
               "OR (state = 'queued' AND run_at <= ?))", clock.now())[0] == 1


def arguments(task):
    """The (args, kwargs) of a row."""
    args, kwargs = json.loads(task.args)
    return args, kwargs
