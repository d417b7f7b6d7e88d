"""What an edit adds to the wiki, and who adds it from where: all that a check gets to see."""
import json
from typing import NamedTuple

import bottle

from kuma_lite.accounts.models import Person
from kuma_lite.queue import context
from kuma_lite.spam.models import Marked
from kuma_lite.spam.reading import added_lines
from kuma_lite.spam.rules import is_new_account
from kuma_lite.wiki.models import Page, Revision

AGENT_LIMIT = 500       # characters


class Addition(NamedTuple):
    kind: str               # as in models.Attempt
    path: str
    title: str
    content: str            # lines that are new in the text
    text: str               # these, and title, path, comment and tags, as far as they are new
    gone: str               # lines that were replaced
    author: Person | None
    address: str
    agent: str = ''
    referrer: str = ''


def of(draft):
    """The Addition of a wiki.checks.Draft, or None where nothing is new."""
    page = Page.at(draft.path)
    current = page and page.current()
    if current is None:
        return _made(draft, 'create', draft.content, '', [draft.title, draft.path.replace('_', ' ')])
    if draft.base not in ('latest', current.id):    # it will be refused: somebody was faster
        return None
    content, gone = added_lines(current.content, draft.content)
    title = draft.title if draft.title != current.title else ''
    if current.says(draft.title, draft.content, draft.tags) or _stood_before(page, draft):
        return None
    return _made(draft, 'edit', content, gone, [title], set(json.loads(current.tags)))


def _made(draft, kind, content, gone, lines, old_tags=frozenset()):
    new_tags = [tag for tag in draft.tags or () if tag not in old_tags]
    text = '\n'.join(line for line in [content, *lines, draft.comment, ', '.join(new_tags)] if line.strip())
    if not text:
        return None
    kind = 'api' if ' /api/' in context.current().cause else kind
    return Addition(kind, draft.path, draft.title, content, text, gone, draft.author,
                    draft.address or context.current().address, _header('HTTP_USER_AGENT'),
                    _header('HTTP_REFERER'))


def _stood_before(page, draft):
    """Whether somebody whom the wiki knows brings back what the page said once, and nobody called spam."""
    if is_new_account(draft.author):
        return False
    spam = Marked.select(Marked.revision).where(Marked.is_spam)
    return (Revision.select().where(Revision.page == page, Revision.size == len(draft.content),
                                    Revision.content == draft.content, Revision.title == draft.title,
                                    Revision.id.not_in(spam)).exists())


def _header(name):
    """A header of the request that is being answered; '' outside of one, as in a task."""
    try:
        environ = bottle.request.environ
    except RuntimeError:
        return ''
    if environ.get('kuma.request_id') != context.current().request_id:
        return ''
    return environ.get(name, '')[:AGENT_LIMIT]
