"""Every state change of a task: one function each, one short transaction each.

The ledger is the truth; Redis only rings. Most changes are one conditional UPDATE whose row count
says who won.

    queued -> running -> done            and from running back to queued (failed, handed
    queued -> cancelled  dead            back, rescued) while there are tries left
                         timed out
                         cancelled       dead and timed out ones wait for a person, who queues
                                         them again or gives them up (cancelled)
"""
import json
import random

from kuma_lite import clock, db
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import Claim, Task, one, rows, run

LONGEST_DELAY = 3600    # seconds between two tries, at most
MOST_DOUBLINGS = 64     # of the wait; beyond lie numbers that are none any more
MOST_KEPT = 100_000     # characters of a log or a traceback
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
                  f"VALUES ({marks}, 'queued', 0, 0, '', '', '') "
                  'ON CONFLICT (slot) WHERE slot IS NOT NULL DO NOTHING '
                  "ON CONFLICT (unique_key) WHERE state = 'queued' AND unique_key IS NOT NULL "
                  'DO UPDATE SET run_at = min(run_at, excluded.run_at), attempt = 0, '
                  'expires_at = excluded.expires_at RETURNING id',
                  *values.values())
        failpoint('inserted')
        return row[0] if row else one('SELECT id FROM task WHERE slot = ?', values['slot'])[0]


def _waiting(unique_key):
    """The id of the queued task with this key, or None."""
    row = one("SELECT id FROM task WHERE unique_key = ? AND state = 'queued'", unique_key)
    return row and row[0]


def claim(task_id, worker_id, published=True):
    """Take a queued task that is published, or for who has just chosen it, one that is not; returns its
    row, or None for a stale, doubled or forged message."""
    with db.joined(retraceable=True):
        row = one("UPDATE task SET state = 'running', claim = claim + 1, attempt = attempt + 1, stop = '', "
                  'worker_id = ?, started_at = ? '
                  "WHERE id = ? AND state = 'queued' AND (published_at IS NOT NULL) = ? "
                  f"RETURNING {', '.join(Claim._fields)}", worker_id, clock.now(), task_id, int(published))
        failpoint('claimed')
        return row and Claim(*row)


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
        failpoint('stopped')


def tell_late_ones():
    """Tell every running task that is past its deadline to stop; a running one can ask, see `running`."""
    late = "state = 'running' AND stop = '' AND started_at + deadline < ?"
    if one(f'SELECT 1 FROM task WHERE {late}', clock.now()):
        with db.joined(retraceable=True):
            run(f'UPDATE task SET stop = ? WHERE {late}', TIMED_OUT, clock.now())


def past_grace(worker_id, grace):
    """The tasks of a worker that were told of their deadline `grace` seconds ago and still run."""
    return list(Task.select().where(Task.state == 'running', Task.worker == worker_id, Task.stop != '',
                                    Task.started_at + Task.deadline + grace < clock.now()))


def fail(task, error, log=''):
    """An attempt failed: queue the next one, or bury the task when its tries are used up."""
    with db.joined(retraceable=True):
        if task.attempt > task.retries:
            bury(task, 'failed', error, log)
        else:
            requeue(task, 'failed', error, log, _delay(task))
        failpoint('failed')


def bury(task, outcome, error, log=''):
    """The task is dead: it waits for a person."""
    with db.joined(retraceable=True):
        _end(task, 'dead', _last_line(error))
        _close(task, outcome, error, log)


def hand_back(task, log='', delay=0):
    """Return a task that could not finish through no fault of its own; the try does not count."""
    requeue(task, 'handed back', log=log, delay=delay, attempt=task.attempt - 1)


def requeue(task, outcome, error='', log='', delay=0, attempt=None):
    """Queue a running task again, unless it was cancelled meanwhile or its twin waits there already."""
    with db.joined(retraceable=True):
        twin = task.unique_key and _waiting(task.unique_key)
        if twin:
            run('UPDATE task SET run_at = min(run_at, ?) WHERE id = ?', clock.now() + delay, twin)
            _end(task, 'cancelled', f'superseded by {twin}')
        elif one('SELECT stop FROM task WHERE id = ?', task.id)[0] == 'cancelled':
            _end(task, 'cancelled', 'cancelled while it ran')
        else:
            _leave(task, "state = 'queued', published_at = NULL, run_at = ?, attempt = ?, error = ?",
                   clock.now() + delay, task.attempt if attempt is None else attempt, _last_line(error))
        _close(task, outcome, error, log)


def _delay(task):
    """Seconds until the next try: growing, spread by ±10 %, capped."""
    delay = task.retry_delay * task.retry_backoff ** min(task.attempt - 1, MOST_DOUBLINGS)
    return min(delay * random.uniform(0.9, 1.1), LONGEST_DELAY)


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
    """Write down the attempt, now that it is over: while it runs, the task's own row says all there is."""
    run('INSERT INTO attempt (task_id, claim, worker_id, started_at, finished_at, outcome, error, log) '
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?)', task.id, task.claim, task.worker_id, task.started_at, clock.now(),
        outcome, _storable(error), _storable(log))


def _storable(words):
    """What of a text fits into a row: its end, and no half characters (of file names that are no UTF-8)."""
    return words[-MOST_KEPT:].encode('utf-8', 'backslashreplace').decode()


def _last_line(error):
    return _storable(error.strip().splitlines()[-1][:500]) if error.strip() else ''


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
        failpoint('cancelled')
        return bool(ended)


def give_up(task_id):
    """A dead or timed out task shall not wait for a person any more; returns whether it was one.

    It keeps its error, and is deleted when others that ended now are. Its batch knows that it has ended.
    """
    with db.joined():
        return run("UPDATE task SET state = 'cancelled', finished_at = ? "
                   "WHERE id = ? AND state IN ('dead', 'timed out')", clock.now(), task_id) == 1


def expire():
    """Cancel what did not start in time."""
    with db.joined(retraceable=True):
        expired = rows("UPDATE task SET state = 'cancelled', finished_at = ?1, error = 'expired' "
                       "WHERE state = 'queued' AND expires_at <= ?1 RETURNING batch_id", clock.now())
        tell_batches(row[0] for row in expired)
        failpoint('expired')
    return len(expired)


def delete_finished(before, limit):
    """Delete up to `limit` done and cancelled tasks that ended before a time; returns how many."""
    old = rows("SELECT id FROM task WHERE state IN ('done', 'cancelled') AND finished_at < ? LIMIT ?",
               before, limit)      # outside the transaction: it may have to read them all
    with db.joined(retraceable=True):
        return run(f'DELETE FROM task WHERE id IN ({", ".join("?" * len(old))})', *[row[0] for row in old])


# Reading

def at_rest():
    """Whether nothing is running and nothing that is due waits."""
    return one("SELECT NOT EXISTS (SELECT 1 FROM task WHERE state = 'running' "
               "OR (state = 'queued' AND run_at <= ?))", clock.now())[0] == 1


def state(task_id):
    """Where a task stands, or None if there is none of this number."""
    row = one('SELECT state FROM task WHERE id = ?', task_id)
    return row and row[0]


def arguments(task):
    """The (args, kwargs) of a row."""
    args, kwargs = json.loads(task.args)
    return args, kwargs
