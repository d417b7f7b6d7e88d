"""The moderation log as a page: all of it, of one moderator, or of one kind."""
import bottle

from kuma_lite import web
from kuma_lite.accounts.models import Person
from kuma_lite.moderation.log import ACTIONS
from kuma_lite.moderation.models import Entry
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

ADDRESS = '/moderation/log'
WORDS = {'ban': 'Bans', 'lift': 'Bans lifted', 'cleanup': 'Clean-ups', 'undo': 'Clean-ups taken back',
         'delete': 'Deleted pages', 'restore': 'Restored pages', 'purge': 'Purged pages',
         'spam': 'Marked as spam', 'ham': 'Marked as no spam',
         'closed': 'Without a verdict'}


@app.get(ADDRESS)
def log():
    access.require(session.person(), access.SEE_LOG)
    by, action = web.query('by'), web.query('action')
    part = web.part_of(_entries(by, action), Entry.id)
    return web.page('moderation/log.html', entries=part.rows, words=WORDS, said=ACTIONS, by=by, action=action,
                    moderates=access.may(session.person(), access.MODERATE), is_first=not web.query('after'),
                    here=_address(by, action), on=part.next and _address(by, action, part.next))


def _entries(by, action):
    found = Entry.listed()
    if by:
        found = found.where(Entry.person == Person.named(by))
    return found.where(Entry.action == action) if action in ACTIONS else found


def _address(by, action, after=None):
    return web.with_query(ADDRESS, by=by or None, action=action or None, after=after)
