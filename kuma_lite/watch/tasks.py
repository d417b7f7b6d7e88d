"""The tasks that tell people what has happened: at once, or when it is time."""
from peewee import chunked

from kuma_lite import clock, db, queue
from kuma_lite.watch import digests, fanout, reports
from kuma_lite.watch.models import News, Pending
from kuma_lite.wiki.models import Revision

CHUNK = 500                 # tasks queued, or rows deleted, in one transaction
KEEP = 30 * 24 * 3600       # seconds that news are kept after everybody was told


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='revision:{revision_id}')
def notify_watchers(revision_id):
    """Tell an edit to everybody who watches what it belongs to; called once for each.

    An edit that another one has followed is told all the same: each mail shows its own changes.
    Safe to run twice, or to be stopped half way and run again: see `fanout`. Costs two diffs, and a row
    and a task for each watcher.
    """
    revision = Revision.get_or_none(Revision.id == revision_id)
    if revision is not None and not revision.page.is_deleted:
        fanout.tell(reports.of_edit(revision))


@queue.task(retries=5, retry_delay=10, retry_backoff=2)
def notify_of_removal(news_id):
    """Tell that a page was deleted or restored; called once for each. Safe to run twice, as the above."""
    news = News.get_or_none(News.id == news_id)
    if news is not None:
        fanout.tell(news)


@queue.periodic_task(queue.crontab(minute='*/5'))
def look_for_due_mails():
    """Call `mail_what_waits` for everybody for whom something is due. Every five minutes; safe to run twice:
    who is called already is not called again. Costs one look into an index if nothing is due."""
    for some in chunked(list(Pending.due()), CHUNK):
        with db.atomic():
            for person_id, in some:
                mail_what_waits(person_id)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, priority='low', unique='{person_id}')
def mail_what_waits(person_id):
    """Mail a person what is due. Safe to run twice, also at the same time: what waits is deleted in the
    transaction that posts the mail. Costs two diffs for each page."""
    digests.send(person_id)


@queue.periodic_task(queue.crontab(minute='50'), catch_up='none')
def delete_old_news():
    """Delete news of 30 days ago that nobody waits for. Hourly; safe to run twice; 500 rows at a time."""
    waits = Pending.select(Pending.news)
    db.delete_in_chunks(News, (News.at <= clock.now() - KEEP) & News.id.not_in(waits), CHUNK)
