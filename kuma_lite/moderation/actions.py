"""Bans and clean-ups, each with its entry in the log. The caller has asked `access.may()`."""
import json

from kuma_lite import db
from kuma_lite.accounts import bans
from kuma_lite.accounts.rules import Invalid
from kuma_lite.mail import actions as mail
from kuma_lite.moderation import log, tasks
from kuma_lite.moderation.models import Cleanup, Step
from kuma_lite.queue import batches
from kuma_lite.wiki.models import Revision

NO_BAN = object()


def ban(by, person=None, network='', reason='', until=None):
    """Ban a person or a network, and log it; returns the Ban. Raises accounts.rules.Invalid."""
    with db.atomic():
        made = bans.add(by, person, network, reason, until)
        log.write(by, 'ban', _subject(made), made.whom, made.reason,
                  {'words': 'Lift the ban', 'post': f'/moderation/bans/{made.id}/lift'})
        return made


def lift(ban, person):
    """End a ban before its time; returns whether it was still in force."""
    with db.atomic():
        if not bans.lift(ban):
            return False
        log.undone('ban', _subject(ban))
        log.write(person, 'lift', _subject(ban), ban.whom, ban.reason)
        return True


def _subject(ban):
    return f'ban:{ban.id}'


def on_user_banned(person, ban):
    """The listener for events.user_banned: mails that wait for the person are not sent."""
    if person.email:
        mail.withdraw(person.email, 'Whom it was for was banned.')


def clean_up(author, ticked, person, reason, banned_until=NO_BAN):
    """Begin to clean up after an author; returns the Cleanup. `ticked` are ids of revisions: what is spam.

    With `banned_until` (a time, or None for no end) the author is banned as well. Raises Invalid.
    """
    reason = ' '.join(reason.split())
    pages = _pages(author, ticked)
    _check(pages, reason)
    with db.atomic():
        if banned_until is not NO_BAN:
            ban(person, author, '', reason, banned_until)
        made = Cleanup.create(author=author, person=person, reason=reason)
        steps = [Step.create(cleanup=made, page=page, ticked=json.dumps(ids)) for page, ids in pages.items()]
        made.batch_id = batches.start([tasks.clean_page.s(step.id) for step in steps], then=tasks.end_cleanup)
        made.save()
        log.write(person, 'cleanup', f'cleanup:{made.id}', author.name, reason,
                  {'words': 'Take it back', 'see': f'/moderation/cleanups/{made.id}'})
        return made


def undo_cleanup(cleanup_id, person):
    """Begin to take a clean-up back. Raises Invalid if it is not over, or taken back already."""
    with db.atomic():
        over = Cleanup.finished_at.is_null(False) & Cleanup.undo_batch_id.is_null()
        cleanup = Cleanup.get_or_none(over & (Cleanup.id == cleanup_id))
        if cleanup is None:
            raise Invalid('This clean-up is not over yet, or somebody takes it back already.')
        steps = cleanup.steps.where(Step.state.in_(tasks.UNDOABLE))
        cleanup.undone_by = person
        cleanup.undo_batch_id = batches.start([tasks.undo_page.s(step.id) for step in steps],
                                              then=tasks.end_undo)
        cleanup.save()
        log.write(person, 'undo', f'cleanup:{cleanup.id}', cleanup.author.name, cleanup.reason)


def _pages(author, ticked):
    """{page's id: [revision's id, …]} of those ticked that the author wrote."""
    pages = {}
    own = Revision.select(Revision.id, Revision.page).where(Revision.author == author)
    for number, page_id in own.where(Revision.id.in_(ticked)).order_by(Revision.id).tuples():
        pages.setdefault(page_id, []).append(number)
    return pages


def _check(pages, reason):
    if not pages:
        raise Invalid('Please tick what is to be cleaned up.')
    if not reason:
        raise Invalid('Please say why; the histories of the pages and the log will show it.')
    if len(reason) > log.REASON_LIMIT:
        raise Invalid(f'The reason has {len(reason):,} characters; it can have {log.REASON_LIMIT}.')
