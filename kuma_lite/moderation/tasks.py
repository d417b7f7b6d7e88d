"""Clean-ups as batches: a task for each page, and one when all of them have ended."""
from kuma_lite import clock, db, queue
from kuma_lite.accounts.models import Ban
from kuma_lite.config import settings
from kuma_lite.mail.actions import post
from kuma_lite.moderation import cleaning, log, notices
from kuma_lite.moderation.models import Cleanup, Entry, Step

DAY, CHUNK = 86400, 500     # seconds; rows in one transaction
UNDOABLE = ('done', 'follow-up', 'failed')


@queue.task(retries=3, retry_delay=5, retry_backoff=2, subject='step:{step_id}')
def clean_page(step_id):
    """Revert or delete one page of a clean-up. Once for each page; safe to run twice; costs a revert."""
    cleaning.clean(step_id)


@queue.task(retries=3, retry_delay=5, retry_backoff=2)
def end_cleanup(batch_id, failed):
    """Delete what had to wait for the pages below it, and note that the clean-up has ended.

    Once for each, after its last page; safe to run twice; costs a revert for each page that was left.
    """
    cleanup = Cleanup.get_or_none(Cleanup.batch_id == batch_id, Cleanup.finished_at.is_null())
    if cleanup is None:
        return
    for step in list(cleanup.steps.where(Step.state == 'waiting')):     # their tasks died
        cleaning.give_up(step.id)
    cleaning.clean_above(cleanup)
    with db.atomic():
        Cleanup.update(finished_at=clock.now()).where(Cleanup.id == cleanup.id).execute()


@queue.task(retries=3, retry_delay=5, retry_backoff=2, subject='step:{step_id}')
def undo_page(step_id):
    """Take back what a clean-up did with one page. Once for each page; safe to run twice; costs a revert."""
    cleaning.undo(step_id)


@queue.task(retries=3, retry_delay=5, retry_backoff=2)
def end_undo(batch_id, failed):
    """Note that a clean-up is taken back. Once for each, after its last page; safe to run twice."""
    with db.atomic():
        cleanup = Cleanup.get_or_none(Cleanup.undo_batch_id == batch_id, Cleanup.undone_at.is_null())
        if cleanup:
            Cleanup.update(undone_at=clock.now()).where(Cleanup.id == cleanup.id).execute()
            log.undone('cleanup', f'cleanup:{cleanup.id}')


# Of several that wait the first one runs, which names all later bans, too.
@queue.task(retries=5, retry_delay=10, retry_backoff=2, unique='all')
def tell_of_bans(first_ban_id):
    """Mail the other moderators the bans since this one. Some minutes after a ban, so that those of a busy
    hour are a few mails; run twice, it may name one twice. Costs a mail for each moderator."""
    bans = list(Ban.select().where(Ban.id >= first_ban_id, Ban.lifted_at.is_null()).order_by(Ban.id))
    if bans:
        post(**notices.about_bans(bans))


@queue.periodic_task(queue.crontab(hour='4', minute='10'), catch_up='latest')
def forget_addresses():
    """Forget of which address a clean-up was, [privacy] keep_addresses days later, and a ban that is deleted;
    what was done and why stays. Daily, after `delete_old_bans`; safe to run twice; 500 rows at a time."""
    before = clock.now() - settings.privacy.keep_addresses * DAY
    while _forget_some(Cleanup, (Cleanup.network != '') & (Cleanup.at <= before), network=''):
        pass
    while _forget_some(Entry, log.with_address(before), title=log.AN_ADDRESS):
        pass


def _forget_some(table, which, **change):
    """Whether there may be more."""
    with db.atomic():
        some = table.select(table.id).where(which).limit(CHUNK)
        return table.update(**change).where(table.id.in_(some)).execute() == CHUNK
