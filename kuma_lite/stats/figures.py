"""What the spam dashboard says in numbers: of one day, and of periods against those before them.

    published spam      revisions of those days that a moderator has marked as spam
    published ham       all other revisions of those days
    blocked spam, ham   attempts of those days that let nothing through, by what a moderator said of them
    spam viewers        views, on those days, of pages that showed spam on that day
"""
from typing import NamedTuple

from peewee import JOIN, fn

from kuma_lite.spam import models as spam
from kuma_lite.spam.models import Attempt, Marked
from kuma_lite.stats import days, published
from kuma_lite.stats.models import PageView
from kuma_lite.wiki.models import Revision

PERIODS = [('Daily', 1), ('Weekly', 7), ('Monthly', 28), ('Quarterly', 91)]      # in days
LONGEST = 91


class Figures(NamedTuple):
    """Of one day, or the sums of several."""
    published_spam: int = 0
    published_ham: int = 0
    blocked_spam: int = 0
    blocked_ham: int = 0
    viewers: int = 0        # of published spam
    unreviewed: int = 0     # attempts of which no moderator has said anything

    @property
    def true_positive_rate(self):
        """How much of the spam was blocked, 0.0 to 1.0."""
        return _share(self.blocked_spam, self.published_spam + self.blocked_spam)

    @property
    def true_negative_rate(self):
        """How much of what is no spam was published, 0.0 to 1.0."""
        return _share(self.published_ham, self.published_ham + self.blocked_ham)


def _share(part, whole):
    return part / whole if whole else 1.0


def of_day(day):
    """The Figures of a date; about 5 ms in a wiki of 100,000 revisions."""
    first, end = days.start(day), days.end(day)
    revisions = Revision.select().where(Revision.created_at >= first, Revision.created_at < end).count()
    published_spam = _marked().where(Revision.created_at >= first, Revision.created_at < end).count()
    blocked = _blocked(first, end)
    return Figures(published_spam, revisions - published_spam, blocked.get(spam.SPAM, 0),
                   blocked.get(spam.HAM, 0), _viewers(day), sum(blocked.get(one, 0) for one in spam.OPEN))


def _marked():
    """Revisions that are spam. CROSS, so that SQLite begins with the few marks and not with all revisions."""
    return Marked.select().join(Revision, JOIN.CROSS).where(Marked.is_spam, Marked.revision == Revision.id)


def _blocked(first, end):
    """{verdict: attempts from one moment until before another that let nothing through}"""
    query = (Attempt.select(Attempt.verdict, fn.count(Attempt.id)).group_by(Attempt.verdict)
             .where(Attempt.at >= first, Attempt.at < end, Attempt.revision.is_null()))
    return dict(query.tuples())


def _viewers(day):
    """The views of pages that showed spam on a date. A page in the bin has none."""
    replaced_at = fn.coalesce(published.replaced_at(), days.end(day))
    shown = (_marked().select(Revision.page)
             .where(Revision.created_at < days.end(day), replaced_at >= days.start(day)))
    views = PageView.select(fn.coalesce(fn.sum(PageView.count), 0))
    return views.where(PageView.day == day.isoformat(), PageView.page.in_(shown)).scalar()


def total(figures):
    """The sums of several Figures."""
    return Figures(*(sum(column) for column in zip(*figures, strict=True)))


def periods(last, by_day):
    """The rows of the dashboard, each a dict: every period ends with the date `last`.

    `by_day` is a list of Figures, of twice the longest period up to `last`.
    """
    return [_period(name, length, last, total(by_day[-length:]), total(by_day[-2 * length:-length]))
            for name, length in PERIODS]


def _period(name, length, last, now, before):
    return {'name': name, 'start': days.back(last, length)[0].isoformat(),
            'change': _change(before.viewers, now.viewers), 'viewers': now.viewers,
            'average': now.viewers / length, 'published_spam': now.published_spam,
            'blocked_spam': now.blocked_spam, 'blocked_ham': now.blocked_ham,
            'true_positive_rate': now.true_positive_rate, 'true_negative_rate': now.true_negative_rate}


def _change(before, now):
    """By how many percent it is more than before; None if there was nothing to be more than."""
    if before == now:
        return 0.0
    return (now - before) / before * 100 if before else None
