"""Which revisions are in a feed. Nothing is stored for it."""
from kuma_lite.wiki import recent
from kuma_lite.wiki.models import Page, PageTag, Revision


def with_tag(tag, person):
    """The revisions of the pages that have the tag now, as `recent.changes()` gives them."""
    tagged = PageTag.alias()
    pages = tagged.select(tagged.page).where(tagged.tag == tag)
    changes = recent.changes(person=person)
    if tag.uses > recent.FEW:
        return changes.where((Revision.page + 0).in_(pages))   # + 0: looked through, not gathered
    gathered = Revision.alias()
    ids = gathered.select(gathered.id).where(gathered.page.in_(pages))
    return changes.where(Revision.id.in_(ids))


def newest(changes, most):
    """The newest of these revisions, at most so many."""
    return list(changes.select_extend(Page.id, Page.key).limit(most))
