"""Protected pages: what people have set, and what that comes to for each page.

`Protection` holds what was set, for a page or for a tree, whether there are pages or not. `Restriction` holds
the strictest of it for each page that it concerns, so that lists look up a number for each row; pages that
are open have none. Both are matters of ranks, see `rank`. Who may set what is decided elsewhere.
"""
import json
from typing import NamedTuple

from peewee import JOIN, SQL, BooleanField, DoubleField, ForeignKeyField, IntegerField, TextField, fn
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock, db, generations, text
from kuma_lite.accounts.models import ROLES, Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page, below
from kuma_lite.wiki.neighbours import above

# By rank: who has this rank, or a higher one, belongs to the circle. 0: whoever the settings of the site let.
CIRCLES = ('everyone', 'members', 'editors', 'moderators', 'admins')
MODERATORS = CIRCLES.index('moderators')

# A rule names pages by equality or by a range of keys, so that each is a look into the index.
SPREAD = '''
    WITH rule AS (SELECT value ->> 0 AS key, value ->> 1 AS is_tree, value ->> 2 AS readers,
                         value ->> 3 AS writers FROM json_each(?))
    INSERT INTO restriction (page_id, readers, writers)
    SELECT id, max(readers), max(writers) FROM (
        SELECT page.id, readers, writers FROM rule CROSS JOIN page ON page.key = rule.key
        UNION ALL
        SELECT page.id, readers, writers FROM rule
        CROSS JOIN page ON page.key > rule.key || '/' AND page.key < rule.key || '0' WHERE is_tree)
    GROUP BY id'''


class Protection(BaseModel):
    """What was set for a path. Setting it anew makes another row, so that the id tells what somebody saw."""
    id = AutoIncrementField()
    path = TextField()
    key = TextField(unique=True)            # text.path_key(path)
    is_tree = BooleanField()                # it holds for all below the path as well
    readers = IntegerField(default=0)       # the least rank of who may read
    writers = IntegerField(default=0)       # and of who may edit
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')
    reason = TextField()
    at = DoubleField(default=clock.now)

    @classmethod
    def matching(cls, key):
        """Those that hold for a page with this key, that of the place nearest to it first."""
        trees = cls.is_tree & cls.key.in_(sorted(above(key)))
        return cls.select().where((cls.key == key) | trees).order_by(cls.key.desc())

    @classmethod
    def on(cls, key):
        return cls.get_or_none(cls.key == key)


class Restriction(BaseModel):
    """The ranks that it takes to read and to edit a page, where one of them is more than 0."""
    page = ForeignKeyField(Page, primary_key=True, on_delete='CASCADE')
    readers = IntegerField()
    writers = IntegerField()


class Levels(NamedTuple):
    """The least ranks of who may read and of who may edit."""
    readers: int = 0
    writers: int = 0


OPEN = Levels()


def rank(person):
    """The index in CIRCLES of the closest circle to which somebody belongs; 0 without an account."""
    return ROLES.index(person.role) + 1 if person is not None and person.active else 0


def of(place):
    """The Levels of a page, also of one in the bin, or of a path at which there need not be one."""
    if isinstance(place, str):
        return at(text.path_key(place))
    row = db.database.execute_sql('SELECT readers, writers FROM restriction WHERE page_id = ?',
                                  (place.id,)).fetchone()
    return Levels(*row) if row else OPEN


def at(key):
    """The Levels of whatever stands, or will stand, at this key."""
    if not is_anything_set():
        return OPEN
    return _strictest((rule.readers, rule.writers) for rule in Protection.matching(key))


def _strictest(levels):
    """Nobody edits what they may not read."""
    levels = list(levels)
    readers = max((readers for readers, _ in levels), default=0)
    return Levels(readers, max([readers, *(writers for _, writers in levels)]))


def is_anything_set():
    """Whether anything is protected at all: mostly not."""
    return db.database.execute_sql('SELECT 1 FROM protection LIMIT 1').fetchone() is not None


def is_anything_hidden(person):
    """Whether anything is set that keeps the person from reading: mostly not, and no list asks row by row."""
    return db.database.execute_sql('SELECT 1 FROM protection WHERE readers > ? LIMIT 1',
                                   (rank(person),)).fetchone() is not None


def readable(person, page=Page.id):
    """An expression: the person may read the page whose id stands in this column, as far as that depends on
    the page. None: nobody in particular, who may read what everybody may."""
    if not is_anything_hidden(person):
        return SQL('true')
    hidden = Restriction.select(SQL('1')).where(Restriction.page == page, Restriction.readers > rank(person))
    return ~fn.EXISTS(hidden)


def readable_sql(person, page):
    """The same as SQL about the column `page`, such as "page.id"."""
    return is_readable(page, rank(person)) if is_anything_hidden(person) else 'true'


def is_readable(page, rank):
    """SQL: who has this rank may read the page whose id stands in the column `page`."""
    return f'NOT EXISTS (SELECT 1 FROM restriction WHERE page_id = {page} AND readers > {rank})'


def hidden(person):
    """A select of the rows of all pages that a person may not read, those in the bin included."""
    return Restriction.select().where(Restriction.readers > rank(person))


def count_readable(person):
    """How many pages there are for a person: all, without those in the bin and the hidden ones. SQLite knows
    how many rows a table has without reading them."""
    everything = Page.select(fn.COUNT(SQL('*'))).scalar()
    stands, in_bin = Page.key.is_null(False), Page.select(Page.id).where(Page.key.is_null()).count()
    return (everything - in_bin
            - hidden(person).join(Page, JOIN.CROSS).where(Page.id == Restriction.page, stands).count())


def settle(page):
    """Write what holds for a page that has come to stand at its key; in the caller's transaction."""
    _restrict(page.id, at(page.key))


def _restrict(page_id, levels):
    if levels == OPEN:
        Restriction.delete().where(Restriction.page == page_id).execute()
    else:
        Restriction.replace(page=page_id, readers=levels.readers, writers=levels.writers).execute()


def spread(key):
    """Write what holds for all pages at and below a key, whose protections are others now; in the caller's
    transaction. Of 50,000 pages it takes a third of a second; they themselves are not written."""
    rules = _rules(key)
    standing = Page.select(Page.id).where((Page.key == key) | below(Page.key, key))
    Restriction.delete().where(Restriction.page.in_(standing)).execute()
    db.database.execute_sql(SPREAD, (json.dumps(rules),))
    for page_id, stood_at in _binned(key):
        _restrict(page_id, _strictest(rule[2:] for rule in rules if _concerns(rule, stood_at)))
    generations.bump(generations.EVERYTHING)


def _rules(key):
    """[(key, is_tree, readers, writers), …]: what holds at or below a key; what comes from above is one."""
    from_above = _strictest((rule.readers, rule.writers) for rule in Protection.matching(key)
                            if rule.key != key)
    inside = Protection.select().where((Protection.key == key) | below(Protection.key, key))
    return [(key, True, *from_above)] * (from_above != OPEN) + [
        (rule.key, rule.is_tree, *_strictest([(rule.readers, rule.writers)])) for rule in inside]


def _concerns(rule, key):
    return rule[0] == key or (rule[1] and key.startswith(rule[0] + '/'))


def _binned(key):
    """(id, key) of the pages in the bin that stood at or below a key: their history is no more open."""
    for page_id, path in Page.select(Page.id, Page.path).where(Page.key.is_null()).tuples():
        stood_at = text.path_key(path)
        if stood_at == key or stood_at.startswith(key + '/'):
            yield page_id, stood_at
