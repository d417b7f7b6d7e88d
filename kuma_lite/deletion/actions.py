"""Delete, restore, purge. The caller has asked `access.may()`."""
from kuma_lite import db
from kuma_lite.deletion.models import Deletion
from kuma_lite.wiki import links, removal
from kuma_lite.wiki.models import Page

REASON_LIMIT = 255      # characters


class Refused(ValueError):
    """It cannot be done; the message is a sentence for the person."""


class Changed(Refused):
    """The page is not what the person looked at."""


def delete(page_id, base, reason, person):
    """Put a page into the bin; returns the Deletion. Raises Refused.

    `base` is the id of the revision that the person saw: what somebody else has just written is not
    deleted unseen.
    """
    reason = ' '.join(reason.split())[:REASON_LIMIT]
    if not reason:
        raise Refused('Please say why the page is deleted; those who wrote it will ask.')
    with db.atomic():
        page = _standing(page_id)
        if page.current_id != base:
            raise Changed('Somebody has changed this page in the meantime. Please look at it again.')
        _refuse_with_children(page)
        found = Deletion.create(page=page, key=page.key, person=person, reason=reason)
        removal.remove(page, person)
        return found


def restore(deletion, person):
    """Put the page back where it stood, with its history, tags and watchers. Raises Refused."""
    page = deletion.page
    rendered = links.render(Page.get_by_id(page.id).current().content, page.path)
    with db.atomic():
        page = _binned(deletion)
        if links.existing([deletion.key]):
            raise Refused('Another page stands at this address now; delete that one first.')
        removal.put_back(page, deletion.key, rendered, person)
        deletion.delete_instance()
        return page


def purge(deletion):
    """Delete the page with all its revisions for good. Raises Refused."""
    with db.atomic():
        removal.purge(_binned(deletion))


def _standing(page_id):
    page = Page.standing(page_id)
    if page is None:
        raise Refused('This page is deleted already.')
    return page


def _binned(deletion):
    """The page of a deletion that still counts: of two people one is faster."""
    if not Deletion.select().where(Deletion.id == deletion.id).exists():
        raise Refused('This page is not in the bin any more.')
    return Page.get_by_id(deletion.page_id)


def _refuse_with_children(page):
    count = Page.under(page.key).count()
    if count:
        pages = 'One page stands' if count == 1 else f'{count:,} pages stand'
        raise Refused(f'{pages} below this one; delete {"it" if count == 1 else "them"} first.')
