"""Views of long ago go; the spam dashboard is there before anybody asks for it."""
from kuma_lite import clock, db, queue
from kuma_lite.stats import days, prepared
from kuma_lite.stats.models import PageView

KEEP = 400 * 24 * 3600      # seconds: a year can be compared with the one before
CHUNK = 1000                # rows a transaction


@queue.periodic_task(queue.crontab(minute='55'), catch_up='none')
def delete_old_views():
    """Delete views of 400 days ago. Hourly; safe to run twice; a write of 1,000 rows at a time."""
    oldest = days.of(clock.now() - KEEP).isoformat()
    db.delete_in_chunks(PageView, PageView.day < oldest, CHUNK)


@queue.periodic_task(queue.crontab(hour='0', minute='5'))
def prepare_spam_dashboard():
    """Prepare the spam dashboard that ends with yesterday. Daily, when the views of that day are written;
    safe to run twice; a second for the first one, then some 50 ms."""
    prepared.prepare()
