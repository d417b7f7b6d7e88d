"""Who may do what with a number: every route about a task, a mail, a draft, a token and so on, for everybody,
with one that is there, and belongs to somebody, or is about a page that only admins may read.

tests/test_access.py asks the same routes for numbers that are not there.
"""
import itertools
import json
import re
from typing import NamedTuple

from protection_base import protect
from test_access import ROLE_OF, ROWS, SECRET, Visitor, prepare, statuses

from kuma_lite import clock
from kuma_lite.account.models import MailedLink
from kuma_lite.accounts.models import ApiToken, Ban, Session
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.drafts.models import Draft
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.moderation.models import Cleanup
from kuma_lite.queue.tables import Task
from kuma_lite.signup.models import Application
from kuma_lite.site.models import Setting
from kuma_lite.spam.models import Attempt
from kuma_lite.watch.models import Watch, WatchPreference
from kuma_lite.wiki.models import Page

fresh = itertools.count(1)
WRONG = '.' + 64 * '0'      # stands behind the number in a link that was not mailed


# What the numbers name, each made by a function (site).

def open_page(site):
    return site.page(f'Open/{next(fresh)}', SECRET)


def page_for_admins(site):
    return site.page(f'Hidden/{next(fresh)}', SECRET, author='ada')


def deleted(site, make=open_page):
    page = make(site)
    return deletion.delete(page.id, page.current_id, SECRET, page.current().author)


def deleted_hidden(site):
    return deleted(site, page_for_admins)


def attempt(site, path='There'):
    return Attempt.create(kind='edit', path=path, title=SECRET, why='Links', added=SECRET)


def attempt_hidden(site):
    return attempt(site, 'Hidden/Page')


def protection(site, circle='members'):
    return protect(site, f'Held/{next(fresh)}', circle)


def protection_hidden(site):
    return protection(site, 'admins')


def ban(site):
    return Ban.create(person=site.people.mallory, by=site.people.ada, reason=SECRET)


def cleanup(site):
    return Cleanup.create(author=site.people.mallory, reason=SECRET, finished_at=clock.now())


def task(site):
    return Task.get()


def token(site):
    return ApiToken.create(person=site.people.edda, token_hash=f'x{next(fresh)}', label=SECRET)


def draft(site):
    typed = json.dumps({'path': 'There', 'title': SECRET, 'content': SECRET})
    return Draft.create(person=site.people.edda, form=f'form-{next(fresh)}', path='There', key='there',
                        title=SECRET, saved_at=clock.now(), fields=typed)


def delivery(site):
    message = Message.create(key=f'test:{next(fresh)}', subject=SECRET, text=SECRET)
    return Delivery.create(message=message, address='wanda@example.org', state='gave_up')


def application(site):
    number = next(fresh)
    return Application.create(name=f'Rosa{number}', key=f'rosa{number}', email=f'rosa{number}@example.org',
                              password_hash='', words=SECRET, address='192.0.2.9', confirmed_at=clock.now())


def watch(site):
    return Watch.create(person=site.people.edda, kind='tree', target=f'{SECRET}/{next(fresh)}', label=SECRET)


def preference(site):
    return WatchPreference.get_or_none(person=site.people.edda) or WatchPreference.create(
        person=site.people.edda, frequency='daily')


def link(site, kind='recover'):
    MailedLink.delete().execute()
    return MailedLink.create(person=site.people.edda, kind=kind, email=f'{SECRET}@example.org')


def address_link(site):
    return link(site, 'address')


def choice(site):
    return Setting.create(key='sidebar', value=None, person=site.people.ada)


def session(site):
    return Session.create(person=site.people.edda, token_hash=f'x{next(fresh)}', agent=SECRET,
                          expires_at=clock.now() + 999)


# They name a page and a revision: here the revision is that of another page, which only admins may read.
OF_ANOTHER_PAGE = ('GET /docs/P$revision/N', 'GET /docs/P$compare', 'GET /docs/P$revert/N',
                   'POST /docs/P$revert/N', 'GET /docs/P$verdict/N', 'POST /docs/P$verdict/N')


class Numbered(NamedTuple):
    """`make(site)` is what the number names. `there`: the status for those who may."""
    make: callable
    there: object = 200
    owner: str = ''             # nobody else may, and hears 404
    hidden: callable = None     # the same about a page that only admins may read: nobody else may, 403
    needs_key: bool = False     # the address lacks what was mailed with it: nothing is told, nothing done


NUMBERED = {
    'POST /protections/N/lift': Numbered(protection, 303, hidden=protection_hidden),
    'GET /bin/N': Numbered(deleted, hidden=deleted_hidden),
    'POST /bin/N/restore': Numbered(deleted, 303, hidden=deleted_hidden),
    'POST /bin/N/purge': Numbered(deleted, 303),
    'POST /moderation/bans/N/lift': Numbered(ban, 303),
    'GET /moderation/cleanups/N': Numbered(cleanup),
    'POST /moderation/cleanups/N/undo': Numbered(cleanup, (303, 409)),
    'GET /drafts/N': Numbered(draft, owner='edda'),
    'GET /drafts/N/edit': Numbered(draft, owner='edda'),
    'POST /drafts/N/discard': Numbered(draft, 303, 'edda'),
    'POST /watches/N/stop': Numbered(watch, 303, 'edda'),
    'GET /unsubscribe/W': Numbered(watch, needs_key=True),
    'POST /unsubscribe/W': Numbered(watch, needs_key=True),
    'GET /unsubscribe/all/W': Numbered(preference, needs_key=True),
    'POST /unsubscribe/all/W': Numbered(preference, needs_key=True),
    'GET /spam/attempts/N': Numbered(attempt, hidden=attempt_hidden),
    'POST /spam/attempts/N': Numbered(attempt, 303, hidden=attempt_hidden),
    'GET /dashboards/revisions/N': Numbered(open_page, hidden=page_for_admins),
    'GET /mails/N': Numbered(delivery),
    'GET /mails/N.eml': Numbered(delivery),
    'POST /mails/N/retry': Numbered(delivery, 303),
    'POST /site/choices/N/undo': Numbered(choice, 303),
    'GET /tasks/N': Numbered(task),
    'GET /api/v1/tasks/N': Numbered(task),
    'POST /account/sessions/N/end': Numbered(session, 303, 'edda'),
    'POST /account/tokens/N/revoke': Numbered(token, 303, 'edda'),
    'POST /signups': Numbered(application, 303),
    **dict.fromkeys(OF_ANOTHER_PAGE, Numbered(page_for_admins, 404)),
    'GET /recover': Numbered(link, 404, needs_key=True),
    'POST /recover': Numbered(link, 404, needs_key=True),
    'GET /confirm': Numbered(address_link, 404, needs_key=True),
    'POST /confirm': Numbered(address_link, 404, needs_key=True),
    'GET /signup/confirm': Numbered(application, 404, needs_key=True),
    'POST /signup/confirm': Numbered(application, 404, needs_key=True),
}


def test_every_route_about_a_number_has_a_row():
    """Those with a number, the form that ticks numbers, and the links that begin with one."""
    numbers = {route for route, row in ROWS.items()
               if route.rstrip('.eml').endswith(('/N', '/W')) or '/N/' in route or '=1.x' in row.address
               or '1.x' in row.body.values() or 'pick-999' in row.body or '{revision}' in row.address}
    assert numbers == set(NUMBERED)


def test_what_is_there(site):
    """Members may read here, and everybody who may read may write, so that all depends on what it is."""
    there = prepare(site)
    settings.site.read, settings.site.edit, settings.accounts.signup = 'members', 'members', 'open'
    protect(site, 'Hidden', 'admins', tree=True)
    visitors, wrong = [Visitor(site, name) for name in ROLE_OF], []
    for route, numbered in NUMBERED.items():
        wrong += all_ask(site, visitors, route, numbered, numbered.make, there)
        if numbered.hidden:
            wrong += all_ask(site, visitors, route, numbered, numbered.hidden, there)
    assert not wrong


def all_ask(site, visitors, route, numbered, make, there):
    """What is wrong with the answers, in sentences."""
    made = make(site)
    before = kept(made)
    for visitor in visitors:
        answer = ask(visitor, route, made, there)
        wanted = right(visitor, route, numbered, make)
        if answer.status_int not in wanted:
            yield f'{visitor.name}: {route} ({make.__name__}): {answer.status_int}, not {wanted}'
        if (answer.status_int >= 400 or numbered.needs_key) and (SECRET in answer or kept(made) != before):
            yield f'{visitor.name}: {route}: {answer.status_int}, and yet something was told or done'
        if kept(made) != before:
            made = make(site)
            before = kept(made)


def ask(visitor, route, made, there):
    """Ask for what was made instead of number 999."""
    row, number = ROWS[route], str(made.get_id())
    if isinstance(made, Page):
        return visitor.ask(route.split()[0], row, there.path, made)
    address = re.sub('999|(?<=/)1(?=$|[?])', number, row.address).replace('1.x', number + WRONG)
    body = {key.replace('999', number): value.replace('1.x', number + WRONG)
            for key, value in row.body.items()}
    return visitor.ask(route.split()[0], row._replace(address=address, body=body), there.path, there)


def right(visitor, route, numbered, make):
    """The statuses that are right for a visitor."""
    if not visitor.may(ROWS[route]):
        return visitor.refusal(ROWS[route])
    if numbered.owner and visitor.name != numbered.owner:
        return {404}
    is_hidden = make == numbered.hidden
    return {403} if is_hidden and visitor.name != 'ada' else statuses(numbered.there)


def kept(made):
    """What the database holds of it."""
    return type(made).select().where(type(made)._meta.primary_key == made.get_id()).dicts().first()
