"""What a clean-up would do with a page: read, nothing is written here."""
from typing import NamedTuple

from peewee import fn

from kuma_lite import clock
from kuma_lite.spam.models import Marked
from kuma_lite.wiki.models import Page, Revision

REVERT, DELETE, LEAVE, FOLLOW_UP = 'revert', 'delete', 'leave', 'follow-up'
MOST = 500      # revisions that one form shows
DAY = 86400

IN_BIN = 'The page is in the bin already.'
RIGHT = 'Somebody has put it right already.'
EDITED = 'Somebody else has edited it since; please look at it.'
BELOW = 'The page would be deleted, and other pages stand below it.'


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


def revisions(author, days):
    """What an author has written in the last days, as a select; the newest first, each with its page."""
    return (Revision.listed().select_extend(Page.id, Page.path, Page.key, Page.title, Page.current_id)
            .join_from(Revision, Page)
            .where(Revision.author == author, Revision.created_at > clock.now() - days * DAY))


def found(author, days, ticked=None):
    """[Found, …] of an author, and whether there is more than MOST. `ticked` are the ids of what is spam;
    None: all of it."""
    rows = list(revisions(author, days).limit(MOST + 1))
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
