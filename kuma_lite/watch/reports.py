"""News: rows about what has happened to a page, written where somebody has to be told."""
import json

from kuma_lite import clock, db
from kuma_lite.deletion.models import Deletion
from kuma_lite.watch import topics
from kuma_lite.watch.models import CHANGED, CREATED, News, Watch
from kuma_lite.wiki.models import Revision


def is_awaited(page, revision, is_new):
    """Whether anybody watches what this edit belongs to."""
    if not Watch.is_any():
        return False
    names = _tags(revision)
    return Watch.concerning(topics.around(page.id, page.key, names, is_new)).exists()


def of_edit(revision):
    """The News of an edit, written now if they are not there yet."""
    kind = CREATED if revision.is_first else CHANGED
    values = {'kind': kind, 'page': revision.page_id, 'revision': revision.id, 'place': revision.page.key,
              'tags': json.dumps(_tags(revision)), 'person': revision.author_id, 'at': revision.created_at}
    with db.atomic():
        News.insert(key=f'revision:{revision.id}', **values).on_conflict_ignore().execute()
    return News.get(News.key == f'revision:{revision.id}')


def of_removal(kind, page, key, person):
    """The News of a page that went into the bin or came back, or None if nobody watches it; in the
    caller's transaction."""
    names = Revision.select(Revision.tags).where(Revision.id == page.current_id).get().tag_names()
    if not Watch.concerning(topics.around(page.id, key, names, False)).exists():
        return None
    now = clock.now()
    return News.create(key=f'{kind}:{page.id}:{now}', kind=kind, page=page.id, revision=page.current_id,
                       place=key, tags=json.dumps(names), person=person, reason=_reason(page), at=now)


def _tags(revision):
    """Those that the page has now, and those that it had before."""
    if revision.is_first:
        return revision.tag_names()
    before = Revision.select(Revision.tags).where(Revision.id == revision.based_on_id).first()
    return [*revision.tag_names(), *(before.tag_names() if before else ())]


def _reason(page):
    deletion = Deletion.get_or_none(Deletion.page == page)
    return deletion.reason if deletion else ''
