"""The form in which a page is written: what it holds, and how it is read."""
from typing import NamedTuple

from kuma_lite import text, web
from kuma_lite.web import limits
from kuma_lite.wiki import checks


class Typed(NamedTuple):
    """What a person typed. `base` is the revision they began with, None for a new page."""
    path: str
    title: str
    content: str
    comment: str = ''
    base: int | None = None


def blank(path):
    return Typed(path, text.title_from_path(path), '')


def of(page, revision):
    return Typed(page.path, revision.title, revision.content, base=revision.id)


def read(path):
    """The form that was sent. Its fields may be too long: `checks` says so, and the form comes back."""
    return Typed(path, _line('title'), web.text('content', limit=limits.BODY), comment(), base())


def comment():
    return _line('comment')


def base():
    """The revision that the person began with; None for a page that was not there."""
    value = web.line('base')
    return web.whole(value, 'base') if value else None


def _line(name):
    return web.line(name, limit=checks.CONTENT_LIMIT)
