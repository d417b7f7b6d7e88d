"""The window between ledger and workers: which rows may start next.

The relay asks for as many as workers sleep, and a worker that is awake for one, so nothing ever waits in
Redis, where nothing could overtake it. Priorities, delays, rates, lanes, expiry and pauses are decided in
`_choose`, and nowhere else.
"""
from kuma_lite import clock, db
from kuma_lite.queue import ledger
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import PRIORITIES, Paused, one, rows, run

EVERYTHING = '*'
LATE = 0.1          # seconds after which a published row may be taken by any worker
# Named one by one, so that the index leads straight to what is due, however much is delayed.
ALL_PRIORITIES = ', '.join(str(priority) for priority in PRIORITIES.values())
# SQLite would take task_state for these, and read everything that waits. INDEXED BY is an error where
# the index cannot serve, so the conditions repeat those of the indexes in `tables`.
WAITING = "task INDEXED BY task_waiting WHERE state = 'queued' AND published_at IS NULL"
PUBLISHED = "task INDEXED BY task_published WHERE state = 'queued' AND published_at IS NOT NULL"
NOT_PAUSED = "name NOT IN (SELECT name FROM paused) AND NOT EXISTS (SELECT 1 FROM paused WHERE name = '*')"
NO_SUSPECT_RUNS = ('NOT EXISTS (SELECT 1 FROM task INDEXED BY task_suspect WHERE suspect '
                   "AND state IN ('queued', 'running') AND (state = 'running' OR published_at IS NOT NULL))")
BUSY_LANES = ('SELECT lane FROM task INDEXED BY task_lane WHERE lane IS NOT NULL '
              "AND state IN ('queued', 'running') AND (state = 'running' OR published_at IS NOT NULL)")


def room():
    """How many workers, of all processes, have nothing to do and nothing on its way to them."""
    return one('SELECT (SELECT coalesce(sum(threads), 0) FROM worker WHERE stopped_at IS NULL) '
               "- (SELECT count(*) FROM task INDEXED BY task_running WHERE state = 'running') "
               f'- (SELECT count(*) FROM {PUBLISHED})')[0]


def publish(size, rates):
    """Mark up to `size` due rows as published; returns their ids, the most urgent first."""
    with db.joined(retraceable=True):
        due = _choose(size, rates)
        _mark_published(due)
        failpoint('published')
    return due


def take(worker_id, rates):
    """Claim the most urgent due row for a worker that has just become free; returns its Claim or None.

    First what was published for one that does not come for it: it sleeps, is dead, or stops.
    """
    late = one(f'SELECT id FROM {PUBLISHED} AND published_at < ? ORDER BY priority DESC, run_at, id LIMIT 1',
               clock.now() - LATE)
    if late:
        return ledger.claim(late[0], worker_id)
    for task_id in _choose(1, rates):
        return ledger.claim(task_id, worker_id, published=False)
    return None


def _choose(size, rates):
    """The ids of up to `size` rows that may start now, the most urgent first.

    Of a name in `rates`, `{name: (starts, seconds)}`, no more than may start now; of a lane, and of
    all suspects, no more than one runs or is about to; of a paused name, none; nothing that has expired.
    """
    left = {}       # of each limited name that was met: how many may start
    while True:
        due = _due(size, [name for name in left if left[name] <= 0])
        met = rates.keys() & {name for _, name, _, _ in due} - left.keys()
        if not met:
            return [task_id for task_id, name, _, _ in _one_a_lane(due) if _count_down(left, name)]
        left.update({name: _left(name, *rates[name]) for name in met})


def _due(size, exhausted):
    """(id, name, lane, suspect) of the first rows that are due, none of them with an exhausted name."""
    marks = ', '.join('?' * len(exhausted))
    return rows(f'SELECT id, name, lane, suspect FROM {WAITING} AND priority IN ({ALL_PRIORITIES}) '
                f'AND run_at <= ?1 AND (expires_at IS NULL OR expires_at > ?1) AND {NOT_PAUSED} '
                f'AND (lane IS NULL OR lane NOT IN ({BUSY_LANES})) '
                f'AND (NOT suspect OR {NO_SUSPECT_RUNS}) AND name NOT IN ({marks}) '
                f'ORDER BY priority DESC, run_at, id LIMIT {size:d}', clock.now(), *exhausted)


def _one_a_lane(due):
    """The first of each lane, the first suspect, and all that are neither."""
    taken = set()
    for row in due:
        task_id, _, lane, suspect = row
        lanes = {('lane', lane)} if lane is not None else set()
        lanes |= {('suspect', True)} if suspect else set()
        if not lanes & taken:
            taken |= lanes
            yield row


def _left(name, starts, seconds):
    """How many more tasks of a limited name may start now."""
    used = one('SELECT count(attempt.id) + count(DISTINCT CASE WHEN state = ?4 THEN task.id END) FROM task '
               'LEFT JOIN attempt ON attempt.task_id = task.id AND attempt.started_at >= ?2 '
               'WHERE name = ?1 AND task.started_at BETWEEN ?2 AND ?3',
               name, clock.now() - seconds, clock.now(), 'running')      # every try counts
    ahead = one(f'SELECT count(*) FROM {PUBLISHED} AND name = ?', name)
    return starts - used[0] - ahead[0]


def _count_down(left, name):
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
        lost = [row[0] for row in rows(f'SELECT id FROM {PUBLISHED} AND published_at NOT BETWEEN ? AND ? '
                                       'ORDER BY priority DESC, run_at, id', now - patience, now)]
        _mark_published(lost)
    return lost


def _mark_published(task_ids):
    marks = ', '.join('?' * len(task_ids))
    run(f'UPDATE task SET published_at = ? WHERE id IN ({marks})', clock.now(), *task_ids)


def published():
    """How many rows are published and not yet claimed."""
    return one(f'SELECT count(*) FROM {PUBLISHED}')[0]


def next_due():
    """When the next unpublished row becomes due (epoch seconds), or None."""
    each = [one(f'SELECT min(run_at) FROM {WAITING} AND priority = ?', priority)[0]
            for priority in PRIORITIES.values()]
    return min((due for due in each if due is not None), default=None)


# Pauses

def pause(name=EVERYTHING):
    """Start no more tasks of this name, or none at all; what runs goes on."""
    with db.joined():
        Paused.insert(name=name, since=clock.now()).on_conflict_ignore().execute()


def resume(name=EVERYTHING):
    """The relay notices within a second. Returns whether it was paused."""
    with db.joined():
        return Paused.delete().where(Paused.name == name).execute() == 1
