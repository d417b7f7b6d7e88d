"""The dashboard of revisions: all of them, also those of deleted pages; each opens what it changed."""
import bottle

from kuma_lite import web
from kuma_lite.deletion.models import Deletion
from kuma_lite.stats import filters
from kuma_lite.web import session
from kuma_lite.web.paging import SIZE
from kuma_lite.wiki import access, lookups, turns
from kuma_lite.wiki.lookups import NUMBER
from kuma_lite.wiki.models import Page, Revision

app = bottle.Bottle()

HERE = '/dashboards/revisions'


@app.get('/dashboards')
def dashboards():
    access.require(session.person(), access.VIEW)
    return web.see_other(HERE)


@app.get(HERE)
def revisions():
    access.require(session.person(), access.VIEW)
    after = web.query('after', None)
    asked = filters.Filter(*(web.query(name) for name in filters.Filter._fields))
    ids, problem = [], ''
    try:
        ids = asked.ids(after and web.whole(after, 'after'), SIZE + 1, session.person())
    except ValueError as error:
        problem = str(error)
    return lookups.answer('stats/revisions.html', None, revisions=_listed(ids[:SIZE]), asked=asked,
                          after=ids[SIZE - 1] if len(ids) > SIZE else None, is_first=after is None,
                          problem=problem, here=HERE, latest=filters.LATEST,
                          may_see_deleted=access.may(session.person(), access.DELETE))


def _listed(ids):
    """These revisions, each with its page and author, but for what this person may not read."""
    found = _with_pages().where(Revision.id.in_(ids))
    return [revision for revision in found if access.offers(session.person(), access.VIEW, revision.page)]


def _with_pages():
    return (Revision.listed().select_extend(Page.id, Page.path, Page.key, Page.title, Page.current_id)
            .join_from(Revision, Page))


@app.get(f'{HERE}/{NUMBER}')
def revision(number):
    """What one revision has changed. The script of the list shows a part of this page in it."""
    access.require(session.person(), access.VIEW)
    found = _with_pages().where(Revision.id == number).first()
    if found is None or (found.page.is_deleted and not access.may(session.person(), access.DELETE)):
        raise web.NotFound('There is no such revision.')
    access.require(session.person(), access.VIEW, found.page)
    return lookups.answer('stats/revision.html', found.page, revision=found, diff=_difference(found),
                          deletion=Deletion.get_or_none(Deletion.page == found.page), here=HERE)


def _difference(revision):
    old = Revision.get_or_none(Revision.id == revision.based_on_id)
    new = Revision.get_by_id(revision.id)
    return lookups.differences(old.content if old else '', new.content, patience=turns.READING)
