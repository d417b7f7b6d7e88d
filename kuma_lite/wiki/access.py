"""Who may do what: every door of the site asks `may()`, and every task asks it again when it runs."""
from kuma_lite.accounts import bans
from kuma_lite.config import settings
from kuma_lite.queue import context
from kuma_lite.web import Forbidden, Refused
from kuma_lite.wiki import protection
from kuma_lite.wiki.checks import Invalid

VIEW, EDIT, CREATE, REVERT, DELETE, PURGE = 'view', 'edit', 'create', 'revert', 'delete', 'purge'
MODERATE, SEE_LOG, APPROVE = 'moderate', 'see_log', 'approve'
SUBSCRIBE, DRAFT, SEE_QUEUE, SEE_TASKS, ADMIN = 'subscribe', 'draft', 'see_queue', 'see_tasks', 'admin'
REVIEW, PROTECT = 'review', 'protect'


def may(person, action, page=None):
    """True when `person` (None: somebody who is not logged in) may do `action`.

    `page` is the page it is about, or a path at which there is none, since that may be protected as well. A
    person who is banned may nothing at all; from an address that is banned nobody below moderators may change
    anything.
    """
    return offers(person, action, page) and not _ban(person, action)


def offers(person, action, page=None):
    """Whether `may()` would say so if there were no bans: then a page shows the way there, and who is banned
    reads there why. What is kept in memory for everybody must not depend on an address."""
    return _rules_let(person, action) and (page is None or protection.rank(person) >= _needed(action, page))


def _rules_let(person, action):
    """What the settings and the role of the person say, whatever the page."""
    rule, _ = RULES[action]
    return rule(person if person is not None and person.active else None)


def _needed(action, page):
    """The rank that the page asks for."""
    levels = protection.of(page)
    return levels.writers if action in EDITING else levels.readers


def _ban(person, action):
    """The ban that stands in the way, or None."""
    if action in WRITING:
        return bans.of(person, context.current().address)
    return bans.of_person(person) if person else None


def require(person, action, page=None):
    """Refuse what `may()` does not allow: with 403, or 401 for somebody who has yet to log in.

    Who may not read hears no more than that, in the same words for every page and for none: of a protected
    tree, too, whether there is a page or not.
    """
    if not may(person, VIEW, page):
        action = VIEW
    if may(person, action, page):
        return
    if offers(person, action, page):
        raise Forbidden(bans.sentence(_ban(person, action)))
    _refuse(person, action, page)


def _refuse(person, action, page):
    if _rules_let(person, action):
        sentence = only(_needed(action, page), 'edit' if action in EDITING else 'read')
        if person is None:
            raise Refused(401, f'{sentence} Please log in first.', {'WWW-Authenticate': 'Bearer'})
        raise Forbidden(sentence)
    _, deed = RULES[action]
    if person is None:
        raise Refused(401, f'To {deed}, please log in first.', {'WWW-Authenticate': 'Bearer'})
    raise Forbidden(f'Your account may not {deed}.')


def only(rank, deed):
    """That a page is for nobody below a rank: "Only moderators may edit this page."."""
    return f'Only {protection.CIRCLES[rank]} may {deed} this page.'


def refuse_protected(draft):
    """The check of `wiki.checks` for protected pages. Asked once more in the transaction that saves the edit:
    the page may have been protected a moment ago. Whoever runs the site may do anything by commands."""
    def refuse(revision=None):
        needed = protection.at(draft.key).writers
        if protection.rank(draft.author) < needed:
            raise Invalid(only(needed, 'edit'), status=403)

    if not context.current().request_id:
        return None
    refuse()
    return refuse


def refuse_banned(draft):
    """The check of `wiki.checks`: whichever way an edit came, nobody who is banned has written it. Asked once
    more in the transaction that saves it."""
    def refuse(revision=None):
        ban = bans.of(draft.author, draft.address)
        if ban:
            raise Invalid(bans.sentence(ban), status=403)

    refuse()
    return refuse


def _view(person):
    return _within(settings.site.read, person)


def _edit(person):
    """Nobody changes what they may not read."""
    return _view(person) and _within(settings.site.edit, person)


def _within(circle, person):
    """Is the person one of 'everyone', 'members' or 'editors'?"""
    if circle == 'everyone' or person is None:
        return circle == 'everyone'
    return circle == 'members' or person.at_least('editor')


def _member(person):
    return person is not None and _view(person)


def _moderate(person):
    return person is not None and person.at_least('moderator')


def _see_log(person):
    return _moderate(person) or (settings.moderation.public_log and _view(person))


def _admin(person):
    return person is not None and person.at_least('admin')


RULES = {
    VIEW: (_view, 'read this wiki'),
    EDIT: (_edit, 'edit this page'),
    CREATE: (_edit, 'create pages here'),
    REVERT: (_edit, 'bring back an older revision'),
    DELETE: (_moderate, 'delete pages and restore them'),
    PURGE: (_admin, 'purge pages'),
    MODERATE: (_moderate, 'look after this wiki'),
    APPROVE: (_moderate, 'decide about new accounts'),
    SEE_LOG: (_see_log, 'read the moderation log'),
    SUBSCRIBE: (_member, 'watch pages'),
    DRAFT: (_member, 'keep drafts'),
    SEE_QUEUE: (_moderate, 'look at the queue'),
    SEE_TASKS: (_admin, 'see tasks'),
    REVIEW: (_moderate, 'judge edits'),
    PROTECT: (_moderate, 'protect pages'),
    ADMIN: (_admin, 'see what is for admins'),
}
EDITING = {EDIT, CREATE, REVERT, DELETE, PURGE}     # for which a page asks for more than to be read
WRITING = {EDIT, CREATE, REVERT, DELETE, PURGE, SUBSCRIBE, DRAFT}     # what changes something for others
