"""The processes that work: their heartbeats, and the rescue of what a dead one left running."""
import os
import socket

from kuma_lite import clock, db
from kuma_lite.queue import ledger
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import Task, Worker, run
from kuma_lite.statements import Statement, slot

RESCUES = 3             # further tries, at least, of a task whose process died under it
DEAD_AFTER = 30         # seconds without a heartbeat
FUTURE = 3600           # seconds by which a heartbeat may be ahead: a last one is, see `consumer`

OTHERS = Statement(lambda: Worker.select().where(Worker.stopped_at.is_null(), Worker.id != slot('own')))
HELD = Statement(lambda: Task.select().join(Worker).where(
    Task.state == 'running', (Task.worker == slot('own')) | Worker.stopped_at.is_null(False)))


def register(threads=1):
    """Enter this process, with so many threads that run tasks; returns the id of its row."""
    now = clock.now()
    with db.joined(retraceable=True):
        return Worker.create(host=socket.gethostname(), pid=os.getpid(), threads=threads,
                             started_at=now, beat_at=now).id


def register_again(worker_id):
    """A new row for a process whose row was given up; returns its id."""
    return register(Worker.get_by_id(worker_id).threads)


def beat(worker_id):
    """Say that this process lives. False when others have given it up meanwhile."""
    with db.joined(retraceable=True):
        return run('UPDATE worker SET beat_at = ? WHERE id = ? AND stopped_at IS NULL',
                    clock.now(), worker_id) == 1


def rescue(own_id, active):
    """Queue again what dead workers, or threads of ours that died, left running; returns how many.

    `active` are the (id, claim) pairs on which this process is working.
    """
    with db.joined(retraceable=True):
        _give_up_the_dead(own_id)
        abandoned = [task for task in _held(own_id) if task.worker_id != own_id
                     or (task.id, task.claim) not in active]
        for task in abandoned:
            _rescue(task)
        return len(abandoned)


def _give_up_the_dead(own_id):
    for worker in OTHERS.all(own=own_id):
        if _is_dead(worker):
            run('UPDATE worker SET stopped_at = ? WHERE id = ?', clock.now(), worker.id)


def _held(own_id):
    """What we run, and what is left of the others: one that was asleep may claim after it was given up."""
    return HELD.all(own=own_id)


def _rescue(task):
    """A rescue counts as an attempt, so a task that kills its worker ends dead, not in a loop.

    Which of those that ran has killed it is not known. From now on they run one at a time, so that
    the next death is that of one alone. Not only from the second death on: each poison that is new would
    have another chance to take along a suspect that has few tries left.
    """
    if task.attempt > max(task.retries, RESCUES):
        ledger.bury(task, 'rescued', 'its worker died each time')
    else:
        ledger.requeue(task, 'rescued', 'its worker died')
        run('UPDATE task SET suspect = 1 WHERE id = ?', task.id)
    failpoint('rescued')


def stop(worker_id):
    """This process works no more: hand back what its threads still hold."""
    with db.joined(retraceable=True):
        for task in list(Task.select().where(Task.state == 'running', Task.worker == worker_id)):
            ledger.hand_back(task)
        run('UPDATE worker SET stopped_at = ? WHERE id = ?', clock.now(), worker_id)
        failpoint('handed back')


def _is_dead(worker):
    """Silent for too long, or a process of this host that is gone (or has become us: same pid)."""
    silence = clock.now() - worker.beat_at
    if silence > DEAD_AFTER or silence < -FUTURE:
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
