"""Reading: pages, their history, old revisions, and any two of them side by side."""
import bottle

from kuma_lite import text, web
from kuma_lite.config import settings
from kuma_lite.web import session
from kuma_lite.wiki import access, contributors, doors, links, panels
from kuma_lite.wiki.doors import DOCS, NUMBER
from kuma_lite.wiki.models import Page, Revision

app = bottle.Bottle()

PAGES = 200             # on one part of the list of all pages
OUTLINE_LEAST = 3       # headings that make a table of contents worth its room


@app.get('/')
def home():
    access.require(session.person(), access.VIEW)
    page = doors.find(settings.site.home)
    return show(page) if page else welcome()


@app.get(DOCS)
def view(path):
    page = doors.find(path)
    access.require(session.person(), access.VIEW, page)
    if page is None:
        return missing(path)
    if page.path != path:
        return bottle.HTTPResponse('', 301, {'Location': web.docs_url(page.path)})
    return show(page)


def show(page):
    titled = links.begins_with(page.title, page.headings)
    outline = page.outline()[titled:]
    return doors.answer('wiki/page.html', page, last=Revision.listed(page).get(), titled=titled,
                        outline=outline if len(outline) >= OUTLINE_LEAST else [],
                        authors=contributors.names.ask(page.id),
                        panels=panels.shown(page, session.person()))


def welcome():
    """The home page of a wiki that has none yet."""
    return doors.answer('wiki/welcome.html', None, home=settings.site.home,
                        is_empty=not Page.select().exists())


def missing(path):
    path = text.normalize_path(path)
    return doors.answer('wiki/missing.html', None, 404, wanted=path, title=text.title_from_path(path))


@app.get('/all')
def all_pages():
    access.require(session.person(), access.VIEW)
    after = web.query('after', '', limit=1000)
    pages = list(Page.listed().where(Page.key > after).limit(PAGES + 1))
    return doors.answer('wiki/all.html', None, pages=pages[:PAGES], is_first=not after,
                        after=pages[PAGES - 1].key if len(pages) > PAGES else None)


@app.get(DOCS + '$history')
def history(path):
    page = doors.existing(path)
    part = web.part_of(Revision.listed(page), Revision.id)
    return doors.answer('wiki/history.html', page, revisions=part.rows, after=part.next,
                        is_newest=not web.query('after'))


@app.get(DOCS + '$revision/' + NUMBER)
def old_revision(path, number):
    page = doors.existing(path)
    revision = doors.revision(page, number)
    drawn = doors.drawn(page, revision)
    return doors.answer('wiki/revision.html', page, revision=revision, html=drawn.html,
                        titled=links.begins_with(revision.title, drawn.headings))


@app.get(DOCS + '$compare')
def compare(path):
    page = doors.existing(path)
    old, new = (doors.revision(page, web.whole(web.query(end), end)) for end in ('from', 'to'))
    return doors.answer('wiki/compare.html', page, old=old, new=new,
                        lines=doors.differences(old.content, new.content))


@app.get(DOCS + '$raw')
def raw(path):
    """The Markdown of a page, byte for byte as it was saved."""
    return web.plain(doors.existing(path).current().content)


@app.get(DOCS + '$json')
def as_json(path):
    return web.json(doors.existing(path).current().as_dict())


@app.get(DOCS + '$contributors')
def contributor_bar(path):
    """The bar by itself, for a page that was sent before it was ready; until then nothing (204)."""
    page = doors.existing(path)
    authors = contributors.names.ask(page.id)
    if not authors.fresh:
        return bottle.HTTPResponse(status=204)
    html = web.render('wiki/contributors.html', page=page, authors=authors)
    return bottle.HTTPResponse(html, headers={'Content-Type': 'text/html; charset=utf-8'})
