"""A folder of Markdown becomes pages. An import replaces only what an import wrote."""
import functools
from typing import NamedTuple

from kuma_lite import text
from kuma_lite.markup import limits
from kuma_lite.transfer import links
from kuma_lite.transfer.files import Addresses, Unusable, read
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.checks import COMMENT_LIMIT, TITLE_LIMIT
from kuma_lite.wiki.models import Page, Revision

STATES = CREATED, CHANGED, UNCHANGED = 'created', 'changed', 'unchanged'
LEFT_OUT = 'left out'
COMMENT = 'Imported from '    # how a revision of an import is known later


class Outcome(NamedTuple):
    name: str
    state: str
    reason: str = ''


def import_pages(sources, author=None):
    """Save every source that changed since its last import; yields an Outcome for each of them.

    May be stopped at any point and called again. The caller has asked `access.may()`.
    """
    addresses = Addresses(sources)
    for source in sources:
        try:
            yield Outcome(source.name, _import(source, addresses, author))
        except OSError as error:
            yield Outcome(source.name, LEFT_OUT, f'It cannot be read: {error.strerror}.')
        except (ValueError, wiki.Conflict) as error:    # Unusable, Invalid, TooComplex
            yield Outcome(source.name, LEFT_OUT, str(error))


def _import(source, addresses, author):
    title, content = _page(source, addresses)
    page = Page.at(source.path)
    base = page and _base(page, title, content)
    if page and not base:
        return UNCHANGED
    comment = (COMMENT + source.name)[:COMMENT_LIMIT]
    wiki.save(source.path, title, content, author, comment, base)
    return CHANGED if page else CREATED


def _page(source, addresses):
    """Title and text that the file makes."""
    content = read(source.file)
    limits.check_source(content)
    target = functools.partial(addresses.target, source.name)
    title = links.title(content) or text.title_from_path(source.path)
    return title[:TITLE_LIMIT].strip(), links.rewrite(content, target)


def _base(page, title, content):
    """The revision that the file replaces, or None if the file has not changed. Raises Unusable."""
    current = page.current()
    if current.says(title, content):
        return None
    last = _last_import(page)
    if last and last.says(title, content):
        return None
    if current != last:
        raise Unusable('Its page was edited in the wiki and says something else; '
                       'bring the two together by hand.')
    return current.id


def _last_import(page):
    return Revision.of(page).where(Revision.comment.startswith(COMMENT)).first()
