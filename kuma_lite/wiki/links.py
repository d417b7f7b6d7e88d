"""A text made into HTML together with its links: which there are, and which lead to a page."""
import json
from typing import NamedTuple

from peewee import chunked

from kuma_lite import markup, text
from kuma_lite.wiki.models import Link, Page

LIMIT = 5_000    # different links of one page: each is a row that a save writes
CHUNK = 500      # keys in one query, well below what SQLite takes


class Rendered(NamedTuple):
    html: str
    headings: str
    targets: frozenset    # the keys of all pages that it links to, itself aside
    existing: frozenset   # those of them that existed while it was rendered

    def is_outdated(self):
        """Have linked pages come or gone since it was rendered?"""
        return existing(self.targets) != self.existing


def begins_with(title, headings):
    """Whether a text with these headings, as JSON, begins with its title: it need not be shown twice."""
    first = json.loads(headings)[:1]
    return bool(first) and first[0][0] == 1 and first[0][2] == title


def existing(keys):
    """Those of the keys at which there is a page."""
    found = set()
    for some in chunked(keys, CHUNK):
        rows = Page.select(Page.key).where(Page.key.in_(some)).tuples()
        found.update(key for key, in rows)
    return found


def render(content, own_key):
    """Render a text for the page with `own_key`, which counts as existing. Never in a transaction.

    Raises markup.TooComplex with a sentence for people.
    """
    found = set()

    def resolve(keys):
        found.update(existing(set(keys) - {own_key}))
        return found | {own_key}

    html, headings, paths = markup.render(content, resolve)
    targets = frozenset(map(text.path_key, paths)) - {own_key}
    if len(targets) > LIMIT:
        raise markup.TooComplex(f'This text has links to more than {LIMIT:,} different pages; '
                                'please divide it among several pages.')
    return Rendered(html, json.dumps(headings, ensure_ascii=False), targets, frozenset(found))


def replace(page, targets):
    """Make `targets` the links of the page; writes only what differs, and returns that."""
    old = {target for target, in Link.select(Link.target).where(Link.page == page).tuples()}
    for some in chunked(old - targets, CHUNK):
        Link.delete().where(Link.page == page, Link.target.in_(some)).execute()
    for some in chunked(sorted(targets - old), CHUNK):
        Link.insert_many([(page.id, target) for target in some], [Link.page, Link.target]).execute()
    return old ^ targets


def pages_linking_to(key):
    """The ids of the pages that link to `key`."""
    return [page_id for page_id, in Link.select(Link.page).where(Link.target == key).tuples()]
