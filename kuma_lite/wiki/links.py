"""A text made into HTML together with its links: which there are, and which lead to a page."""
import json
from typing import NamedTuple

from peewee import chunked

from kuma_lite import db, markup, text
from kuma_lite.wiki import protection
from kuma_lite.wiki.models import Link, Page

LIMIT = 5_000    # different links of one page: each is a row that a save writes
CHUNK = 500      # keys in one query, well below what SQLite takes
OPEN = protection.is_readable('page.id', 0)


# The only page of a name, for each name: the lowest and the highest id are one step in the index each. The
# title of a page that not everybody may read is a secret, so no link finds it.
NAMED = f'''
    SELECT name.value, page.path FROM json_each(?) AS name
    JOIN page ON page.id = (SELECT min(id) FROM page WHERE name = name.value AND {OPEN})
    WHERE page.id = (SELECT max(id) FROM page WHERE name = name.value AND {OPEN})'''


class Rendered(NamedTuple):
    html: str
    headings: str
    targets: frozenset    # the keys that its links name, and those that they lead to instead, itself aside
    named: frozenset      # the keys that its links name, itself aside
    found: dict           # where these led while it was rendered, as `found` says

    def is_outdated(self):
        """Have linked pages come, gone or been retitled since it was rendered?"""
        return found(self.named) != self.found


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


def found(keys):
    """Where links with these keys lead: {key: None} where a page stands, {key: path} where none does but one
    elsewhere has a title like it. Of two pages with that title neither is meant."""
    there = existing(keys)
    missing = json.dumps(sorted(set(keys) - there))
    return {**dict.fromkeys(there), **dict(db.database.execute_sql(NAMED, (missing,)).fetchall())}


def render(content, path):
    """Render a text for the page at `path`, which counts as existing. Never in a transaction.

    Raises markup.TooComplex with a sentence for people.
    """
    own_key, named, there = text.path_key(path), set(), {}

    def resolve(keys):
        named.update(keys - {own_key})
        there.update(found(named))
        return {**there, own_key: None}

    html, headings, paths = markup.render(content, resolve, path)
    targets = frozenset(map(text.path_key, paths)) - {own_key}
    if len(targets) > LIMIT:
        raise markup.TooComplex(f'This text has links to more than {LIMIT:,} different pages; '
                                'please divide it among several pages.')
    return Rendered(html, json.dumps(headings, ensure_ascii=False), targets,
                    frozenset(named), there)


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
