"""Which rows go to Redis next: the window of the relay.

Priorities, delays, rates, lanes, expiry and pauses are decided here, and nowhere else: what is not
published waits.
"""
from kuma_lite import clock, db
from kuma_lite.queue import ledger
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.queue.tables import Paused, one, rows, run

EVERYTHING = '*'
NOT_PAUSED = "name NOT IN (SELECT name FROM paused) AND NOT EXISTS (SELECT 1 FROM paused WHERE name = '*')"
BUSY_LANES = ("SELECT lane FROM task WHERE lane IS NOT NULL AND (state = 'running' "
              "OR (state = 'queued' AND published_at IS NOT NULL))")


def publish(size, rates):
    """Mark due rows as published, the most urgent first; returns their ids in that order.

    No more than `size` rows are ever published and not yet claimed; of a name in `rates`,
    `{name: (starts, seconds)}`, no more than may start now; of a lane, no more than one runs or is
    about to; of a paused name, none; nothing that has expired.
    """
    room = size - published()
    if room <= 0:
        return []
    with db.joined(retraceable=True):
        left = {name: _left(name, *rate) for name, rate in rates.items()}
        due = _due(room, [name for name in left if left[name] <= 0])
        due = [row for row in _one_a_lane(due) if _take(left, row[1])]
        _mark_published(due)
        failpoint('published')
    return [row[0] for row in due]


def _due(room, exhausted):
    marks = ', '.join('?' * len(exhausted))
    return rows("SELECT id, name, lane FROM task WHERE state = 'queued' AND published_at IS NULL "
                f'AND run_at <= ?1 AND (expires_at IS NULL OR expires_at > ?1) AND {NOT_PAUSED} '
                f'AND (lane IS NULL OR lane NOT IN ({BUSY_LANES})) AND name NOT IN ({marks}) '
                f'ORDER BY priority DESC, run_at, id LIMIT {room:d}', clock.now(), *exhausted)


def _one_a_lane(due):
    """The first of each lane, and all that are in none."""
    taken = set()
    for row in due:
        if row[2] is None or row[2] not in taken:
            taken.add(row[2])
            yield row


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


def expire():
    """Cancel what did not start in time."""
    with db.joined(retraceable=True):
        expired = rows("UPDATE task SET state = 'cancelled', finished_at = ?1, error = 'expired' "
                       "WHERE state = 'queued' AND expires_at <= ?1 RETURNING batch_id", clock.now())
        ledger.tell_batches(row[0] for row in expired)
    return len(expired)


# Pauses

def pause(name=EVERYTHING):
    """Start no more tasks of this name, or none at all; what runs goes on."""
    with db.joined():
        Paused.insert(name=name, since=clock.now()).on_conflict_ignore().execute()


def resume(name=EVERYTHING):
    """The relay notices within a second. Returns whether it was paused."""
    with db.joined():
        return Paused.delete().where(Paused.name == name).execute() == 1


def is_paused(name):
    return one('SELECT 1 FROM paused WHERE name = ?', name) is not None
