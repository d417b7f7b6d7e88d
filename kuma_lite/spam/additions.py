"""What an edit adds to the wiki, and who adds it from where: all that a check gets to see."""
import json
from typing import NamedTuple

import bottle

from kuma_lite import db
from kuma_lite.accounts.models import Person
from kuma_lite.queue import context
from kuma_lite.spam.reading import added_lines
from kuma_lite.spam.rules import is_new_account
from kuma_lite.wiki.models import Page, Revision

AGENT_LIMIT = 500       # characters
# Raw, as each save asks it and peewee takes longer to write it than SQLite to answer.
STOOD = ('SELECT 1 FROM revision WHERE page_id = ? AND size = ? AND content = ? AND title = ? '
         'AND id NOT IN (SELECT revision_id FROM spam_marked WHERE is_spam) LIMIT 1')


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
    """The Addition of a wiki.checks.Draft, with '' as `text` where nothing is new; None where it changes
    nothing, or is refused anyway."""
    page = Page.at(draft.path)
    current = page and Revision.get_by_id(page.current_id)
    if current is None and draft.base in (None, 'latest'):
        return _made(draft, 'create', draft.content, '', [draft.title, draft.path.replace('_', ' ')])
    if current is None or draft.base not in ('latest', current.id):     # somebody was faster
        return None
    if current.says(draft.title, draft.content, draft.tags):
        return None
    content, gone = added_lines(current.content, draft.content)
    title = draft.title if draft.title != current.title else ''
    found = _made(draft, 'edit', content, gone, [title], set(json.loads(current.tags)))
    return found._replace(text='') if found.text and _stood_before(page, draft) else found


def _made(draft, kind, content, gone, lines, old_tags=frozenset()):
    new_tags = [tag for tag in draft.tags or () if tag not in old_tags]
    text = '\n'.join(line for line in [content, *lines, draft.comment, ', '.join(new_tags)] if line.strip())
    kind = 'api' if ' /api/' in context.current().cause else kind
    return Addition(kind, draft.path, draft.title, content, text, gone, draft.author,
                    draft.address or context.current().address, _header('HTTP_USER_AGENT'),
                    _header('HTTP_REFERER'))


def _stood_before(page, draft):
    """Whether somebody whom the wiki knows brings back what the page said once, and nobody called spam."""
    if is_new_account(draft.author):
        return False
    same = (page.id, len(draft.content), draft.content, draft.title)
    return db.database.execute_sql(STOOD, same).fetchone() is not None


def _header(name):
    """A header of the request that is being answered; '' outside of one, as in a task."""
    try:
        environ = bottle.request.environ
    except RuntimeError:
        return ''
    if environ.get('kuma.request_id') != context.current().request_id:
        return ''
    return environ.get(name, '')[:AGENT_LIMIT]
