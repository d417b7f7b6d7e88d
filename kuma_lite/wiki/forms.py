"""The form in which a page is written: what it holds, and how it is read."""
from typing import NamedTuple

from kuma_lite import markup, text, web
from kuma_lite.wiki import checks, sections, turns
from kuma_lite.wiki.models import Page, Revision

# What comes back in the form although no page may have it: `checks` says so there. Whatever is longer
# is refused by `web`, whose page shows as much of it as memory allows.
TEXT_LIMIT = 2 * checks.CONTENT_LIMIT       # bytes
LINE_LIMIT = 10_000                         # characters


class EditForm(NamedTuple):
    """What a person typed, or is to type."""
    path: str
    title: str
    content: str
    comment: str = ''
    tags: str = ''              # "Tea, Green tea"
    minor: bool = False
    base: int | None = None     # the revision that it began with; None for a new page
    seen: int | None = None     # one that was saved meanwhile, with which it has been brought together
    section: str = ''           # the id of a heading, if `content` is only what stands below that one

    @property
    def newest(self):
        """The revision on which it is based by now."""
        return self.seen or self.base


def blank(path, title=''):
    return EditForm(path, title or text.title_from_path(path), '')


def of(page, revision):
    title, content, tags = revision.version()
    return EditForm(page.path, title, content, tags=', '.join(tags), base=revision.id)


def of_section(typed, wanted):
    """The form for one section alone, if it is there and can be cut out; else the form as it is."""
    try:
        with turns.turn(typed.content, turns.READING):
            section = sections.find(typed.content, wanted)
    except markup.TooComplex:
        return typed
    if section is None:
        return typed
    return typed._replace(content=sections.shown(typed.content, section), section=wanted)


def untouched(typed):
    """The form as it was before this was typed into it."""
    page = Page.at(typed.path)
    revision = page and Revision.of(page).where(Revision.id == typed.newest).first()
    if revision is None:
        return blank(typed.path)
    begun = of(page, revision)
    return of_section(begun, typed.section) if typed.section else begun


def read(path):
    """The form that was sent."""
    return EditForm(path, _line('title'), web.text('content', limit=TEXT_LIMIT), comment(), _line('tags'),
                    web.line('minor', '') == 'yes', base(), _seen(), web.line('section', ''))


def comment():
    return _line('comment')


def base():
    """The revision that the person began with; None for a page that was not there."""
    return _number('base', web.line('base'))


def _seen():
    return _number('seen', web.line('seen', ''))


def _number(name, value):
    return web.whole(value, name) if value else None


def _line(name):
    return web.line(name, limit=LINE_LIMIT)
