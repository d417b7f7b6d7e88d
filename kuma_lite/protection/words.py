"""Protections as sentences."""
from kuma_lite.config import settings
from kuma_lite.wiki import protection
from kuma_lite.wiki.protection import CIRCLES, Protection


def about(key):
    """[(sentence, Protection), …]: what holds for the place with this key beyond the settings of the site,
    and which of the protections says so."""
    rules = list(Protection.matching(key)) if protection.is_anything_set() else []
    readers, writers = protection.at(key) if rules else protection.OPEN
    found = []
    if readers > _rank_of(settings.site.read):
        deed = 'read and edit' if writers == readers else 'read'
        found.append((_only(readers, deed), _first(rules, readers, 'readers')))
    if writers > max(readers, _rank_of(settings.site.edit)):
        found.append((_only(writers, 'edit'), _first(rules, writers, 'writers')))
    return found


def of_rule(rule):
    """What a Protection says by itself: "Only members may read, and only moderators may edit, …"."""
    where = 'this page and all below it' if rule.is_tree else 'this page'
    if rule.readers >= rule.writers:
        return _only(rule.readers, 'read and edit', where)
    if not rule.readers:
        return _only(rule.writers, 'edit', where)
    return f'Only {CIRCLES[rule.readers]} may read, and only {CIRCLES[rule.writers]} may edit {where}.'


def _only(rank, deed, where='this page'):
    return f'Only {CIRCLES[rank]} may {deed} {where}.'


def _first(rules, rank, name):
    """The nearest of the rules from which the rank comes."""
    return next(rule for rule in rules if getattr(rule, name) == rank)


def _rank_of(circle):
    """Of `[site] read` and `edit`."""
    return CIRCLES.index(circle)
