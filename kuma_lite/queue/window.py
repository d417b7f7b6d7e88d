"""Which rows go to Redis next: the window of the relay.

Priorities, rates and delays are decided here, and nowhere else: what is not published waits.
"""
from kuma_lite import clock, db
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import one, rows, run


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
    return rows("SELECT id, name FROM task WHERE state = 'queued' AND published_at IS NULL "
                f'AND run_at <= ? AND name NOT IN ({marks}) ORDER BY priority DESC, run_at, id LIMIT ?',
                clock.now(), *exhausted, room)


def _left(name, starts, seconds):
    """How many more tasks of a limited name may start now."""
    used = one('SELECT count(*) FROM task WHERE name = ? AND started_at > ?', name, clock.now() - seconds)
    ahead = one("SELECT count(*) FROM task WHERE state = 'queued' AND published_at IS NOT NULL "
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
        lost = rows("SELECT id FROM task WHERE state = 'queued' AND published_at IS NOT NULL "
                    'AND published_at NOT BETWEEN ? AND ? ORDER BY priority DESC, run_at, id',
                    now - patience, now)
        _mark_published(lost)
    return [row[0] for row in lost]


def _mark_published(due):
    now = clock.now()
    for row in due:
        run('UPDATE task SET published_at = ? WHERE id = ?', now, row[0])


def published():
    """How many rows are published and not yet claimed."""
    return one("SELECT count(*) FROM task WHERE state = 'queued' AND published_at IS NOT NULL")[0]


def next_due():
    """When the next unpublished row becomes due (epoch seconds), or None."""
    return one("SELECT min(run_at) FROM task WHERE state = 'queued' AND published_at IS NULL")[0]
