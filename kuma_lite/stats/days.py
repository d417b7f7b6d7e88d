"""Days in the time zone of the site, or in `zone`, from midnight to midnight: one may have 23 or 25 hours."""
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kuma_lite import clock
from kuma_lite.config import settings

DAY = timedelta(days=1)


def of(moment):
    """The date on which a stored time lies."""
    return datetime.fromtimestamp(moment, ZoneInfo(settings.site.timezone)).date()


def start(day, zone=''):
    """The first moment of a date, which belongs to it and not to the day before, as a stored time."""
    return datetime.combine(day, time(), ZoneInfo(zone or settings.site.timezone)).timestamp()


def end(day, zone=''):
    """The moment at which the next date begins."""
    return start(day + DAY, zone)


def yesterday():
    return of(clock.now()) - DAY


def back(day, count):
    """The `count` dates that end with `day`, in order."""
    return [day - number * DAY for number in reversed(range(count))]


def parse(words):
    """The date that "2026-11-22" says. Raises ValueError for what is none."""
    if not re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', words):
        raise ValueError(words)
    return date.fromisoformat(words)
