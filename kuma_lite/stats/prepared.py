"""The spam dashboard as values that tasks prepare: of each day, of all periods, and the list of spam."""
import json

from kuma_lite import clock, db
from kuma_lite.queue.cache import Answer, Prepared, Value
from kuma_lite.spam.models import Attempt, Marked
from kuma_lite.stats import days, figures, published
from kuma_lite.wiki.models import Revision

WEEK, DAY, MINUTE = 7 * 24 * 3600, 24 * 3600, 60
UNREVIEWED = 5 * MINUTE     # for which the figures of a day hold whose attempts wait for moderators
SETTLED = 5 * MINUTE        # after midnight: all processes have written the views of the day


def current():
    """The dashboard that ends with yesterday, as a cache.Answer; until it is there, the one before."""
    last = days.of(clock.now() - SETTLED) - days.DAY
    answer = dashboard.ask(last.isoformat())
    if answer.data is None:
        return _kept(dashboard, last - days.DAY) or answer
    if answer.fresh and _judged_since(answer.computed_at):
        with db.atomic():
            dashboard.invalidate(last.isoformat())
        answer.fresh = False
    return answer


def prepare():
    """Make the dashboard that ends with yesterday."""
    dashboard.compute(days.yesterday().isoformat())


def _of_day(key):
    return figures.of_day(days.parse(key))


def _of_periods(key):
    last = days.parse(key)
    dates = days.back(last, 2 * figures.LONGEST)
    kept, judged = _all_kept(dates), _judged_dates(dates[0])
    changed = [date.isoformat() for date in dates
               if _may_differ(kept.get(date.isoformat()), date in judged)]
    kept.update((key, _answer(row)) for key, row in day.compute_all(changed).items())
    by_day = [figures.Figures(*kept[date.isoformat()].data) for date in dates]
    shown = list(zip([date.isoformat() for date in dates], by_day, strict=True))[-figures.LONGEST:]
    return {'periods': figures.periods(last, by_day), 'days': shown}


def _may_differ(kept, judged):
    """Whether the figures of a date have to be made anew."""
    return kept is None or not kept.fresh or judged or _waits_for_moderators(kept)


def _waits_for_moderators(kept):
    return figures.Figures(*kept.data).unreviewed and clock.now() > kept.computed_at + UNREVIEWED


def _all_kept(dates):
    """{key: cache.Answer} of the days among these that are kept."""
    keys = [date.isoformat() for date in dates]
    rows = Prepared.select().where(Prepared.name == day.name, Prepared.key.in_(keys))
    return {row.key: _answer(row) for row in rows}


def _kept(value, date):
    """What is kept of a date, as a cache.Answer, or None; asking starts nothing."""
    row = Prepared.get_or_none(Prepared.name == value.name, Prepared.key == date.isoformat(),
                               Prepared.computed_at.is_null(False))
    return row and _answer(row)


def _answer(row):
    fresh = row.computed_at <= clock.now() < row.expires_at
    return Answer(json.loads(row.data), row.computed_at, fresh, row.expires_at)


def _judged_since(moment):
    """Whether moderators have said something since then."""
    return (Marked.select().where(Marked.at >= moment).exists()
            or Attempt.select().where(Attempt.reviewed_at >= moment).exists())


def _judged_dates(first):
    """The dates, from `first` on, whose figures are others because of what moderators have said since those
    may have been kept."""
    since = clock.now() - WEEK
    attempts = Attempt.select(Attempt.at).where(Attempt.at >= days.start(first), Attempt.reviewed_at >= since)
    dates = {days.of(at) for at, in attempts.tuples()}
    marked = Revision.select(Revision.created_at, published.replaced_at()).join(Marked)
    for begun, ended in marked.where(Marked.at >= since).tuples():
        dates.update(_between(max(first, days.of(begun)), days.of(ended or clock.now())))
    return dates


def _between(first, last):
    """The dates from one to another, both included; none if the last is before the first."""
    return days.back(last, (last - first).days + 1)


def _of_revisions(key):
    return published.newest()


day = Value('spam.day', _of_day, WEEK, MINUTE, fetch_on_miss=True)
dashboard = Value('spam.dashboard', _of_periods, DAY, MINUTE)
recent = Value('spam.published', _of_revisions, MINUTE, MINUTE, fetch_on_miss=True)
