"""Clean-ups as batches: a task for each page, and one when all of them have ended."""
from kuma_lite import clock, db, queue
from kuma_lite.moderation import cleaning, log
from kuma_lite.moderation.models import Cleanup, Step

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
    cleanup = Cleanup.get_or_none(Cleanup.batch_id == batch_id)
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
        cleanup = Cleanup.get_or_none(Cleanup.undo_batch_id == batch_id)
        if cleanup:
            Cleanup.update(undone_at=clock.now()).where(Cleanup.id == cleanup.id).execute()
            log.undone('cleanup', f'cleanup:{cleanup.id}')
