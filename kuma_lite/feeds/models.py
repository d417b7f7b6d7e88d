"""Which revisions are in a feed. Nothing is stored for it."""
from peewee import fn

from kuma_lite.wiki import recent
from kuma_lite.wiki.models import Page, PageTag, Revision


def with_tag(tag, person):
    """The revisions of the pages that have the tag now, as `recent.changes()` gives them."""
    tagged = PageTag.alias()
    changes = recent.changes(person=person)
    if tag.uses > recent.FEW:       # the newest revisions are looked through, each for the tag
        has_it = tagged.select(tagged.id).where(tagged.page == Revision.page, tagged.tag == tag)
        return changes.where(fn.EXISTS(has_it))
    pages = tagged.select(tagged.page).where(tagged.tag == tag)
    gathered = Revision.alias()
    ids = gathered.select(gathered.id).where(gathered.page.in_(pages))
    return changes.where(Revision.id.in_(ids))


def newest(changes, most):
    """The newest of these revisions, at most so many."""
    return list(changes.select_extend(Page.id, Page.key).limit(most))
