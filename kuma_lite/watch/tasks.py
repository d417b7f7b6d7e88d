"""The task that tells watchers of an edit."""
from kuma_lite import queue
from kuma_lite.mail.actions import post
from kuma_lite.watch import notices
from kuma_lite.wiki.models import Revision


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='revision:{revision_id}')
def notify_watchers(revision_id):
    """Mail everybody who watches the page of an edit; called once for each.

    An edit that another one has followed is told all the same: each mail shows its own changes.
    Safe to run twice, or to be stopped half way and run again: `post` mails an address once.
    Costs a diff, and a row and a task for each watcher.
    """
    revision = Revision.get_or_none(Revision.id == revision_id)
    if revision is None:
        return
    notice = notices.notice(revision)
    if notice['recipients']:
        post(**notice)
