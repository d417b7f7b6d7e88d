"""Everybody who wrote a page, gathered by a task because no reader waits for it."""
from peewee import fn

from kuma_lite import generations
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import Person
from kuma_lite.queue import cache
from kuma_lite.wiki.models import Revision


def fetch(page_id):
    """The names of the active authors of a page, newest edit first; of nobody who is banned."""
    rows = (Revision.select(Person.name).join(Person)
            .where(Revision.page == page_id, Person.active, Person.id.not_in(bans.people()))
            .group_by(Person.id).order_by(fn.MAX(Revision.id).desc()).tuples())
    return [name for name, in rows]


def _landed(page_id):
    generations.bump(generations.of_page(page_id))


names = cache.Value('contributors', fetch, lifetime=12 * 3600, refresh_timeout=30, empty=list, landed=_landed)


def pages_of(person_id):
    """The ids of the pages that a person has edited."""
    found = Revision.select(Revision.page).where(Revision.author == person_id).distinct()
    return [page_id for page_id, in found.tuples()]
