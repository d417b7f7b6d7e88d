"""Approval of first edits: with [spam] approve_first, an author's edits wait until so many are published."""
from kuma_lite.config import settings
from kuma_lite.spam.models import HELD, Attempt, Marked
from kuma_lite.wiki.models import Revision

WHY = 'First edits: the author has {count} published so far, of {wanted} that somebody looks at'
KEPT = ('Your edit is kept, and a moderator will look at it before it is published. You need not do '
        'anything. {rule}')


def waits(author, address):
    """Whether an edit by this Person has to wait; None is somebody without an account, from `address`."""
    wanted = settings.spam.approve_first
    return wanted > 0 and not is_trusted(author) and published(author, address) < wanted


def is_trusted(person):
    return person is not None and person.at_least('moderator')


def published(author, address):
    """How many edits of an author stand in the histories and were not found to be spam; no more are counted
    than have to be.

    Without an account only those count that were let through, and as long as the address of them is kept.
    """
    spam = Marked.select(Marked.revision).where(Marked.is_spam)
    if author:
        found = Revision.select(Revision.id).where(Revision.author == author, Revision.id.not_in(spam))
    else:
        found = Attempt.select(Attempt.id).where(
            Attempt.person.is_null(), Attempt.address == address, Attempt.address != '',
            Attempt.outcome == HELD, Attempt.revision.is_null(False), Attempt.revision.not_in(spam))
    return found.limit(settings.spam.approve_first).count()


def rule():
    """The setting as a sentence."""
    wanted = settings.spam.approve_first
    if wanted == 1:
        return 'That is so with the first edit of everybody here.'
    return f'That is so with the first {wanted} edits of everybody here.'


def sentence():
    """What an author is told whose edit waits now."""
    return KEPT.format(rule=rule())


def why(author, address):
    return WHY.format(count=published(author, address), wanted=settings.spam.approve_first)
