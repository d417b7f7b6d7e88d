"""The moderation log as a page: all of it, of one moderator, or of one kind."""
import re
from urllib.parse import unquote

import bottle

from kuma_lite import web
from kuma_lite.accounts.models import Person
from kuma_lite.moderation.log import ACTIONS
from kuma_lite.moderation.models import Entry
from kuma_lite.spam.models import Attempt
from kuma_lite.web import session
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

ADDRESS = '/moderation/log'
HIDDEN = 'a page that not everybody may read'
WORDS = {'ban': 'Bans', 'lift': 'Bans lifted', 'cleanup': 'Clean-ups', 'undo': 'Clean-ups taken back',
         'protect': 'Protected pages', 'unprotect': 'Protections lifted',
         'delete': 'Deleted pages', 'restore': 'Restored pages', 'purge': 'Purged pages',
         'accept': 'Sign-ups accepted', 'decline': 'Sign-ups declined',
         'site': 'Changes of the site',
         'spam': 'Marked as spam', 'ham': 'Marked as no spam', 'closed': 'Without a verdict'}


@app.get(ADDRESS)
def log():
    access.require(session.person(), access.SEE_LOG)
    by, action = web.query('by'), web.query('action')
    part = web.part_of(_entries(by, action), Entry.id)
    for entry in part.rows:
        _hide(entry)
    return web.page('moderation/log.html', entries=part.rows, words=WORDS, said=ACTIONS, by=by, action=action,
                    moderates=access.may(session.person(), access.MODERATE), is_first=not web.query('after'),
                    here=_address(by, action), on=part.next and _address(by, action, part.next))


def _hide(entry):
    """Leave out of the row what it says of a page that the person who asks may not read. What was chosen
    about the site names pages, too; that and the way back are for admins alone."""
    if entry.action == 'site' and not access.may(session.person(), access.ADMIN):
        entry.reason = entry.undo = ''
    place = _place(entry)
    if place is not None and not access.may(session.person(), access.VIEW, place):
        if not entry.subject.startswith('protection:'):     # whose title is the path
            entry.title = HIDDEN
        entry.reason = entry.undo = ''


def _place(entry):
    """The page or the path that an entry is about, if it is about one."""
    kind, _, rest = entry.subject.partition(':')
    if kind == 'page':
        return Page(id=int(rest))
    if kind == 'protection':
        return entry.title
    return _judged(entry.subject) if entry.subject.startswith('/') else None


def _judged(address):
    """The path of an edit about which somebody has given a verdict."""
    if found := re.fullmatch('/spam/attempts/([0-9]+)', address):
        attempt = Attempt.select(Attempt.path).where(Attempt.id == int(found[1])).first()
        return attempt and attempt.path
    found = re.fullmatch(r'/docs/([^$]+)\$verdict/[0-9]+', address)
    return found and unquote(found[1])


def _entries(by, action):
    found = Entry.listed()
    if by:
        found = found.where(Entry.person == Person.named(by))
    return found.where(Entry.action == action) if action in ACTIONS else found


def _address(by, action, after=None):
    return web.with_query(ADDRESS, by=by or None, action=action or None, after=after)
