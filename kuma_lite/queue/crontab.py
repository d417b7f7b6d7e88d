"""Times of periodic tasks, as fields that can be checked and asked. Knows no table and no task.

`crontab(minute='0', hour='5')` means 05:00 of each local day in the site's time zone, once: a
time that the change to summer time skips runs at the first minute after it, one that comes twice
runs the first time. With hour='*' the clock is UTC, so that hourly tasks keep their distance.
"""
import itertools
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from kuma_lite.config import settings

MINUTE = timedelta(minutes=1)
YEAR = 366 * 24 * 60        # in minutes
RANGES = {'minute': (0, 59), 'hour': (0, 23), 'day': (1, 31), 'month': (1, 12), 'day_of_week': (0, 6)}


class Crontab:
    """Fields as sets of numbers; `matches()` answers for one minute."""

    def __init__(self, **fields):
        self.text = fields
        self.fields = {name: _parse(name, text) for name, text in fields.items()}
        self.local = fields['hour'] != '*'

    def matches(self, minute):
        """Whether a run is due in this minute (an aware UTC datetime, whole minute)."""
        if not self.local:
            return self._fits(minute)
        return any(self._fits(local) for local in _local_minutes(minute))

    def next(self, after, count):
        """The next `count` runs after a minute (aware UTC); fewer if they are over a year away."""
        minutes = (after + (step + 1) * MINUTE for step in range(YEAR))
        return list(itertools.islice(filter(self.matches, minutes), count))

    def words(self):
        """'daily at 05:00', 'hourly at minute 30', or the fields where those do not fit."""
        given = {name: text for name, text in self.text.items() if text != '*'}
        minute, hour = self.text['minute'], self.text['hour']
        if set(given) == {'minute', 'hour'} and minute.isdigit() and hour.isdigit():
            return f'daily at {int(hour):02}:{int(minute):02}'
        if set(given) == {'minute'} and minute.isdigit():
            return f'hourly at minute {int(minute)}'
        if set(given) == {'minute'} and minute.startswith('*/'):
            return f'every {minute[2:]} minutes'
        return ', '.join(f'{name} {text}' for name, text in given.items()) or 'every minute'

    def _fits(self, moment):
        values = {'minute': moment.minute, 'hour': moment.hour, 'day': moment.day, 'month': moment.month,
                  'day_of_week': moment.isoweekday() % 7}
        return all(values[name] in allowed for name, allowed in self.fields.items())


def crontab(minute='*', hour='*', day='*', month='*', day_of_week='*'):
    """When a periodic task runs: numbers, 'a-b', 'a,b', '*' and '*/n'; day_of_week 0 is Sunday.

    Raises ValueError for a piece that is none of these.
    """
    return Crontab(minute=minute, hour=hour, day=day, month=month, day_of_week=day_of_week)


def _local_minutes(minute):
    """The local minutes that this UTC minute stands for: one as a rule, none in a repeated hour,
    and all that were skipped, besides its own, right after a jump forward."""
    zone = ZoneInfo(settings.site.timezone)
    here = minute.astimezone(zone).replace(tzinfo=None)
    if minute.astimezone(zone).fold:
        return []
    before = (minute - MINUTE).astimezone(zone)
    skipped = [] if before.fold else _between(before.replace(tzinfo=None), here)
    return [*skipped, here]


def _between(before, here):
    gap = int((here - before) / MINUTE) - 1
    return [before + (step + 1) * MINUTE for step in range(min(gap, 24 * 60))]


def _parse(name, text):
    first, last = RANGES[name]
    numbers = set()
    for piece in str(text).split(','):
        numbers |= _piece(name, piece.strip(), first, last)
    return frozenset(numbers)


def _piece(name, piece, first, last):
    try:
        if piece.startswith('*'):
            step = int(piece.removeprefix('*/')) if piece != '*' else 1
            low, high = first, last
        else:
            low, _, high = piece.partition('-')
            low, high, step = int(low), int(high or low), 1
    except ValueError:
        low, high, step = first - 1, last, 1
    if not first <= low <= high <= last or step < 1:
        raise ValueError(f'crontab: {name}="{piece}" is not understood; use {first}-{last}, a,b, *, or */n')
    return set(range(low, high + 1, step))


def to_minute(seconds):
    """The whole UTC minute in which an epoch time lies."""
    return datetime.fromtimestamp(seconds, timezone.utc).replace(second=0, microsecond=0)
