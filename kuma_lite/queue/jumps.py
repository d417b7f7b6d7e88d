"""When the clock is set: what was queued or has begun by another clock goes by the new one.

Tasks keep their distances: one that was to wait ten seconds waits about as long, one that may take
a minute gets its minute. `expires` alone is a time of day, and what has passed has passed.
"""
import time

from kuma_lite import clock, db
from kuma_lite.queue.ledger import LONGEST_DELAY
from kuma_lite.queue.tables import run

SLACK = 5       # seconds by which the clock may be corrected without notice


def ahead():
    """Seconds that the clock is ahead of the one that nobody can set; a change is a jump, or a sleep of
    the whole machine."""
    return clock.now() - time.monotonic()


def move_starts(worker_id, seconds):
    """The clock jumped while this worker ran these tasks: their deadlines jump along."""
    with db.joined(retraceable=True):
        run("UPDATE task SET started_at = started_at + ? WHERE state = 'running' AND worker_id = ?",
            seconds, worker_id)


def pull_back():
    """Queued tasks from the future: the clock was put back, perhaps while no process ran."""
    with db.joined(retraceable=True):
        now = clock.now()       # here: what was queued while this waited for its turn is not from the future
        run('UPDATE task SET run_at = run_at - created_at + ?1, expires_at = expires_at - created_at + ?1, '
            "created_at = ?1 WHERE state = 'queued' AND created_at > ?2", now, now + SLACK)
        run("UPDATE task SET run_at = ?1 WHERE state = 'queued' AND attempt > 0 AND run_at > ?2",
            now, now + 2 * LONGEST_DELAY)
