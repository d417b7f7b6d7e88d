"""How a page leaves the wiki and how it comes back. Its revisions stay, and so do those who watch it.

A page in the bin has no key: nothing finds it by its path, and another may be written there. Who may, why it
goes, and the list of what is in the bin are matters of `deletion/`, which is the only caller.
"""
from kuma_lite import clock, events, generations, text
from kuma_lite.wiki import links, neighbours, protection, tags, tasks
from kuma_lite.wiki.models import Page


def remove(page, person):
    """Take the page out of every list; in the caller's transaction."""
    key, name = page.key, page.name
    tags.replace(page, [])
    neighbours.tell(page, links.replace(page, frozenset()), True, True)
    _place(page, None)
    tasks.tell_linkers(key, [name])
    events.emit(events.page_deleted, page, key, person)


def put_back(page, key, rendered, person):
    """Let the page stand at `key` again, where there is none now; in the caller's transaction.

    `rendered` is what `links.render` made of its current text.
    """
    _place(page, key)
    protection.settle(page)
    page.html, page.headings, page.updated_at = rendered.html, rendered.headings, clock.now()
    page.save()
    tags.replace(page, page.current().tag_names())
    neighbours.tell(page, links.replace(page, rendered.targets), True, True)
    tasks.tell_linkers(key, [page.name])
    if rendered.is_outdated():
        tasks.rerender(page.id)
    events.emit(events.page_restored, page, person)


def purge(page):
    """Delete the page and all its revisions for good; in the caller's transaction."""
    events.emit(events.page_purged, page)
    page.delete_instance()


def _place(page, key):
    page.key, page.name = key, key and text.title_key(page.title)
    Page.update(key=key, name=page.name).where(Page.id == page.id).execute()
    generations.bump(generations.of_page(page.id))
