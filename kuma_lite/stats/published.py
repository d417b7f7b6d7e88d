"""Published spam, revision by revision: how long it could be seen, and by how many."""
from peewee import JOIN

from kuma_lite import clock
from kuma_lite.deletion.models import Deletion
from kuma_lite.spam.models import Marked
from kuma_lite.stats import days
from kuma_lite.stats.models import PageView
from kuma_lite.wiki.models import Page, Revision

MOST = 100      # rows


def newest(count=MOST):
    """A list of dicts, the newest revision first: `until` is None for what can be seen still."""
    return [_row(revision) for revision in _revisions().limit(count)]


def replaced_at():
    """An expression: when the next revision of the same page was saved; null for the newest one."""
    later = Revision.alias()
    return (later.select(later.created_at).where(later.page == Revision.page, later.id > Revision.id)
            .order_by(later.id).limit(1))


def _revisions():
    return (Revision.select(Revision.id, Revision.page, Revision.based_on_id, Revision.created_at,
                            Revision.minor, Page.path, Page.key, Deletion.at.alias('deleted_at'),
                            replaced_at().alias('replaced_at'))
            .join(Marked).join_from(Revision, Page).join_from(Page, Deletion, JOIN.LEFT_OUTER)
            .where(Marked.is_spam).order_by(Revision.id.desc()).objects())


def _row(revision):
    until = revision.replaced_at or revision.deleted_at
    last = days.of(until or clock.now())
    return {'revision': revision.id, 'at': revision.created_at, 'until': until,
            'viewers': PageView.total(revision.page_id, days.of(revision.created_at), last),
            'type': _type(revision), 'path': revision.path, 'deleted': revision.key is None}


def _type(revision):
    if revision.is_first:
        return 'New page'
    return 'Minor edit' if revision.minor else 'Edit'
