"""Bans and clean-ups, each with its entry in the log. The caller has asked `access.may()`."""
import json

from kuma_lite import db
from kuma_lite.accounts import bans
from kuma_lite.accounts.rules import Invalid
from kuma_lite.mail import actions as mail
from kuma_lite.moderation import log, planning, tasks
from kuma_lite.moderation.models import Cleanup, Step
from kuma_lite.queue import batches
from kuma_lite.spam import actions as spam

NO_BAN = object()
BAN = 'ban'         # with what attempts are closed; which ban it is does not matter
TELL = 300      # seconds until the others hear of a ban, and of all that have come by then


def ban(by, person=None, network='', reason='', until=None):
    """Ban a person or a network, and log it; returns the Ban. Raises accounts.rules.Invalid."""
    with db.atomic():
        made = bans.add(by, person, network, reason, until)
        _close(planning.Source(made.person, made.network), BAN, by)
        log.write(by, 'ban', _subject(made), made.whom, made.reason,
                  {'words': 'Lift the ban', 'post': f'/moderation/bans/{made.id}/lift'})
        tasks.tell_of_bans.schedule((made.id,), delay=TELL)
        return made


def lift(ban, person):
    """End a ban before its time; returns whether it was still in force."""
    with db.atomic():
        if not bans.lift(ban):
            return False
        source = planning.Source(ban.person, ban.network)
        spam.reopen(BAN, source.tried(), source.has)
        log.undone('ban', _subject(ban))
        log.write(person, 'lift', _subject(ban), ban.whom, ban.reason)
        return True


def _subject(ban):
    return f'ban:{ban.id}'


def _close(source, what, by):
    """Nobody has to judge what waits of somebody who was banned, or cleaned up after."""
    spam.close(source.tried(), source.has, what, by)


def on_user_banned(person, ban):
    """The listener for events.user_banned: mails that wait for the person are not sent, unless somebody else
    has the same address."""
    if person.email and not person.others_with_address().exists():
        mail.withdraw(person.email, 'Whom it was for was banned.')


def clean_up(source, ticked, person, reason, banned_until=NO_BAN):
    """Begin to clean up after a planning.Source; returns the Cleanup. `ticked` are ids of revisions: what is
    spam.

    With `banned_until` (a time, or None for no end) the source is banned as well. Raises Invalid.
    """
    reason = ' '.join(reason.split())
    pages = planning.theirs(source, ticked)
    _check(pages, reason)
    with db.atomic():
        made = Cleanup.create(author=source.author, network=source.network, person=person, reason=reason)
        _close(source, f'cleanup:{made.id}', person)    # first, so that taking the clean-up back reopens it
        if banned_until is not NO_BAN:
            ban(person, source.author, source.network, reason, banned_until)
        steps = [Step.create(cleanup=made, page=page, ticked=json.dumps(ids)) for page, ids in pages.items()]
        made.batch_id = batches.start([tasks.clean_page.s(step.id) for step in steps], then=tasks.end_cleanup)
        made.save()
        log.write(person, 'cleanup', f'cleanup:{made.id}', made.whom, reason,
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
        spam.reopen(f'cleanup:{cleanup.id}')
        cleanup.undone_by = person
        cleanup.undo_batch_id = batches.start([tasks.undo_page.s(step.id) for step in steps],
                                              then=tasks.end_undo)
        cleanup.save()
        log.write(person, 'undo', f'cleanup:{cleanup.id}', cleanup.whom, cleanup.reason)


def _check(pages, reason):
    if not pages:
        raise Invalid('Please tick what is to be cleaned up.')
    if not reason:
        raise Invalid('Please say why; the histories of the pages and the log will show it.')
    if len(reason) > log.REASON_LIMIT:
        raise Invalid(f'The reason has {len(reason):,} characters; it can have {log.REASON_LIMIT}.')
