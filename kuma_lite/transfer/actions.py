"""A folder of Markdown becomes pages. An import replaces only what an import wrote."""
import functools
from typing import NamedTuple

from kuma_lite import text
from kuma_lite.markup import limits
from kuma_lite.transfer import links
from kuma_lite.transfer.files import Addresses, Unusable, read
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.checks import COMMENT_LIMIT, TITLE_LIMIT
from kuma_lite.wiki.links import existing
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
    there = existing(text.path_key(source.path) for source in sources)
    for source in sources:
        load = _update if text.path_key(source.path) in there else _create
        try:
            yield Outcome(source.name, load(source, *_page(source, addresses), author))
        except OSError as error:
            yield Outcome(source.name, LEFT_OUT, f'It cannot be read: {error.strerror}.')
        except (ValueError, wiki.Conflict) as error:    # Unusable, Invalid, TooComplex
            yield Outcome(source.name, LEFT_OUT, str(error))


def _page(source, addresses):
    """Title and text that the file makes."""
    content = read(source.file)
    limits.check_source(content)
    target = functools.partial(addresses.target, source.name)
    title = links.title(content) or text.title_from_path(source.path)
    return title[:TITLE_LIMIT].strip(), links.rewrite(content, target)


def _create(source, title, content, author):
    _save(source, title, content, author, base=None)
    return CREATED


def _update(source, title, content, author):
    page = Page.at(source.path)
    current = page.current()
    if current.says(title, content):
        return UNCHANGED
    last = Revision.of(page).where(Revision.comment.startswith(COMMENT)).first()
    if last and last.says(title, content):      # the file says what it said then, the wiki something new
        return UNCHANGED
    if current != last:
        raise Unusable('Its page was edited in the wiki and says something else; '
                       'bring the two together by hand.')
    _save(source, title, content, author, base=current.id)
    return CHANGED


def _save(source, title, content, author, base):
    wiki.save(source.path, title, content, author, (COMMENT + source.name)[:COMMENT_LIMIT], base)
