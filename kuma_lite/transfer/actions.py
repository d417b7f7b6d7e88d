"""A folder of Markdown becomes pages. An import replaces only what an import wrote."""
import functools
from typing import NamedTuple

from kuma_lite import db, markup, text
from kuma_lite.transfer import front_matter, links
from kuma_lite.transfer.files import Addresses, Unusable, read
from kuma_lite.transfer.models import Imported
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki import tags
from kuma_lite.wiki.checks import COMMENT_LIMIT, TITLE_LIMIT
from kuma_lite.wiki.links import existing
from kuma_lite.wiki.merging import Version
from kuma_lite.wiki.models import Page

STATES = CREATED, CHANGED, UNCHANGED = 'created', 'changed', 'unchanged'
LEFT_OUT = 'left out'


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
            yield Outcome(source.name, load(source, _page(source, addresses), author))
        except OSError as error:
            yield Outcome(source.name, LEFT_OUT, f'It cannot be read: {error.strerror}.')
        except (ValueError, wiki.Conflict) as error:    # Unusable, Invalid, TooComplex
            yield Outcome(source.name, LEFT_OUT, str(error))


def _page(source, addresses):
    """The page that the file makes, as a Version; `tags` is None where it says nothing about them."""
    title, words, content, is_exported = front_matter.split(read(source.file))
    if not is_exported:     # in what comes from a wiki, a link that looks like a file is none
        content = links.rewrite(content, functools.partial(addresses.target, source.name))
    headings = markup.outline(content)
    if not title:
        title = headings[0][2] if headings else text.title_from_path(source.path)
    return Version(title[:TITLE_LIMIT], content, None if words is None else tags.parse(words))


def _create(source, version, author):
    _save(source, version, author, base=None)
    return CREATED


def _update(source, version, author):
    page = Page.at(source.path)
    current = page.current()
    if current.says(*version):
        return UNCHANGED
    last = Imported.last(page)
    if last and last.says(*version):      # the file says what it said then, the wiki something new
        return UNCHANGED
    if current != last:
        raise Unusable('Its page was edited in the wiki and says something else; '
                       'bring the two together by hand.')
    _save(source, version, author, base=current.id)
    return CHANGED


def _save(source, version, author, base):
    """Save the page and remember, in the same transaction, that an import wrote it."""
    comment = f'Imported from {source.name}'[:COMMENT_LIMIT]
    words = None if version.tags is None else ', '.join(version.tags)
    edit = wiki.check(source.path, version.title, version.content, author, comment, words=words)
    with db.atomic():
        revision = wiki.write(edit, base)
        if revision:
            Imported.replace(page=revision.page, revision=revision).execute()
