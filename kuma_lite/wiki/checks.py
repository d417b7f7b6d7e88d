"""What must hold before an edit is saved: its limits, and the checks that later features add."""
import unicodedata
from typing import NamedTuple

from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.wiki import tags

TITLE_LIMIT = 255            # characters
COMMENT_LIMIT = 255          # characters
CONTENT_LIMIT = 1_000_000    # bytes of UTF-8
TURNERS = set('\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069')   # turn the text around them

# fn(draft), each raising Invalid; filled by app.py, run before the transaction. One may return a function
# (revision), which is called in the transaction that saves the edit.
CHECKS = []


class Invalid(ValueError):
    """An edit that cannot be saved as it is; the message is a sentence for the person."""

    def __init__(self, sentence, status=422):
        super().__init__(sentence)
        self.status = status


class Suspected(Invalid):
    """The edit looks as if it should not be saved at all."""


class Held(Invalid):
    """Nobody can say yet whether the edit should be saved: it is kept, whole, for a moderator."""

    def __init__(self, sentence):
        super().__init__(sentence, status=202)


class Draft(NamedTuple):
    """An edit on its way to becoming a revision."""
    path: str
    key: str
    title: str
    content: str
    comment: str
    author: Person | None
    address: str
    tags: tuple | None      # None: those that the page has
    minor: bool
    base: int | str | None = None   # the revision that was edited, as for `actions.save`


def draft(path, title, content, comment='', author=None, address='', words=None, minor=False, base=None):
    """A Draft within the limits; raises Invalid. `words` are tags as people type them: "Tea, Green tea"."""
    path = checked_path(path)
    content = content.replace('\r\n', '\n')
    _check_content(content)
    return Draft(path, text.path_key(path), _line('title', title, TITLE_LIMIT, needed=True), content,
                 _line('comment', comment, COMMENT_LIMIT), author, address, checked_tags(words), minor, base)


def checked_path(path):
    """The path as the wiki keeps it; raises Invalid."""
    try:
        return text.normalize_path(path)
    except ValueError as error:
        raise Invalid(str(error)) from None


def checked_tags(words):
    """What people typed as tags, as a tuple; None stays None. Raises Invalid."""
    try:
        return words if words is None else tuple(tags.parse(words))
    except ValueError as error:
        raise Invalid(str(error)) from None


def run(draft):
    """Ask every check; returns what they want to be called when the edit is saved."""
    return tuple(filter(None, [check(draft) for check in CHECKS]))


def _line(name, value, limit, needed=False):
    """A single line of text without anything invisible that could break or turn it."""
    value = value.strip()
    if needed and not any(c.isprintable() and not c.isspace() for c in value):
        raise Invalid(f'Please give the page a {name}.')
    if len(value) > limit:
        raise Invalid(f'The {name} has {len(value):,} characters; it can have {limit}.')
    if any(c in TURNERS or unicodedata.category(c) in ('Cc', 'Cs', 'Zl', 'Zp') for c in value):
        raise Invalid(f'The {name} contains a control character; please type it again.')
    return value


def _check_content(content):
    if '\0' in content:
        raise Invalid('The text contains a NUL character; please remove it.')
    try:
        size = len(content.encode('utf-8'))
    except UnicodeEncodeError:
        raise Invalid('The text contains half of a character (a lone surrogate).') from None
    if size > CONTENT_LIMIT:
        raise Invalid(f'The text has {size:,} bytes; a page can have {CONTENT_LIMIT:,}. '
                      'Please divide it among several pages.', status=413)
