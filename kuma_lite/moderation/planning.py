"""What a clean-up would do with a page: read, nothing is written here."""
import itertools
from typing import NamedTuple

from peewee import fn

from kuma_lite import clock
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import Person
from kuma_lite.spam.models import Attempt, Marked
from kuma_lite.wiki import protection
from kuma_lite.wiki.models import Page, Revision

REVERT, DELETE, LEAVE, FOLLOW_UP = 'revert', 'delete', 'leave', 'follow-up'
MOST = 500      # revisions that one form shows
LOOKED_AT = 100_000     # the newest of the last days whose addresses are looked at
DAY = 86400

IN_BIN = 'The page is in the bin already.'
RIGHT = 'Somebody has put it right already.'
EDITED = 'Somebody else has edited it since; please look at it.'
BELOW = 'The page would be deleted, and other pages stand below it.'


class Source(NamedTuple):
    """Who wrote what is to be cleaned up: a Person, or whoever came from a network without an account."""
    author: Person | None = None
    network: str = ''       # "192.0.2.0/24"; a single address is a network, too

    @property
    def name(self):
        return self.author.name if self.author else self.network.removesuffix('/32').removesuffix('/128')

    def wrote(self):
        """An expression about Revision; addresses are looked at one by one."""
        if self.author:
            return Revision.author == self.author
        return Revision.author.is_null() & (Revision.address != '')

    def tried(self):
        """The same about spam.models.Attempt."""
        if self.author:
            return Attempt.person == self.author
        return Attempt.person.is_null() & (Attempt.address != '')

    def has(self, address):
        """Whether what `wrote()` or `tried()` found, and came from that address, is theirs."""
        return self.author is not None or bans.is_within(address, self.network)


class Plan(NamedTuple):
    """What to do with a page, the Revision (without text) that a revert goes back to, and a word about it."""
    deed: str
    target: Revision = None
    note: str = ''


class Found(NamedTuple):
    """A page, what the author wrote there (the newest first), which of it is ticked, and the plan for it."""
    page: Page
    revisions: list
    ticked: set
    plan: Plan


def revisions(source, days, person):
    """What a Source has written in the last days and a person may read, as a select; the newest first, each
    with its page. Of a network, no more than the form shows."""
    ids = _ids(source, (Revision.created_at > clock.now() - days * DAY) & protection.readable(person))
    return (Revision.listed().select_extend(Page.id, Page.path, Page.key, Page.title, Page.current_id)
            .join_from(Revision, Page).where(Revision.id.in_(ids)))


def _ids(source, which):
    """The ids of the newest MOST + 1 revisions of a Source that fit."""
    rows = (Revision.select(Revision.id, Revision.address).join(Page).where(source.wrote(), which)
            .order_by(Revision.created_at.desc()).limit(LOOKED_AT).tuples())
    return list(itertools.islice((number for number, address in list(rows) if source.has(address)), MOST + 1))


def theirs(source, ids):
    """{page's id: [revision's id, …]} of those among the ids that a Source wrote."""
    pages = {}
    rows = (Revision.select(Revision.id, Revision.page, Revision.address)
            .where(source.wrote(), Revision.id.in_(ids)).order_by(Revision.id).tuples())
    for number, page_id, address in rows:
        if source.has(address):
            pages.setdefault(page_id, []).append(number)
    return pages


def found(source, days, person, ticked=None):
    """[Found, …] of a Source for a moderator, and whether there is more than MOST. `ticked` are the ids of
    what is spam; None: all of it."""
    rows = list(revisions(source, days, person))
    pages = {}
    for row in rows[:MOST]:
        pages.setdefault(row.page_id, []).append(row)
    ticks = {page_id: {row.id for row in group} if ticked is None else {row.id for row in group} & ticked
             for page_id, group in pages.items()}
    plans = together({group[0].page: ticks[page_id] for page_id, group in pages.items() if ticks[page_id]})
    return [Found(group[0].page, group, ticks[page_id], plans.get(page_id))
            for page_id, group in pages.items()], len(rows) > MOST


def together(ticked):
    """{page's id: Plan} for {page: ids}: a page can be deleted if all below it are deleted, too."""
    plans = {page.id: plan(page, ids) for page, ids in ticked.items()}
    for page in sorted(ticked, key=depth, reverse=True):
        if plans[page.id].deed == DELETE and not _under(page) <= _deleted(plans):
            plans[page.id] = Plan(FOLLOW_UP, None, BELOW)
    return plans


def depth(page):
    return (page.key or '').count('/')


def _under(page):
    return {page_id for page_id, in Page.under(page.key).tuples()}


def _deleted(plans):
    return {page_id for page_id, plan in plans.items() if plan.deed == DELETE}


def plan(page, ticked):
    """The Plan for one page, pages below it aside, if the revisions with these ids are spam."""
    if page.is_deleted:
        return Plan(LEAVE, None, IN_BIN)
    target = _newest_good(page, ticked)
    if target is None:
        return Plan(DELETE)
    if target.id != page.current_id:
        return Plan(REVERT, target)
    return Plan(LEAVE, None, RIGHT) if _as_before(target, min(ticked)) else Plan(FOLLOW_UP, None, EDITED)


def _newest_good(page, ticked):
    """The newest revision that is not spam: neither ticked, nor found to be spam before, nor one that says
    again what one of those says, as the revert of an earlier clean-up may."""
    spam = Revision.alias()
    is_spam = spam.id.in_(ticked) | spam.id.in_(_marked())
    again = (spam.select(spam.id).where(spam.page == page, is_spam, spam.id <= Revision.id,
                                        spam.size == Revision.size, spam.title == Revision.title,
                                        spam.content == Revision.content))
    return (Revision.select(Revision.id, Revision.created_at, Revision.title)
            .where(Revision.page == page, ~fn.EXISTS(again)).order_by(Revision.id.desc()).first())


def _marked():
    return Marked.select(Marked.revision).where(Marked.is_spam)


def _as_before(revision, first):
    """Whether a revision says what the page said before the revision with the id `first`."""
    own, old = Revision.get_by_id(revision.id), Revision.alias()
    return old.select(old.id).where(old.page == own.page_id, old.id < first, old.size == own.size,
                                    old.title == own.title, old.content == own.content).exists()
