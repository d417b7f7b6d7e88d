"""What the spam dashboard says in numbers: of one day, and of periods against those before them.

    published spam      revisions of those days that a moderator has marked as spam
    published ham       all other revisions of those days
    blocked spam, ham   attempts of those days that let nothing through, by what a moderator said of them
    spam viewers        views, on those days, of pages that showed spam on that day
"""
from typing import NamedTuple

from peewee import JOIN, SQL, fn

from kuma_lite.spam import models as spam
from kuma_lite.spam.models import Attempt, Marked
from kuma_lite.statements import Statement, slot
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
    [(revisions,)] = REVISIONS.all(first=first, end=end)
    [(published_spam,)] = PUBLISHED_SPAM.all(first=first, end=end)
    [(viewers,)] = VIEWERS.all(first=first, end=end, day=day.isoformat())
    blocked = dict(BLOCKED.all(first=first, end=end))
    return Figures(published_spam, revisions - published_spam, blocked.get(spam.SPAM, 0),
                   blocked.get(spam.HAM, 0), viewers, sum(blocked.get(one, 0) for one in spam.OPEN))


def _marked():
    """Revisions that are spam. CROSS, so that SQLite begins with the few marks and not with all revisions."""
    return Marked.select().join(Revision, JOIN.CROSS).where(Marked.is_spam, Marked.revision == Revision.id)


def _within(column):
    """An expression: from one moment until before another."""
    return (column >= slot('first')) & (column < slot('end'))


def _viewers():
    """The views of pages that showed spam on a date. A page in the bin has none."""
    replaced_at = fn.coalesce(published.replaced_at(), slot('end'))
    shown = (_marked().select(Revision.page)
             .where(Revision.created_at < slot('end'), replaced_at >= slot('first')))
    views = PageView.select(fn.coalesce(fn.sum(PageView.count), 0))
    return views.where(PageView.day == slot('day'), PageView.page.in_(shown)).tuples()


NUMBER = fn.COUNT(SQL('*'))
REVISIONS = Statement(lambda: Revision.select(NUMBER).where(_within(Revision.created_at)).tuples())
PUBLISHED_SPAM = Statement(lambda: _marked().select(NUMBER).where(_within(Revision.created_at)).tuples())
VIEWERS = Statement(_viewers)
# Of each verdict, the attempts that let nothing through
BLOCKED = Statement(lambda: Attempt.select(Attempt.verdict, NUMBER).group_by(Attempt.verdict)
                    .where(_within(Attempt.at), Attempt.revision.is_null()).tuples())


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
