"""Searching for programs."""
import bottle

from kuma_lite import text, web
from kuma_lite.search import finding, forms, snippets
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

SIZE = 20


@app.get('/api/v1/search')
def search():
    """The pages that `?q=` finds, the best first; `next` is the `after` of those that follow, or null."""
    person = session.person()
    access.require(person, access.VIEW)
    asked, after, size = forms.asked(), forms.after(), web.limit(SIZE, finding.MOST)
    found = finding.find(asked, person)
    rest = after + size < len(found.page_ids)
    return web.json({'query': asked, 'how': found.how, 'words': [term.text for term in found.query.terms],
                     'without': [term.text for term in found.query.without],
                     'count': len(found.page_ids), 'is_full': found.is_full,
                     'pages': [_page(hit) for hit in snippets.hits(found, after, size, person)],
                     'next': after + size if rest else None})


def _page(hit):
    return {'path': hit.path, 'title': _plain(hit.title), 'address': web.docs_url(hit.path),
            'snippet': _plain(hit.snippet), 'updated_at': text.iso(hit.updated_at)}


def _plain(pieces):
    return ''.join(piece for _, piece in pieces)
