"""Which revisions are in a feed. Nothing is stored for it."""
from itertools import islice

from kuma_lite.wiki import access, recent
from kuma_lite.wiki.models import Page, PageTag, Revision

LOOKED_AT = 1_000       # revisions at most, if many of the newest are not for this reader


def with_tag(tag):
    """The revisions of the pages that have the tag now, as `recent.changes()` gives them."""
    tagged = PageTag.alias()
    pages = tagged.select(tagged.page).where(tagged.tag == tag)
    if tag.uses > recent.FEW:
        return recent.changes().where((Revision.page + 0).in_(pages))   # + 0: looked through, not gathered
    gathered = Revision.alias()
    ids = gathered.select(gathered.id).where(gathered.page.in_(pages))
    return recent.changes().where(Revision.id.in_(ids))


def readable(changes, person, most):
    """The newest of these revisions, at most so many, whose pages the person may read."""
    rows = changes.select_extend(Page.id, Page.key).limit(LOOKED_AT).iterator()
    return list(islice((row for row in rows if access.may(person, access.VIEW, row.page)), most))
