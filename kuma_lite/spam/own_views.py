"""What the author of an edit sees that waits for a moderator: on the page, above its form, and as a list."""
import bottle

from kuma_lite import web
from kuma_lite.queue import context
from kuma_lite.spam import first
from kuma_lite.spam.models import CLOSED, HAM, SPAM, Attempt
from kuma_lite.statements import Statement, slot
from kuma_lite.web import session
from kuma_lite.wiki import access, checks

app = bottle.Bottle()

ADDRESS = '/drafts/waiting'
AT_ONCE = 10        # edits on one page: each may have a megabyte
STATES = {HAM: 'A moderator found it good, but the page had changed; it was put in by hand, or may be.',
          SPAM: 'A moderator decided not to publish it.', CLOSED: 'It will not be published.'}


WAITING_AT = Statement(lambda: _waiting(slot('person')).where(Attempt.path == slot('path'))
                       .order_by(Attempt.id.desc()).limit(1))


@app.get(ADDRESS)
def waiting():
    """What was held of this person, and what became of it."""
    access.require(session.person(), access.DRAFT)
    person = session.person()
    part = web.part_of(Attempt.held_of(person), Attempt.id, AT_ONCE)
    attempts = [row for row in part.rows if access.may(person, access.VIEW, row.path)]
    return web.page('spam/waiting.html', attempts=attempts, after=part.next, states=STATES, here=ADDRESS,
                    is_newest=not web.query('after'))


def panel(page, person):
    """For `wiki.panels`: an edit of this page waits."""
    return at_path(page.path, person)


def at_path(path, person):
    """The same where there is no page yet."""
    attempt = _waiting_at(path, person)
    return web.render('spam/waits_here.html', attempt=attempt, here=ADDRESS) if attempt else ''


def above_form(path, page, person):
    """The same, or that what is saved here will wait."""
    attempt = _waiting_at(path, person)
    if attempt is None and not first.waits(person, context.current().address):
        return ''
    return web.render('spam/will_wait.html', attempt=attempt, here=ADDRESS, rule=first.rule)


def on_own_page(author, address, person):
    """The way to the list, on the page about oneself."""
    if person is None or author != person or address:
        return ''
    if not Attempt.held_of(person).exists():
        return ''
    return web.render('spam/own_edits.html', count=_waiting(person).count(), here=ADDRESS)


def _waiting(person):
    return Attempt.waiting().where(Attempt.person == person)


def _waiting_at(path, person):
    """What the edit form is told of comes as it was typed; a path that is none has no edits."""
    try:
        path = checks.checked_path(path)
    except checks.Invalid:
        return None
    return person and WAITING_AT.first(person=person.id, path=path)
