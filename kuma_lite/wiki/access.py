"""Who may do what: every door of the site asks `may()`, and every task asks it again when it runs."""
from kuma_lite.config import settings
from kuma_lite.web import Forbidden, Refused

VIEW, EDIT, CREATE, REVERT, DELETE, PURGE = 'view', 'edit', 'create', 'revert', 'delete', 'purge'
SUBSCRIBE, DRAFT, SEE_QUEUE, SEE_TASKS, ADMIN = 'subscribe', 'draft', 'see_queue', 'see_tasks', 'admin'


def may(person, action, page=None):
    """True when `person` (None: somebody who is not logged in) may do `action`.

    `page` is the page it is about, if there is one.
    """
    if person is not None and not person.active:
        person = None
    rule, _ = RULES[action]
    return rule(person)


def require(person, action, page=None):
    """Refuse what `may()` does not allow: with 403, or 401 for somebody who has yet to log in.

    Who may not read hears no more than that, in the same words for every page and for none.
    """
    if not may(person, VIEW, page):
        action = VIEW
    if may(person, action, page):
        return
    _, deed = RULES[action]
    if person is None:
        raise Refused(401, f'To {deed}, please log in first.', {'WWW-Authenticate': 'Bearer'})
    raise Forbidden(f'Your account may not {deed}.')


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


def _admin(person):
    return person is not None and person.at_least('admin')


RULES = {
    VIEW: (_view, 'read this wiki'),
    EDIT: (_edit, 'edit this page'),
    CREATE: (_edit, 'create pages here'),
    REVERT: (_edit, 'bring back an older revision'),
    DELETE: (_moderate, 'delete pages and restore them'),
    PURGE: (_admin, 'purge pages'),
    SUBSCRIBE: (_member, 'watch pages'),
    DRAFT: (_member, 'keep drafts'),
    SEE_QUEUE: (_moderate, 'look at the queue'),
    SEE_TASKS: (_admin, 'see tasks'),
    ADMIN: (_admin, 'see what is for admins'),
}
