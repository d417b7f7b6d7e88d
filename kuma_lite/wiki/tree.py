"""Pages as a tree by their paths. Where no page stands but some stand below, there is a place all the same.

The order is that of the index `page_place`: whatever is below a page follows it at once, so the next place
on a level is one step in the index away, however much lies between.
"""
from itertools import groupby
from typing import NamedTuple

from kuma_lite import db, text
from kuma_lite.wiki import protection

PLACE = "replace(key, '/', char(1))"    # as in the index, or SQLite reads all pages
BELOW, BESIDE, END = '\x01', '\x02', '\U0010ffff'     # in place of "/": what is below, and what no longer is

WHOLE = 200     # pages that are shown with all their levels
LEVEL = 200     # places on one part of a level, where there are more


class Place(NamedTuple):
    """A page, or a place above pages. `below` is None where there is too much to be shown at once."""
    path: str
    key: str
    title: str
    is_page: bool
    below: list | None

    @property
    def name(self):
        """The last part of its path, where the title does not say it."""
        name = self.path.rpartition('/')[2]
        return '' if name.replace('_', ' ').casefold() == self.title.casefold() else name

    def last_key(self):
        return self.key.rpartition('/')[2]


class Part(NamedTuple):
    places: list
    next: str | None    # the `after` of the next part
    count: int | None   # of all pages, where all are shown


class Row(NamedTuple):
    path: str
    key: str
    title: str


def part(key='', after='', person=None):
    """What stands below a key ('': all pages) and may be read by a person (None: everybody): all of it if
    that is little, else a part of the next level."""
    rows = [] if after else _rows(*_range(key), WHOLE + 1, person)
    if rows and len(rows) <= WHOLE:
        return Part(_nested(rows, _depth(key)), None, len(rows))
    places = level(key, after, LEVEL + 1, person)
    return Part(places[:LEVEL], places[LEVEL - 1].last_key() if len(places) > LEVEL else None, None)


def level(key, after='', most=LEVEL, person=None):
    """At most so many places right below a key, those that come after the name `after`; for a person, as
    above."""
    depth, (start, end), places = _depth(key), _range(key), []
    if after:
        start += after + BESIDE
    while len(places) < most and (rows := _rows(start, end, 2, person)):
        place = _place(rows[0], depth)
        is_alone = place.is_page and not rows[-1].key.startswith(place.key + '/')
        places.append(place._replace(below=[] if is_alone else None))
        start = place.key.replace('/', BELOW) + BESIDE
    return places


def _rows(start, end, most, person):
    found = db.database.execute_sql(f'SELECT path, key, title FROM page WHERE {PLACE} > ? AND {PLACE} < ? '
                                    f'AND {protection.readable_sql(person, "page.id")} '
                                    f'ORDER BY {PLACE} LIMIT ?', (start, end, most)).fetchall()
    return [Row(*row) for row in found]


def _range(key):
    place = key.replace('/', BELOW)
    return (place + BELOW, place + BESIDE) if key else ('', END)


def _depth(key):
    return key.count('/') + 1 if key else 0


def _nested(rows, depth):
    """The places that rows in the order of the tree make, from that depth on."""
    places = []
    for _, group in groupby(rows, lambda row: row.key.split('/')[depth]):
        first, *others = group
        place = _place(first, depth)
        below = others if place.is_page else [first, *others]
        places.append(place._replace(below=_nested(below, depth + 1)))
    return places


def _place(row, depth):
    """The place at that depth on the way to a page, or that page."""
    if _depth(row.key) == depth + 1:
        return Place(row.path, row.key, row.title, True, None)
    path, key = _cut(row.path, depth), _cut(row.key, depth)
    return Place(path, key, text.title_from_path(path), False, None)


def _cut(path, depth):
    return '/'.join(path.split('/')[:depth + 1])
