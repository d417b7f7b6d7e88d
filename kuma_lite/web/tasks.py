"""Tidying up: counts of what people did, which count no more."""
from kuma_lite import clock, db, queue
from kuma_lite.web.models import Tally

CHUNK = 1000
KEEP = 2 * 86400        # seconds; the longest window is a day, and the one before it counts a little


@queue.periodic_task(queue.crontab(minute='25'), catch_up='latest')
def delete_old_tallies():
    """Delete counts of windows that are long over. Hourly; safe to run twice; 1,000 rows at a time."""
    db.delete_in_chunks(Tally, Tally.ends_at <= clock.now() - KEEP, CHUNK)
