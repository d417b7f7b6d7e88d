"""Pages rendered again because a page they link to has come into being."""
from peewee import chunked

from kuma_lite import db, generations, queue
from kuma_lite.wiki import links
from kuma_lite.wiki.models import Page

CHUNK = 500    # tasks queued in one transaction


@queue.task(priority='low', unique='{page_id}', subject='page:{page_id}',
            retries=3, retry_delay=10, retry_backoff=2)
def rerender(page_id):
    """Render one page again from its current revision.

    Safe to run twice. An edit made meanwhile wins; costs one rendering.
    """
    page = Page.standing(page_id)
    if page is None:
        return
    rendered = links.render(page.current().content, page.key)
    unedited = (Page.id == page.id) & (Page.key == page.key) & (Page.current_id == page.current_id)
    with db.atomic():
        kept = Page.update(html=rendered.html, headings=rendered.headings).where(unedited).execute()
        if kept:
            generations.bump(generations.of_page(page_id))
        if kept and rendered.is_outdated():
            rerender(page_id)


@queue.task(priority='low', unique='{key}', retries=3, retry_delay=10, retry_backoff=2)
def rerender_linkers(key):
    """Queue a `rerender` for every page that links to the page with this key.

    Called once when a page comes or goes; safe to run twice, since waiting twins are one.
    """
    for some in chunked(links.pages_linking_to(key), CHUNK):
        with db.atomic():
            for page_id in some:
                rerender(page_id)
