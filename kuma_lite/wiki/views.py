"""Reading: pages, their history, and who writes here."""
from urllib.parse import quote

import bottle

from kuma_lite import clock, generations, text, web
from kuma_lite.accounts.models import FormerName, Person
from kuma_lite.config import settings
from kuma_lite.web import counting, memory, session
from kuma_lite.wiki import access, contributors, links, lookups, panels, protection, tags, tree
from kuma_lite.wiki.lookups import DOCS
from kuma_lite.wiki.models import Link, Page, Revision

app = bottle.Bottle()

BELOW = 8               # places below it that a page names
LINKS = 6               # pages that link to it
WORDS_HOLD = 30         # seconds that "just now" may stay on a page that is kept
OUTLINE_LEAST = 3       # headings that make a table of contents worth its room


@app.get('/')
def home():
    page = lookups.find(settings.site.home)
    access.require(session.person(), access.VIEW, page or settings.site.home)
    return show(page) if page else welcome()


@app.get(DOCS)
def view(path):
    page = lookups.find(path)
    access.require(session.person(), access.VIEW, page or path)
    if page is None:
        return missing(path)
    if page.path != path:
        return bottle.HTTPResponse('', 301, {'Location': web.docs_url(page.path)})
    return show(page)


def show(page):
    titled = links.begins_with(page.title, page.headings)
    outline = page.outline()[titled:]
    last, authors = page.newest(), contributors.names.ask(page.id)
    counting.seen(page.id)
    if authors.fresh:
        memory.keep(generations.of_page(page.id), _fresh_for(last, authors))
    return lookups.answer('wiki/page.html', page, last=last, authors=authors, titled=titled,
                          outline=outline if len(outline) >= OUTLINE_LEAST else [],
                          panels=panels.shown(page, session.person()),
                          sidebar=panels.sidebar(page, session.person()),
                          tags=tags.of(page), **_around(page.key))


def _around(key):
    """What stands below a page and what links to it; one more than is shown says that there is more."""
    person = session.person()
    linking = Link.to(key).where(protection.readable(person))
    return {'below': tree.level(key, most=BELOW + 1, person=person), 'most_below': BELOW,
            'links': list(linking.limit(LINKS + 1)), 'most_links': LINKS}


def _fresh_for(last, authors):
    """Seconds for which a page may be kept: as long as its bar, and as "two hours ago" is right."""
    now = clock.now()
    return min(authors.expires_at - now, max(WORDS_HOLD, (now - last.created_at) / 20))


def welcome():
    """The home page of a wiki that has none yet."""
    return lookups.answer('wiki/welcome.html', None, home=settings.site.home,
                          sidebar=panels.sidebar(None, session.person()),
                          is_empty=not Page.select().exists())


def missing(path):
    path = text.normalize_path(path)
    return lookups.answer('wiki/missing.html', None, 404, wanted=path, title=text.title_from_path(path),
                          called=lookups.called(path), panels=panels.missing(path, session.person()),
                          deeds=panels.deeds(path, session.person()),
                          sidebar=panels.sidebar(None, session.person()),
                          **_around(text.path_key(path)))


@app.get(DOCS + '$history')
def history(path):
    page = lookups.find(path)
    access.require(session.person(), access.VIEW, page or path)
    if page is None:
        return missing(path)
    part = web.part_of(Revision.listed(page), Revision.id)
    return lookups.answer('wiki/history.html', page, revisions=part.rows, after=part.next,
                          is_newest=not web.query('after'))


@app.get(DOCS + '$raw')
def raw(path):
    """The Markdown of a page, byte for byte as it was saved."""
    return web.plain(lookups.existing(path).current().content)


@app.get(DOCS + '$json')
def as_json(path):
    return web.json(lookups.existing(path).current().as_dict())


@app.get(DOCS + '$contributors')
def contributor_bar(path):
    """The bar by itself, for a page that was sent before it was ready; until then nothing (204)."""
    page = lookups.existing(path)
    authors = contributors.names.ask(page.id)
    if not authors.fresh:
        return bottle.HTTPResponse(status=204)
    html = web.render('wiki/contributors.html', page=page, authors=authors)
    return bottle.HTTPResponse(html, headers={'Content-Type': 'text/html; charset=utf-8'})


@app.get('/users/<name>')
def person(name):
    access.require(session.person(), access.VIEW)
    someone = Person.named(name)
    if someone is None:
        return _renamed(name)
    about = panels.about_author(someone, '', session.person())
    return web.page('wiki/person.html', panels=about, someone=someone)


def _renamed(name):
    """The way to somebody who had this name. Not for good: they may take it back."""
    now = FormerName.owner(name)
    if now is None:
        raise web.NotFound('Nobody of this name has an account here.')
    return bottle.HTTPResponse('', 302, {'Location': f'/users/{quote(now.name, safe="")}'})
