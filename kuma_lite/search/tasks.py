"""The tasks that keep the index, and those that make it anew."""
import logging

from kuma_lite import db, queue
from kuma_lite.queue import batches, running
from kuma_lite.search import indexing

log = logging.getLogger(__name__)

CHUNK = 50      # pages of one task of a rebuild: a fraction of a second
WORDS = 200     # words that are looked up, and perhaps forgotten, at a time


@queue.task(priority='low', unique='{page_id}', subject='page:{page_id}',
            retries=3, retry_delay=10, retry_backoff=2)
def index(page_id):
    """Take a page into the index as it is now. After each save, once for several of them.

    Safe to run twice; costs about a millisecond.
    """
    indexing.refresh(page_id)


@queue.task(priority='low', unique='all')
def rebuild():
    """Take all pages into the index again, as a batch. Called by hand: `tasks run search.rebuild`.

    The index answers meanwhile, with each page as it was until its turn. Safe to run twice.
    """
    chunks = indexing.chunks(CHUNK)
    running.progress(0, len(chunks), 'see the tasks search.rebuild_part')
    with db.atomic():
        batches.start([rebuild_part.s(*ends, number, len(chunks)) for number, ends in enumerate(chunks, 1)],
                      then=rebuilt)


@queue.task(priority='low', one_at_a_time='search.rebuild', retries=3, retry_delay=10, retry_backoff=2)
def rebuild_part(first, last, number, of):
    """Take the pages with these ids into the index again; the part with this number of so many.

    Safe to run twice; costs about a millisecond for each page.
    """
    for page_id in indexing.pages_between(first, last):
        running.check()
        indexing.refresh(page_id)
    running.progress(number, of, 'parts of the index')


@queue.task(priority='low')
def rebuilt(batch_id, unfinished):
    """The end of a rebuild: forget what is no page any more. Safe to run twice."""
    indexing.remove_strangers()
    forget_words()
    log.info('The search index is built anew; %s of its parts failed', len(unfinished))


@queue.periodic_task(queue.crontab(hour='3', minute='50'), catch_up='none', priority='low')
def forget_words():
    """Forget the spelling of words that no page has any more. Nightly, and after a rebuild.

    Safe to run twice; costs 0.4 s for 10,000 words that stay; 0.9 s for 10,000 that go, in writes of
    8 ms.
    """
    for _ in indexing.forget_words(WORDS):
        running.check()
