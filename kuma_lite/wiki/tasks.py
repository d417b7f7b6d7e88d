"""Pages rendered again because a page they link to has come into being, bars of contributors, and network
addresses that are forgotten in time."""
from peewee import chunked

from kuma_lite import clock, db, generations, queue
from kuma_lite.config import settings
from kuma_lite.wiki import contributors, links, neighbours
from kuma_lite.wiki.models import Link, Page, Revision

CHUNK = 500    # tasks queued, or rows changed, in one transaction
DAY = 86400    # seconds


@queue.task(priority='low', unique='{page_id}', subject='page:{page_id}',
            retries=3, retry_delay=10, retry_backoff=2)
def rerender(page_id):
    """Render one page again from its current revision.

    Safe to run twice. An edit made meanwhile wins; costs one rendering.
    """
    page = Page.standing(page_id)
    if page is None:
        return
    rendered = links.render(page.current().content, page.path)
    unedited = (Page.id == page.id) & (Page.key == page.key) & (Page.current_id == page.current_id)
    with db.atomic():
        kept = Page.update(html=rendered.html, headings=rendered.headings).where(unedited).execute()
        if kept:
            generations.bump(generations.of_page(page_id))
            neighbours.tell(page, links.replace(page, rendered.targets), is_new=False, retitled=False)
        if kept and rendered.is_outdated():
            rerender(page_id)


@queue.task(priority='low', unique='{key}', retries=3, retry_delay=10, retry_backoff=2)
def rerender_linkers(key):
    """Queue a `rerender` for every page that links to this key, or by a title that looks like it.

    Called once when a page or a title comes or goes; safe to run twice, since waiting twins are one.
    """
    for some in chunked(links.pages_linking_to(key), CHUNK):
        with db.atomic():
            for page_id in some:
                rerender(page_id)


def tell_linkers(key, names):
    """Queue what the links of other pages need after a page has come to or gone from `key` (None: neither),
    or one of these names has; in the transaction of that change."""
    names = set(filter(None, names)) - {key}
    for changed in filter(None, [key, *sorted(names - links.existing(names))]):
        if Link.leads_to(changed):
            rerender_linkers(changed)


@queue.task(priority='low', subject='person:{person_id}', retries=3, retry_delay=10, retry_backoff=2)
def refresh_bars(person_id):
    """Refresh the bar of contributors of every page that a person has edited.

    Called when a ban of the person begins, is lifted, or ends by itself; safe to run twice. Costs a row for
    each page; the bars themselves are refreshed at their own pace.
    """
    for some in chunked(contributors.pages_of(person_id), CHUNK):
        with db.atomic():
            for page_id in some:
                contributors.names.invalidate(page_id)


@queue.periodic_task(queue.crontab(hour='4', minute='10'), catch_up='latest')
def forget_addresses():
    """Empty the network addresses of revisions older than [privacy] keep_addresses days. Daily; safe to run
    twice; reads all revisions once without their texts, and writes 500 of them at a time.

    A slot that was missed is caught up: a promise to forget is kept also where nobody runs the wiki at night.
    A clock that is wrong for a minute costs no more than addresses.
    """
    before, last = clock.now() - settings.privacy.keep_addresses * DAY, 0
    old = (Revision.address != '') & (Revision.created_at <= before)
    while True:
        ids = [number for number, in Revision.select(Revision.id).where(old, Revision.id > last)
               .order_by(Revision.id).limit(CHUNK).tuples()]
        if not ids:
            return
        with db.atomic():
            Revision.update(address='').where(Revision.id.in_(ids)).execute()
        last = ids[-1]
