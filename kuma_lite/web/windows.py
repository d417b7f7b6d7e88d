"""Counting over a sliding window of time: how many in the last minute, from two numbers.

The window before counts by the part of it that is not over a window ago. So nobody gets the limit twice
around the turn of a minute, and no time of a request is kept. What is refused does not count.
"""
import math
import threading

from kuma_lite import clock, db
from kuma_lite.web.models import Tally

CLIENTS = 20_000    # that are told apart in one minute; a few MB
MINUTE = 60


class Views:
    """Counts of the last minute in the memory of one process, of at most so many clients."""

    def __init__(self, clients=CLIENTS):
        self._clients = clients
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        self._minute, self._now, self._before = 0, {}, {}

    def count(self, key, most):
        """Count one of the at most `most` a minute: 0, or the seconds until there is room.

        When there are more clients than can be told apart, the new ones are not counted: no limit for each
        can hold off so many.
        """
        with self._lock:
            minute, passed = divmod(clock.now(), MINUTE)
            if minute != self._minute:
                self._turn(minute)
            count, before = self._now.get(key, 0), self._before.get(key, 0)
            wait = seconds_left(count, before, most, passed, MINUTE)
            if not wait and (count or len(self._now) < self._clients):
                self._now[key] = count + 1
            return wait

    def _turn(self, minute):
        self._before = self._now if minute == self._minute + 1 else {}
        self._now, self._minute = {}, minute


def count_write(key, most, window=MINUTE):
    """The same in the database, for what is done seldom and must hold in all processes and after a restart.

    Of many at one moment each is judged by what is there when its turn comes.
    """
    now = clock.now()
    ends_at = int(now // window + 1) * window
    with db.atomic(retraceable=True):
        count, before = _counts(key, ends_at, window)
        wait = seconds_left(count, before, most, now % window, window)
        if not wait:
            row = {'key': key, 'ends_at': ends_at, 'count': count + 1, 'before': before}
            (Tally.insert(row).on_conflict(conflict_target=[Tally.key],
                                           preserve=[Tally.ends_at, Tally.count, Tally.before]).execute())
        return wait


def _counts(key, ends_at, window):
    found = Tally.get_or_none(Tally.key == key)
    if found and found.ends_at == ends_at:
        return found.count, found.before
    return 0, found.count if found and found.ends_at == ends_at - window else 0


def seconds_left(count, before, most, passed, window):
    """0 if one more fits; else the seconds until it will: `passed` of the window's seconds are over."""
    if count + before * (1 - passed / window) <= most - 1:
        return 0
    if count < most:        # as soon as enough of the window before is gone
        return max(1, math.ceil(window * (1 - (most - 1 - count) / before) - passed))
    return max(1, math.ceil(window - passed + window * (1 - (most - 1) / count)))
