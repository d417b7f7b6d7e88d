"""How many attempts there are, of those about which a person may know."""
from peewee import fn

from kuma_lite.spam.models import HELD, REVIEW, Attempt
from kuma_lite.web import menu
from kuma_lite.wiki import access, protection


def count(attempts, person):
    """How many rows a select of attempts has for a moderator. Paths are looked at one by one, but only where
    there are pages that the person may not read."""
    if not protection.is_anything_hidden(person):
        return attempts.count()
    by_path = attempts.select(Attempt.path, fn.COUNT(Attempt.id)).group_by(Attempt.path).tuples()
    return sum(number for path, number in list(by_path) if access.may(person, access.REVIEW, path))


def waiting(person):
    """How many wait for a verdict, as far as the menu says it: one look into an index."""
    return count(Attempt.unjudged().limit(menu.MOST + 1), person)


def by_state(person):
    """{REVIEW or HELD: how many}"""
    return {state: count(Attempt.in_state(state), person) for state in (REVIEW, HELD)}
