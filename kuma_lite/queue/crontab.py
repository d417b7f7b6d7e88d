"""Times of periodic tasks, as fields that can be checked and asked. Knows no table and no task.

`crontab(minute='0', hour='5')` means 05:00 of each local day in the site's time zone, once: a
time that the change to summer time skips runs at the first minute after it, one that comes twice
runs the first time. With hour='*' the clock is UTC, so that hourly tasks keep their distance.
"""
import itertools
from calendar import month_name, monthrange
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from kuma_lite.config import settings

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HORIZON = 9 * 366           # days that are searched for a run: some leap years are eight years apart
RANGES = {'minute': (0, 59), 'hour': (0, 23), 'day': (1, 31), 'month': (1, 12), 'day_of_week': (0, 6)}
WEEKDAYS = ('Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday')
# What becomes of missed runs: how many minutes back they are looked for, how many are queued at most.
CATCH_UP = {'latest': (366 * 24 * 60, 1), 'all': (366 * 24 * 60, 1000), 'none': (5, 1)}
MANY = 6                    # times of a day, at most, that are said one by one


class Crontab:
    """Fields as sets of numbers, and the runs that they mean: whole minutes, as aware UTC datetimes. Hours
    are those of a time zone; '': that of the site."""

    def __init__(self, zone='', **fields):
        self.zone = zone
        self.text = {name: str(text).replace(' ', '') for name, text in fields.items()}
        self.fields = {name: _parse(name, text) for name, text in self.text.items()}
        self.local = self.text['hour'] != '*'
        if min(self.fields['day']) > max(monthrange(2024, month)[1] for month in self.fields['month']):
            raise ValueError(f'crontab: there is no day {self.text["day"]} in month {self.text["month"]}')

    def until(self, minute):
        """The runs up to and with this minute, the latest first; none that is more than nine years ago."""
        return (run for run in self._runs(minute, -1) if run <= minute)

    def after(self, minute):
        """The runs after this minute, in order; none that is more than nine years away."""
        return (run for run in self._runs(minute - DAY, 1) if run > minute)

    def next(self, after, count):
        """The next `count` runs after this minute."""
        return list(itertools.islice(self.after(after), count))

    def _runs(self, start, step):
        """The runs of the local days from that of `start` on, forwards (1) or backwards (-1), each once."""
        first, last = start.astimezone(self._zone()).date(), None
        for number in range(HORIZON):
            for run in self._of_day(first + number * step * DAY, step):
                if run != last:     # two skipped times run at the same minute
                    yield run
                last = run

    def _of_day(self, day, step):
        if not self._fits(day):
            return
        for hour in self.fields['hour'][::step]:
            for minute in self.fields['minute'][::step]:
                yield _moment(datetime.combine(day, time(hour, minute)), self._zone())

    def _fits(self, day):
        return (day.month in self.fields['month'] and day.day in self.fields['day']
                and day.isoweekday() % 7 in self.fields['day_of_week'])

    def _zone(self):
        return ZoneInfo(self.zone or settings.site.timezone) if self.local else timezone.utc

    def words(self):
        """'daily at 05:00 (Europe/Berlin)', 'Monday, Friday at 05:00 (UTC)', 'hourly at minute 30'."""
        days, times = self._days_in_words(), self._times_in_words()
        if times.startswith('at '):
            said = f'{days or "daily"} {times}'
        else:
            said = f'{times}, {days}' if days else times
        return f'{said} ({self.zone or settings.site.timezone})' if self.local else said

    def _times_in_words(self):
        hours, minutes = self.fields['hour'], self.fields['minute']
        if self.local and len(hours) * len(minutes) <= MANY:
            return 'at ' + ', '.join(f'{hour:02}:{minute:02}' for hour in hours for minute in minutes)
        each, hour = _step('minute', self.text['minute']), self.text['hour']
        if each:
            return f'{each} of hour {hour}' if self.local else each
        numbers = f'at minute {_listed(minutes)}'
        if not self.local:
            return f'hourly {numbers}'
        return f'{_step("hour", hour) or f"hours {hour}"} {numbers}'

    def _days_in_words(self):
        """'' for every day."""
        given = {name for name in ('day', 'month', 'day_of_week') if self.text[name] != '*'}
        days, months = _listed(self.fields['day']), _listed(self.fields['month'], month_name)
        words = {'day': f'monthly on day {days}', 'month': f'in {months}',
                 'day_of_week': _listed(self.fields['day_of_week'], WEEKDAYS)}
        if {'day', 'month'} <= given:
            given, words['day'] = given - {'month'}, f'yearly on {days} {months}'
        return ', '.join(words[name] for name in words if name in given)


def crontab(minute='*', hour='*', day='*', month='*', day_of_week='*', zone=''):
    """When a periodic task runs: numbers, 'a-b', 'a,b', '*' and '*/n'; day_of_week 0 is Sunday.

    A day counts if all three of day, month and day_of_week fit. Raises ValueError for a piece that is
    none of these, and for a day that none of the months has.
    """
    return Crontab(zone, minute=minute, hour=hour, day=day, month=month, day_of_week=day_of_week)


def to_minute(seconds):
    """The whole UTC minute in which an epoch time lies."""
    return datetime.fromtimestamp(seconds, timezone.utc).replace(second=0, microsecond=0)


def _moment(local, zone):
    """The UTC minute of a local time: the first of two, the first after the gap for one that is skipped."""
    while True:
        moment = local.replace(tzinfo=zone).astimezone(timezone.utc)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment
        local += MINUTE


def _parse(name, text):
    """The numbers of a field, in order."""
    first, last = RANGES[name]
    numbers = set()
    for piece in text.split(','):
        numbers |= _piece(name, piece, first, last)
    return sorted(numbers)


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


def _step(name, text):
    """'every 10 minutes' for '*/10', 'every minute' for '*', '' for what has no even step."""
    step = text.removeprefix('*/')
    if text in ('*', '*/1'):
        return f'every {name}'
    even = text.startswith('*/') and (RANGES[name][1] + 1) % int(step) == 0
    return f'every {step} {name}s' if even else ''


def _listed(numbers, names=None):
    return ', '.join(names[number] if names else str(number) for number in numbers)
