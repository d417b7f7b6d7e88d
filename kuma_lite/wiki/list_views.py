"""Finding pages: all of them as a tree or a list, what is around one, what changed lately, and tags."""
import bottle

from kuma_lite import text, web
from kuma_lite.web import session
from kuma_lite.wiki import access, lookups, panels, protection, recent, tags, tree
from kuma_lite.wiki.lookups import DOCS
from kuma_lite.wiki.models import Link, Page, PageTag, Revision, Tag

app = bottle.Bottle()

PAGES = 200     # on one part of the list of all pages
TAGS = 500      # on one part of the list of tags


@app.get('/docs')
@app.get('/docs/')
def docs():
    return web.see_other('/all')


@app.get('/all')
def all_pages():
    access.require(session.person(), access.VIEW)
    part = tree.part(after=_after(), person=session.person())
    return lookups.answer('wiki/all.html', None, part=part, is_first=not _after(),
                          count=part.count or protection.count_readable(session.person()),
                          panels=panels.on_topic('site', '', session.person()))


@app.get('/all/list')
def all_as_list():
    access.require(session.person(), access.VIEW)
    pages, following = _part(_readable(Page.listed()), Page.key, PAGES)
    return lookups.answer('wiki/all_list.html', None, pages=pages, after=following, is_first=not _after())


@app.get(DOCS + '$children')
def children(path):
    """What stands below a page, or below a place where there is none."""
    page, path = _place(path)
    part = tree.part(text.path_key(path), _after(), session.person())
    _exists(page or part.places)
    return lookups.answer('wiki/children.html', page, wanted=path, part=part, is_first=not _after(),
                          panels=panels.on_topic('tree', path, session.person()))


@app.get(DOCS + '$links')
def links(path):
    """The pages that link to a page, or to one that is still to be written."""
    page, path = _place(path)
    part = web.part_of(_readable(Link.to(text.path_key(path))), Link.id)
    _exists(page or part.rows)
    return lookups.answer('wiki/links.html', page, wanted=path, links=part.rows, after=part.next,
                          is_first=not _after())


@app.get(DOCS + '$toc')
def table_of_contents(path):
    page = lookups.existing(path)
    return lookups.answer('wiki/toc.html', page, outline=page.outline())


def _place(path):
    """(page or None, path) for a person who may read it."""
    page = lookups.find(path)
    access.require(session.person(), access.VIEW, page or path)
    return page, page.path if page else text.normalize_path(path)


def _exists(something):
    if not something:
        raise web.NotFound('There is no page at this address.')


@app.get('/recent')
def recent_changes():
    access.require(session.person(), access.VIEW)
    by, under, part, problem = web.query('by'), web.query('under', limit=1000), None, ''
    try:
        part = web.part_of(recent.changes(by, under, session.person()), Revision.id)
    except ValueError as error:
        problem = str(error)
    days = recent.by_day(part.rows, web.zone()) if part else []
    return lookups.answer('wiki/recent.html', None, days=days, by=by, under=under, problem=problem,
                          after=part and part.next, is_first=not _after())


@app.get('/tags')
def all_tags():
    access.require(session.person(), access.VIEW)
    found, following = _part(tags.listed(session.person()), Tag.key, TAGS)
    return lookups.answer('wiki/tags.html', None, tags=found, after=following, is_first=not _after())


@app.get('/tag/<name:path>')
def pages_of_tag(name):
    access.require(session.person(), access.VIEW)
    tag = tags.named(name, session.person())
    if tag is None:
        raise web.NotFound('No page has this tag.')
    part = web.part_of(_readable(PageTag.of(tag)), PageTag.id)
    return lookups.answer('wiki/tag.html', None, tag=tag, pages=[row.page for row in part.rows],
                          after=part.next, is_first=not _after(),
                          panels=panels.on_topic('tag', tag.name, session.person()))


def _readable(select):
    """What is left of a list of pages for the person who asks."""
    return select.where(protection.readable(session.person()))


def _part(select, key, size):
    """A part of a list in the order of a text: (rows, the `after` of the next part or None)."""
    rows = list(select.where(key > _after()).limit(size + 1))
    return rows[:size], getattr(rows[size - 1], key.name) if len(rows) > size else None


def _after():
    return web.query('after', limit=1000)
