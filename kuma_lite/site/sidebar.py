"""The sidebar: a page of the wiki, shown beside every other one to those who may read it."""
import functools

from kuma_lite import generations, markup, text, web
from kuma_lite.config import settings
from kuma_lite.statements import Statement, slot
from kuma_lite.web import memory
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page

COLUMNS = (Page.id, Page.path, Page.title, Page.html)
STANDING = Statement(lambda: Page.select(*COLUMNS).where(Page.key == slot('key')))


def shown(page, person):
    """For `wiki.panels`: its HTML, '' where there is none; `page` (or None) is the one that is read."""
    path = settings.site.sidebar
    found = path and STANDING.first(key=text.path_key(path))
    if not found:
        return ''
    memory.shows(generations.of_page(found.id))
    if not access.offers(person, access.VIEW, found):
        return ''
    may_edit = person is not None and access.offers(person, access.EDIT, found)
    html = _fitted(found.html, found.path, found.title, may_edit)
    if page:
        here = f'href="{web.docs_url(page.path)}"'
        html = html.replace(here, f'{here} aria-current="page"')
    return html


@functools.lru_cache(maxsize=8)
def _fitted(html, path, title, may_edit):
    """The same for all who may as much, so it is made once for each text of the page."""
    return web.render('site/sidebar.html', path=path, title=title, may_edit=may_edit,
                      html=markup.elsewhere(html, web.docs_url(path)))
