"""What pages show of others: those above of those below, and those that are linked to of those that link.

They are kept in the memory of readers, so whoever changes a page says which others look otherwise now.
"""
from peewee import chunked

from kuma_lite import generations
from kuma_lite.wiki.models import Link, Page

MOST = 5_000    # pages that are named one by one
CHUNK = 500     # keys in one query, well below what SQLite takes


def tell(page, links, is_new, retitled):
    """Called in the transaction of a save. `links` are the keys of the pages that it links to now and did
    not before, or the other way round."""
    keys = set(links)
    if is_new or retitled:
        keys |= above(page.key)
    if retitled:
        keys |= {target for target, in Link.select(Link.target).where(Link.page == page).tuples()}
    changed = _ids(keys)
    if is_new:
        changed += [page_id for page_id, in Page.under(page.key).limit(MOST + 1).tuples()]
    generations.bump(*(map(generations.of_page, changed) if len(changed) <= MOST
                       else [generations.EVERYTHING]))


def above(key):
    """The keys of all places above a page."""
    segments = key.split('/')
    return {'/'.join(segments[:depth]) for depth in range(1, len(segments))}


def _ids(keys):
    found = []
    for some in chunked(keys, CHUNK):
        found += [page_id for page_id, in Page.select(Page.id).where(Page.key.in_(some)).tuples()]
    return found
