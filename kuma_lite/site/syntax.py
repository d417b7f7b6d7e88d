"""How to write here, in the wiki's own syntax: a text that comes with the wiki, until it is a page of it."""
from pathlib import Path

from kuma_lite.config import settings
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page

FILE = Path(__file__).with_name('syntax.md')
TITLE = 'How to write here'
PLACE = 'Help/Syntax'       # where a copy goes, unless another page is chosen


def text():
    return FILE.read_text('utf-8')


def own_page(person):
    """The page of the wiki that stands for it, if there is one and the person may read it."""
    page = Page.at(settings.site.help) if settings.site.help else None
    return page if page and access.offers(person, access.VIEW, page) else None
