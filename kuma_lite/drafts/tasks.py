"""Tidying up: drafts that nobody has come back to, and forms that nobody has open any more."""
from kuma_lite import clock, db, queue
from kuma_lite.drafts.models import LATE, Draft, Presence, SavedForm

KEEP = 60 * 24 * 3600   # seconds since a draft was saved last
CHUNK = 100             # rows a transaction: a draft can have a megabyte


@queue.periodic_task(queue.crontab(minute='10'), catch_up='none')
def delete_old_drafts():
    """Delete drafts of 60 days ago. Hourly; safe to run twice; a write of 100 rows at a time.

    Nothing is caught up, so that a clock that is wrong for a minute deletes nothing.
    """
    db.delete_in_chunks(Draft, Draft.saved_at <= clock.now() - KEEP, CHUNK)


@queue.periodic_task(queue.crontab(minute='40'), catch_up='none')
def delete_closed_forms():
    """Delete who has left, and which forms were saved. Hourly; safe to run twice; 100 rows at a time."""
    db.delete_in_chunks(Presence, Presence.until <= clock.now(), CHUNK)
    db.delete_in_chunks(SavedForm, SavedForm.saved_at <= clock.now() - LATE, CHUNK)
