"""Recent changes: the revisions of all pages, the newest first; of one person or below one path if asked."""
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from kuma_lite import clock, text
from kuma_lite.accounts.models import FormerName, Person
from kuma_lite.wiki import protection
from kuma_lite.wiki.models import Page, Revision, below

FEW = 2_000     # pages whose revisions are gathered and sorted; with more, the newest are looked through


def changes(by='', under='', person=None):
    """A select of the revisions that a person (None: everybody) may read, each with its page and its author.
    ValueError, with a sentence for people: there is nobody of that name, or `under` is no path."""
    found = (Revision.listed().select_extend(Page.path, Page.title).join_from(Revision, Page)
             .where(Page.key.is_null(False), protection.readable(person, Revision.page)))
    if by:
        found = found.where(Revision.author == _person(by))
    return _at_or_below(found, text.path_key(under)) if under else found


def _person(name):
    person = Person.named(name) or FormerName.owner(name)
    if person is None:
        raise ValueError('Nobody of this name has an account here.')
    return person


def _at_or_below(found, key):
    pages = Page.select(Page.id).where(_within(Page.key, key))
    if pages.limit(FEW + 1).count() <= FEW:
        gathered = Revision.alias()
        return found.where(Revision.id.in_(gathered.select(gathered.id).where(gathered.page.in_(pages))))
    return found.where(_within(Page.key.concat(''), key))   # '': by the index of keys all would be sorted


def _within(column, key):
    return (column == key) | below(column, key)


def by_day(revisions, zone):
    """[(day in words, [revision, …]), …], in a time zone."""
    today = _day(clock.now(), zone)
    days = groupby(revisions, lambda revision: _day(revision.created_at, zone))
    return [(_words(day, today), list(group)) for day, group in days]


def _day(moment, zone):
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).date()


def _words(day, today):
    name = {0: 'Today', 1: 'Yesterday'}.get((today - day).days, f'{day:%A}')
    return f'{name}, {day.day} {day:%B %Y}'
