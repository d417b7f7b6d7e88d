"""The tables of the queue: one row a task, one row an attempt, one row a process that works.

Only tables here, and the three short words in which the other modules speak SQL to them: raw,
because these statements run for every task and because they are what there is to learn.
"""
from typing import NamedTuple

from peewee import SQL, BooleanField, CharField, DoubleField, ForeignKeyField, IntegerField, TextField
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import db

PRIORITIES = {'urgent': 10, 'normal': 0, 'low': -10}


class Claim(NamedTuple):
    """What is needed of a row while it runs."""
    id: int
    claim: int
    worker_id: int
    started_at: float
    attempt: int
    name: str
    args: str
    retries: int
    retry_delay: float
    retry_backoff: float
    deadline: float
    lane: str
    suspect: bool
    unique_key: str
    batch_id: int
    request_id: str
    user: str
    address: str
    cause: str


class Worker(db.BaseModel):
    """A process that runs tasks."""
    host = CharField()
    pid = IntegerField()
    threads = IntegerField(default=1)
    started_at = DoubleField()
    beat_at = DoubleField()
    stopped_at = DoubleField(null=True)


class Batch(db.BaseModel):
    """Tasks that belong together, and what is called when all of them have ended."""
    id = AutoIncrementField()                   # never given again: features remember theirs
    then = CharField()                          # the name of the task that is called
    created_at = DoubleField()
    finished_at = DoubleField(null=True)


class Task(db.BaseModel):
    """A call of a task: what to run, how, where it stands and who caused it."""
    name = CharField()
    args = TextField()                          # JSON: [[positional], {named}]
    state = CharField(default='queued')
    # How to run it.
    priority = IntegerField(default=0)
    run_at = DoubleField()
    expires_at = DoubleField(null=True)         # not started by then: cancelled
    unique_key = CharField(null=True)
    deadline = DoubleField(null=True)           # seconds that one attempt may take
    lane = CharField(null=True)                 # of tasks in one lane, one runs at a time
    suspect = BooleanField(constraints=[SQL('DEFAULT 0')])      # a process died under it; also one at a time
    slot = CharField(null=True)                 # "name 2026-11-22T05:00Z" for a periodic task
    retries = IntegerField(default=0)
    retry_delay = DoubleField(default=10)
    retry_backoff = DoubleField(default=2)
    # Where it stands.
    batch = ForeignKeyField(Batch, null=True, index=False)
    claim = IntegerField(default=0)             # rises with each claim: the fence
    attempt = IntegerField(default=0)           # tries used up: the budget
    worker = ForeignKeyField(Worker, null=True, index=False)
    created_at = DoubleField()
    published_at = DoubleField(null=True)
    started_at = DoubleField(null=True)
    finished_at = DoubleField(null=True)
    error = TextField(default='')
    stop = CharField(default='')                # why a running task should stop: cancelled, timed out
    progress = TextField(default='')            # JSON: [done, total, note]
    # Who caused it.
    request_id = CharField(default='')
    user = CharField(default='')
    address = CharField(default='')
    cause = TextField(default='')
    parent = ForeignKeyField('self', null=True, on_delete='SET NULL', index=False)
    origin = CharField(default='')              # file:line of the call
    subject = CharField(default='')             # "revision:12"


class Paused(db.BaseModel):
    """A name of tasks that are not to be started, or '*' for all."""
    name = CharField(primary_key=True)
    since = DoubleField()


class Attempt(db.BaseModel):
    """One claim of a task that is over, and what came of it."""
    task = ForeignKeyField(Task, on_delete='CASCADE', index=False)
    claim = IntegerField()
    worker = ForeignKeyField(Worker, index=False)
    started_at = DoubleField()
    finished_at = DoubleField()
    outcome = CharField()                       # done, failed, handed back, rescued, cancelled, timed out
    error = TextField(default='')               # the traceback
    log = TextField(default='')

    class Meta:
        indexes = ((('task', 'claim'), True),)


# Partial indexes: a step writes only those of the few rows for which they are.
Worker.add_index(SQL('CREATE INDEX IF NOT EXISTS worker_living ON worker (threads) WHERE stopped_at IS NULL'))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_waiting ON task (priority DESC, run_at, id, name, lane) "
                   "WHERE state = 'queued' AND published_at IS NULL"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_published ON task (published_at) "
                   "WHERE state = 'queued' AND published_at IS NOT NULL"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_running ON task (worker_id) WHERE state = 'running'"))
Task.add_index(SQL("CREATE UNIQUE INDEX IF NOT EXISTS task_unique ON task (unique_key) "
                   "WHERE state = 'queued' AND unique_key IS NOT NULL"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_unfinished ON task (batch_id) "
                   "WHERE batch_id IS NOT NULL AND state IN ('queued', 'running')"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_lane ON task (lane) "
                   "WHERE lane IS NOT NULL AND state IN ('queued', 'running')"))
Task.add_index(SQL('CREATE INDEX IF NOT EXISTS task_suspect ON task (id) '
                   "WHERE suspect AND state IN ('queued', 'running')"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_expiring ON task (expires_at) "
                   "WHERE state = 'queued' AND expires_at IS NOT NULL"))
Task.add_index(SQL('CREATE UNIQUE INDEX IF NOT EXISTS task_slot ON task (slot) WHERE slot IS NOT NULL'))
Task.add_index(SQL('CREATE INDEX IF NOT EXISTS task_batch ON task (batch_id) WHERE batch_id IS NOT NULL'))
Task.add_index(SQL('CREATE INDEX IF NOT EXISTS task_parent ON task (parent_id) WHERE parent_id IS NOT NULL'))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_request ON task (request_id) WHERE request_id != ''"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_subject ON task (subject) WHERE subject != ''"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_state ON task (state, id)"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_name ON task (name, id)"))
Task.add_index(SQL("CREATE INDEX IF NOT EXISTS task_started ON task (name, started_at)"))


def run(sql, *values):
    """Execute; returns the number of changed rows."""
    return db.database.execute_sql(sql, values).rowcount


def rows(sql, *values):
    return db.database.execute_sql(sql, values).fetchall()


def one(sql, *values):
    """The first row or None. Reads to the end: a statement left half read keeps its transaction open."""
    found = rows(sql, *values)
    return found[0] if found else None
