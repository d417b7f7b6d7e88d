"""The ledger: one row a task, one row an attempt, one row a process that works.

It is the truth; Redis only rings. Every state change of a task is one function here and one
short transaction, most of them one conditional UPDATE whose row count says who won. Raw SQL,
because these statements run for every task and because they are what there is to learn.

    queued -> running -> done            and from running back to queued (failed, handed
    queued -> cancelled  dead            back, rescued) while there are tries left
"""
import json
import os
import random
import socket
from typing import NamedTuple

from peewee import SQL, CharField, DoubleField, ForeignKeyField, IntegerField, TextField

from kuma_lite import clock, db
from kuma_lite.queue.failpoints import failpoint

PRIORITIES = {'urgent': 10, 'normal': 0, 'low': -10}
LONGEST_DELAY = 3600    # seconds between two tries, at most
RESCUES = 3             # further tries, at least, of a task whose process died under it
DEAD_AFTER = 30         # seconds without a heartbeat


class Fenced(Exception):
    """The task was given to someone else meanwhile; nothing that this claim did may count."""


class Claim(NamedTuple):
    """What is needed of a row while it runs."""
    id: int
    claim: int
    attempt: int
    name: str
    args: str
    retries: int
    retry_delay: float
    retry_backoff: float
    unique_key: str
    request_id: str
    user: str
    address: str
    cause: str


class Worker(db.BaseModel):
    """A process that runs tasks."""
    host = CharField()
    pid = IntegerField()
    started_at = DoubleField()
    beat_at = DoubleField()
    stopped_at = DoubleField(null=True)


class Task(db.BaseModel):
    """A call of a task: what to run, how, where it stands and who caused it."""
    name = CharField()
    args = TextField()                          # JSON: [[positional], {named}]
    state = CharField(default='queued')
    # How to run it.
    priority = IntegerField(default=0)
    run_at = DoubleField()
    unique_key = CharField(null=True)
    slot = CharField(null=True, unique=True)    # "name 2026-11-22T05:00Z" for a periodic task
    retries = IntegerField(default=0)
    retry_delay = DoubleField(default=10)
    retry_backoff = DoubleField(default=2)
    # Where it stands.
    claim = IntegerField(default=0)             # rises with each claim: the fence
    attempt = IntegerField(default=0)           # tries used up: the budget
    worker = ForeignKeyField(Worker, null=True)
    created_at = DoubleField()
    published_at = DoubleField(null=True)
    started_at = DoubleField(null=True)
    finished_at = DoubleField(null=True)
    error = TextField(default='')
    # Who caused it.
    request_id = CharField(default='', index=True)
    user = CharField(default='')
    address = CharField(default='')
    cause = TextField(default='')
    parent = ForeignKeyField('self', null=True)
    origin = CharField(default='')              # file:line of the call
    subject = CharField(default='', index=True)  # "revision:12"


class Attempt(db.BaseModel):
    """One claim of a task and what came of it."""
    task = ForeignKeyField(Task, on_delete='CASCADE')
    claim = IntegerField()
    worker = ForeignKeyField(Worker)
    started_at = DoubleField()
    finished_at = DoubleField(null=True)
    outcome = CharField(default='running')      # done, failed, handed back, rescued, fenced
    error = TextField(default='')               # the traceback
    log = TextField(default='')

    class Meta:
        indexes = ((('task', 'claim'), True),)


Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_waiting ON task (priority DESC, run_at, id) "
                   "WHERE state = 'queued' AND published_at IS NULL"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_published ON task (published_at) "
                   "WHERE state = 'queued' AND published_at IS NOT NULL"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_running ON task (worker_id) WHERE state = 'running'"))
Task.add_index(SQL("CREATE UNIQUE INDEX IF NOT EXISTS task_unique ON task (unique_key) "
                   "WHERE state = 'queued' AND unique_key IS NOT NULL"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_state ON task (state, id)"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_name ON task (name, id)"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_started ON task (name, started_at)"))


# Enqueue -----------------------------------------------------------------------------------

def insert(**values):
    """Add a queued row in the caller's transaction (or one of its own); returns its id.

    Where a row with the same unique key waits already, that one is due as early as this would be and
    has all its tries again; where the slot is taken, nothing happens. The id is that row's then.
    """
    columns, marks = ', '.join(f'"{name}"' for name in values), ', '.join('?' * len(values))
    with db.joined():
        row = _one(f'INSERT INTO task ({columns}, state, claim, attempt, error) '
                   f"VALUES ({marks}, 'queued', 0, 0, '') ON CONFLICT (slot) DO NOTHING "
                   "ON CONFLICT (unique_key) WHERE state = 'queued' AND unique_key IS NOT NULL "
                   'DO UPDATE SET run_at = min(run_at, excluded.run_at), attempt = 0 RETURNING id',
                   *values.values())
        failpoint('inserted')
        return row[0] if row else _one('SELECT id FROM task WHERE slot = ?', values['slot'])[0]


def _waiting(unique_key):
    """The id of the queued task with this key, or None."""
    row = _one("SELECT id FROM task WHERE unique_key = ? AND state = 'queued'", unique_key)
    return row and row[0]


# Publish -----------------------------------------------------------------------------------

def publish(window, rates):
    """Mark due rows as published, the most urgent first; returns their ids in that order.

    No more than `window` rows are ever published and not yet claimed, and of a name in `rates`,
    `{name: (starts, seconds)}`, no more than may start now.
    """
    room = window - published()
    if room <= 0:
        return []
    with db.joined(retraceable=True):
        left = {name: _left(name, *rate) for name, rate in rates.items()}
        due = [row for row in _due(room, [name for name in left if left[name] <= 0]) if _take(left, row[1])]
        _mark_published(due)
        failpoint('published')
    return [row[0] for row in due]


def _due(room, exhausted):
    marks = ', '.join('?' * len(exhausted))
    return _all("SELECT id, name FROM task WHERE state = 'queued' AND published_at IS NULL "
                f'AND run_at <= ? AND name NOT IN ({marks}) ORDER BY priority DESC, run_at, id LIMIT ?',
                clock.now(), *exhausted, room)


def _left(name, starts, seconds):
    """How many more tasks of a limited name may start now."""
    used = _one('SELECT count(*) FROM task WHERE name = ? AND started_at > ?', name, clock.now() - seconds)
    ahead = _one("SELECT count(*) FROM task WHERE state = 'queued' AND published_at IS NOT NULL "
                 'AND name = ?', name)
    return starts - used[0] - ahead[0]


def _take(left, name):
    """Count one start against its limit; False when none is left."""
    if name not in left:
        return True
    left[name] -= 1
    return left[name] >= 0


def publish_again(patience):
    """The ids of rows that were published more than `patience` seconds ago, and that nobody has claimed.

    A time in the future counts too: the clock was put back since.
    """
    with db.joined(retraceable=True):
        now = clock.now()
        rows = _all("SELECT id FROM task WHERE state = 'queued' AND published_at IS NOT NULL "
                    'AND published_at NOT BETWEEN ? AND ? ORDER BY priority DESC, run_at, id',
                    now - patience, now)
        _mark_published(rows)
    return [row[0] for row in rows]


def _mark_published(rows):
    now = clock.now()
    for row in rows:
        _run('UPDATE task SET published_at = ? WHERE id = ?', now, row[0])


def published():
    """How many rows are published and not yet claimed."""
    return _one("SELECT count(*) FROM task WHERE state = 'queued' AND published_at IS NOT NULL")[0]


def next_due():
    """When the next unpublished row becomes due (epoch seconds), or None."""
    return _one("SELECT min(run_at) FROM task WHERE state = 'queued' AND published_at IS NULL")[0]


# Claim, complete, fail ---------------------------------------------------------------------

def claim(task_id, worker_id):
    """Take a queued task that is due; returns its row, or None for a stale or doubled message."""
    with db.joined(retraceable=True):
        now = clock.now()
        row = _one("UPDATE task SET state = 'running', claim = claim + 1, attempt = attempt + 1, "
                   'worker_id = ?, started_at = ? '
                   f"WHERE id = ? AND state = 'queued' AND run_at <= ? RETURNING {', '.join(Claim._fields)}",
                   worker_id, now, task_id, now)
        if row is None:
            return None
        _run('INSERT INTO attempt (task_id, claim, worker_id, started_at, outcome, error, log) '
             "VALUES (?, ?, ?, ?, 'running', '', '')", task_id, row[1], worker_id, now)
        failpoint('claimed')
        return Claim(*row)


def complete(task, log=''):
    """The task is done. Raises Fenced, and changes nothing, when it is no longer ours."""
    with db.joined(retraceable=True):
        _leave(task, "state = 'done', finished_at = ?, error = ''", clock.now())
        _close(task, 'done', log=log)
        failpoint('completed')


def fail(task, error, log=''):
    """An attempt failed: queue the next one, or bury the task when its tries are used up.

    Returns the seconds until the next try, or None.
    """
    delay = _delay(task) if task.attempt <= task.retries else None
    with db.joined(retraceable=True):
        if delay is None:
            bury(task, error, log)
        else:
            _requeue(task, delay, _last_line(error))
            _close(task, 'failed', error, log)
        failpoint('failed')
    return delay


def bury(task, error, log='', outcome='failed'):
    """The task is dead: it waits for a person."""
    with db.joined(retraceable=True):
        _leave(task, "state = 'dead', finished_at = ?, error = ?", clock.now(), _last_line(error))
        _close(task, outcome, error, log)


def hand_back(task, log=''):
    """Return a task that could not finish before the stop; the try does not count."""
    with db.joined(retraceable=True):
        _requeue(task, 0, '', attempt=task.attempt - 1)
        _close(task, 'handed back', log=log)


def _delay(task):
    """Seconds until the next try: growing, spread by ±10 %, capped."""
    delay = task.retry_delay * task.retry_backoff ** (task.attempt - 1)
    return min(delay, LONGEST_DELAY) * random.uniform(0.9, 1.1)


def _requeue(task, delay, error, attempt=None):
    twin = task.unique_key and _waiting(task.unique_key)
    if twin:
        _leave(task, "state = 'cancelled', finished_at = ?, error = ?", clock.now(), f'superseded by {twin}')
    else:
        _leave(task, "state = 'queued', published_at = NULL, run_at = ?, attempt = ?, error = ?",
               clock.now() + delay, task.attempt if attempt is None else attempt, error)


def _leave(task, change, *values):
    """Change a running row if the claim still holds: the one place where the fence is checked."""
    if _run(f"UPDATE task SET {change} WHERE id = ? AND claim = ? AND state = 'running'",
            *values, task.id, task.claim) == 0:
        raise Fenced(f'task {task.id} is no longer ours')


def _close(task, outcome, error='', log=''):
    _run('UPDATE attempt SET outcome = ?, finished_at = ?, error = ?, log = ? '
         'WHERE task_id = ? AND claim = ?', outcome, clock.now(), error, log, task.id, task.claim)


def _last_line(error):
    return error.strip().splitlines()[-1][:500] if error.strip() else ''


# Workers and rescue ------------------------------------------------------------------------

def register():
    """Enter this process as a worker; returns the id of its row."""
    now = clock.now()
    with db.joined(retraceable=True):
        return Worker.create(host=socket.gethostname(), pid=os.getpid(), started_at=now, beat_at=now).id


def beat(worker_id):
    """Say that this process lives. False when others have given it up meanwhile."""
    with db.joined(retraceable=True):
        return _run('UPDATE worker SET beat_at = ? WHERE id = ? AND stopped_at IS NULL',
                    clock.now(), worker_id) == 1


def rescue(own_id, active):
    """Queue again what dead workers, or threads of ours that died, left running; returns how many.

    `active` are the (id, claim) pairs on which this process is working.
    """
    with db.joined(retraceable=True):
        lost = [worker for worker in Worker.select().where(Worker.stopped_at.is_null())
                if worker.id != own_id and _is_dead(worker)]
        for worker in lost:
            _run('UPDATE worker SET stopped_at = ? WHERE id = ?', clock.now(), worker.id)
        held = Task.select().where(Task.state == 'running', Task.worker.in_([own_id, *lost]))
        rows = [task for task in held if task.worker_id != own_id or (task.id, task.claim) not in active]
        for task in rows:
            _rescue(task)
        return len(rows)


def _rescue(task):
    """A rescue counts as an attempt, so a task that kills its worker ends dead, not in a loop."""
    if task.attempt > max(task.retries, RESCUES):
        bury(task, 'its worker died each time', outcome='rescued')
    else:
        _requeue(task, 0, 'its worker died')
        _close(task, 'rescued')
    failpoint('rescued')


def stop(worker_id):
    """This process works no more: hand back what its threads still hold."""
    with db.joined(retraceable=True):
        for task in list(Task.select().where(Task.state == 'running', Task.worker == worker_id)):
            hand_back(task)
        _run('UPDATE worker SET stopped_at = ? WHERE id = ?', clock.now(), worker_id)


def _is_dead(worker):
    """Silent for too long, or a process of this host that is gone (or has become us: same pid)."""
    if clock.now() - worker.beat_at > DEAD_AFTER:
        return True
    return worker.host == socket.gethostname() and (worker.pid == os.getpid() or not _exists(worker.pid))


def _exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# Reading -----------------------------------------------------------------------------------

def at_rest():
    """Whether nothing is running and nothing that is due waits."""
    return _one("SELECT NOT EXISTS (SELECT 1 FROM task WHERE state = 'running' "
                "OR (state = 'queued' AND run_at <= ?))", clock.now())[0] == 1


def arguments(task):
    """The (args, kwargs) of a row."""
    args, kwargs = json.loads(task.args)
    return args, kwargs


def _run(sql, *values):
    """Execute; returns the number of changed rows."""
    return db.database.execute_sql(sql, values).rowcount


def _all(sql, *values):
    return db.database.execute_sql(sql, values).fetchall()


def _one(sql, *values):
    """The first row or None. Reads to the end: a statement left half read keeps its transaction open."""
    rows = _all(sql, *values)
    return rows[0] if rows else None
