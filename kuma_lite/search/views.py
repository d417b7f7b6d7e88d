"""The page on which people search, and the titles that are suggested while they type."""
import bottle

from kuma_lite import text, web
from kuma_lite.search import finding, forms, snippets
from kuma_lite.web import session
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

SIZE = 20           # pages on one part of the results
SUGGESTIONS = 8
HIDDEN = {'X-Robots-Tag': 'noindex'}    # search engines shall show pages, not what they searched here


@app.get('/search')
def search():
    person = session.person()
    access.require(person, access.VIEW)
    asked, after = forms.asked(), forms.after()
    found = finding.find(asked, person)
    return web.page('search/results.html', headers=HIDDEN, asked=asked, found=found, after=after,
                    hits=snippets.hits(found, after, SIZE, person),
                    on=after + SIZE if after + SIZE < len(found.page_ids) else None,
                    creatable=_creatable(person, asked, found))


def _creatable(person, asked, found):
    """The title under which this person may write the page that was looked for, if there is none; or ''."""
    title = ' '.join(term.text for term in found.query.terms) if found.how != finding.NEAR else asked
    possible = 0 < len(title) <= 100 and not found.query.without and text.path_from_title(title)
    creatable = possible and access.may(person, access.CREATE) and not finding.is_title(title, person)
    return title if creatable else ''


@app.get('/search/suggest')
def suggest():
    """The pages whose titles begin as `?q=` does, for a box that completes what is typed."""
    person = session.person()
    access.require(person, access.VIEW)
    page_ids = finding.suggest(forms.asked(), SUGGESTIONS, person)
    rows = Page.select(Page.id, Page.path, Page.title).where(Page.id.in_(page_ids), Page.key.is_null(False))
    pages = {page.id: page for page in rows}
    return web.json({'pages': [_suggestion(pages[page_id]) for page_id in page_ids if page_id in pages
                               and access.may(person, access.VIEW, pages[page_id])]})


def _suggestion(page):
    return {'title': page.title, 'path': page.path, 'address': web.docs_url(page.path)}
