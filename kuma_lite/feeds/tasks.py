"""The tasks that write the sitemap."""
from kuma_lite import db, queue
from kuma_lite.feeds import sitemaps
from kuma_lite.queue import batches
from kuma_lite.wiki import access


@queue.periodic_task(queue.crontab(hour='5', minute='0'), catch_up='latest')
def build_sitemaps():
    """Have the sitemap written anew, by one task for each 5,000 pages. Daily at 05:00; may run twice;
    costs a look at the ids of all pages."""
    if not access.may(None, access.VIEW):
        sitemaps.remove()
        return
    sections = sitemaps.sections()
    with db.atomic():
        batches.start([write_section.s(number, *ends) for number, ends in enumerate(sections, 1)],
                      then=write_index)


@queue.task(retries=3, priority='low')
def write_section(number, after, until):
    """Write one file of the sitemap. Once for each file and day; may run twice; reads 5,000 pages without
    their texts, about 100 ms."""
    sitemaps.write_section(number, after, until)


@queue.task(retries=3)
def write_index(batch_id, failed):
    """Write the index when all files are there. Daily; may run twice. If one of them could not be written
    the index of the day before stays: it names no file that is missing."""
    if not failed:
        sitemaps.write_index(sum(batches.progress(batch_id).values()))
