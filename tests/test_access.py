"""Who may do what: every route, for everybody, whatever the settings say; and every route of a page, for
everybody, in each state that a page can be in.

The matrices are generated. A route without a row fails the first test.
"""
import itertools
from typing import NamedTuple
from urllib.parse import quote

import pytest
from account_rows import ACCOUNT_ROWS
from protection_base import protect
from site_rows import SITE_ROWS

from kuma_lite import app
from kuma_lite.accounts import sessions
from kuma_lite.accounts.models import ROLES, Person
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.web import assets
from kuma_lite.web.session import SESSION
from kuma_lite.wiki import access, lookups, protection

SECRET = 'nobody-else-reads-this'
TYPED = SECRET[::-1]    # by the visitor, who gets it back

# Who may read and who may edit, as the site's settings say it.
SITES = [('everyone', 'editors'), ('everyone', 'everyone'), ('members', 'members'), ('editors', 'editors'),
         ('editors', 'everyone')]
ROLE_OF = {'somebody': None, 'gone': None, 'wanda': 'reader', 'edda': 'editor', 'mona': 'moderator',
           'ada': 'admin'}


class Row(NamedTuple):
    address: str
    need: str               # one of MAY: whom it answers
    there: int = 200        # the status where there is a page, or several that are right
    missing: int = 200      # and where there is none
    body: dict = {}         # of a POST, or the JSON of a PUT


EDIT = {'path': '{path}', 'title': 'T', 'content': TYPED, 'comment': '', 'tags': '', 'base': '{base}'}
REVERT = {'base': '{base}', 'comment': ''}
PROTECT = {'read': 'everyone', 'edit': 'everyone', 'scope': 'page', 'reason': '', 'base': ''}
LOGIN = {'name': 'nobody', 'password': 'wrong', 'next': '/'}
BAN = {'name': '', 'network': '', 'days': '', 'reason': ''}
CLEANUP = {'days': '3', 'reason': '', 'days_banned': '', 'do': 'clean'}
SETUP = {'name': 'Eve', 'email': 'eve@example.org', 'password': 'a quiet green lake'}
PREFER = {'frequency': 'daily', 'hour': '8', 'weekday': '1'}

READY = (200, 204)      # or not yet: a task is at it

ROWS = {
    'GET /': Row('/', 'read'),
    'GET /docs': Row('/docs', 'ask', 303, 303),
    'GET /docs/': Row('/docs/', 'ask', 303, 303),
    'GET /all': Row('/all', 'read'),
    'GET /all/list': Row('/all/list', 'read'),
    'GET /recent': Row('/recent', 'read'),
    'GET /tags': Row('/tags', 'read'),
    'GET /tag/<name:path>': Row('/tag/none', 'read', 404, 404),
    'GET /docs/P$children': Row('/docs/{path}$children', 'read', 200, 404),
    'GET /docs/P$links': Row('/docs/{path}$links', 'read', 200, 404),
    'GET /docs/P$toc': Row('/docs/{path}$toc', 'read', 200, 404),
    'GET /new': Row('/new', 'edit'),
    'POST /preview': Row('/preview', 'edit', body=EDIT),
    'GET /docs/P': Row('/docs/{path}', 'read', 200, 404),
    'GET /docs/P$raw': Row('/docs/{path}$raw', 'read', 200, 404),
    'GET /docs/P$json': Row('/docs/{path}$json', 'read', 200, 404),
    'GET /docs/P$history': Row('/docs/{path}$history', 'read', 200, 404),
    'GET /docs/P$contributors': Row('/docs/{path}$contributors', 'read', READY, 404),
    'GET /docs/P$revision/N': Row('/docs/{path}$revision/{revision}', 'read', 200, 404),
    'GET /docs/P$compare': Row('/docs/{path}$compare?from={revision}&to={revision}', 'read', 200, 404),
    'GET /docs/P$edit': Row('/docs/{path}$edit', 'edit'),
    'POST /docs/P$edit': Row('/docs/{path}$edit', 'edit', 303, 303, EDIT),
    'GET /docs/P$revert/N': Row('/docs/{path}$revert/{revision}', 'edit', 200, 404),
    'POST /docs/P$revert/N': Row('/docs/{path}$revert/{revision}', 'edit', 303, 404, REVERT),
    'GET /docs/P$delete': Row('/docs/{path}$delete', 'moderate', 200, 404),
    'POST /docs/P$delete': Row('/docs/{path}$delete', 'moderate', 422, 404, {'base': '{base}', 'reason': ''}),
    'GET /docs/P$protect': Row('/docs/{path}$protect', 'moderate'),
    'POST /docs/P$protect': Row('/docs/{path}$protect', 'moderate', 422, 422, PROTECT),
    'GET /protections': Row('/protections', 'moderate'),
    'POST /protections/N/lift': Row('/protections/999/lift', 'moderate', 404, 404),
    'GET /bin': Row('/bin', 'moderate'),
    'GET /bin/N': Row('/bin/999', 'moderate', 404, 404),
    'POST /bin/N/restore': Row('/bin/999/restore', 'moderate', 404, 404),
    'POST /bin/N/purge': Row('/bin/999/purge', 'run', 404, 404),
    'GET /moderation/bans': Row('/moderation/bans', 'moderate'),
    'POST /moderation/bans': Row('/moderation/bans', 'moderate', 422, 422, BAN),
    'POST /moderation/bans/N/lift': Row('/moderation/bans/999/lift', 'moderate', 404, 404),
    'GET /moderation/cleanup/<name>': Row('/moderation/cleanup/edda', 'moderate'),
    'POST /moderation/cleanup/<name>': Row('/moderation/cleanup/edda', 'moderate', 422, 422, CLEANUP),
    'GET /moderation/cleanup': Row('/moderation/cleanup?network=192.0.2.9', 'moderate'),
    'POST /moderation/cleanup': Row('/moderation/cleanup', 'moderate', 422, 422,
                                    {**CLEANUP, 'network': '192.0.2.9'}),
    'GET /moderation/cleanups/N': Row('/moderation/cleanups/999', 'moderate', 404, 404),
    'POST /moderation/cleanups/N/undo': Row('/moderation/cleanups/999/undo', 'moderate', 404, 404),
    'GET /moderation/log': Row('/moderation/log', 'moderate'),
    'POST /docs/P$draft': Row('/docs/{path}$draft', 'draft', 303, 303, {**EDIT, 'draft': 'a-form'}),
    'POST /docs/P$editing': Row('/docs/{path}$editing', 'edit'),
    'GET /drafts': Row('/drafts', 'watch'),
    'GET /drafts/waiting': Row('/drafts/waiting', 'watch'),
    'GET /drafts/N': Row('/drafts/999', 'watch', 404, 404),
    'GET /drafts/N/edit': Row('/drafts/999/edit', 'watch', 404, 404),
    'POST /drafts/N/discard': Row('/drafts/999/discard', 'watch', 404, 404, {'next': '/'}),
    'POST /docs/P$subscribe': Row('/docs/{path}$subscribe', 'watch', 303, 404, {'watch': 'yes'}),
    'POST /docs/P$subscribe_to_tree': Row('/docs/{path}$subscribe_to_tree', 'watch', 303, 303,
                                          {'watch': 'yes'}),
    'GET /watches': Row('/watches', 'watch'),
    'POST /watches': Row('/watches', 'watch', 303, 303, {'kind': 'site', 'target': '', 'watch': 'yes'}),
    'POST /watches/how': Row('/watches/how', 'watch', 303, 303, PREFER),
    'POST /watches/N/stop': Row('/watches/999/stop', 'watch', 404, 404, {'next': '/'}),
    'GET /unsubscribe/all/W': Row('/unsubscribe/all/1?key=wrong', 'ask'),
    'POST /unsubscribe/all/W': Row('/unsubscribe/all/1?key=wrong', 'ask'),
    'GET /unsubscribe/W': Row('/unsubscribe/1?key=wrong', 'ask'),
    'POST /unsubscribe/W': Row('/unsubscribe/1?key=wrong', 'ask'),
    'GET /feeds/<form:re:atom|rss>/all': Row('/feeds/atom/all', 'read'),
    'GET /feeds/<form:re:atom|rss>/tag/<name:path>': Row('/feeds/rss/tag/none', 'read', 404, 404),
    'GET /feeds/<form:re:atom|rss>/under/<path:re:[^$]+>': Row('/feeds/rss/under/{path}', 'read'),
    'GET /feeds/<form:re:atom|rss>/user/<name>': Row('/feeds/atom/user/edda', 'read'),
    'GET /sitemap.xml': Row('/sitemap.xml', 'read', 404, 404),
    'GET /sitemaps/pages-<number:re:[1-9][0-9]{0,5}>.xml': Row('/sitemaps/pages-1.xml', 'read', 404, 404),
    'GET /robots.txt': Row('/robots.txt', 'ask'),
    'GET /spam/attempts': Row('/spam/attempts', 'moderate'),
    'GET /spam/attempts/N': Row('/spam/attempts/999', 'moderate', 404, 404),
    'POST /spam/attempts/N': Row('/spam/attempts/999', 'moderate', 404, 404,
                                 {'verdict': 'spam', 'was': 'review'}),
    'GET /spam/rules': Row('/spam/rules', 'moderate'),
    'POST /spam/rules': Row('/spam/rules', 'moderate', 422, 422, {'text': '*', 'base': ''}),
    'POST /spam/akismet': Row('/spam/akismet', 'moderate', 422, 422),
    'GET /docs/P$verdict/N': Row('/docs/{path}$verdict/{revision}', 'moderate', 200, 404),
    'POST /docs/P$verdict/N': Row('/docs/{path}$verdict/{revision}', 'moderate', 303, 404,
                                  {'verdict': 'ham'}),
    'GET /users/<name>': Row('/users/edda', 'read'),
    'GET /login': Row('/login', 'ask'),
    'POST /login': Row('/login', 'ask', 403, 403, LOGIN),
    **{route: Row(*row) for route, row in ACCOUNT_ROWS.items()},
    'POST /signup': Row('/signup', 'ask', 404, 404, SETUP),
    'GET /setup/<token>': Row('/setup/x', 'ask', 404, 404),
    'POST /setup/<token>': Row('/setup/x', 'ask', 404, 404, SETUP),
    'GET /outbox': Row('/outbox', 'run', 303, 303),
    'GET /your-mail': Row('/your-mail', 'watch'),
    'POST /your-mail': Row('/your-mail', 'watch', 303, 303),
    'GET /mails': Row('/mails', 'run'),
    'GET /mails/N': Row('/mails/999', 'run', 404, 404),
    'GET /mails/N.eml': Row('/mails/999.eml', 'run', 404, 404),
    'POST /mails/N/retry': Row('/mails/999/retry', 'run', 404, 404),
    **{route: Row(*row) for route, row in SITE_ROWS.items()},
    'GET /doctor': Row('/doctor', 'run'),
    'POST /doctor': Row('/doctor', 'run', 303, 303),
    'GET /tasks': Row('/tasks', 'moderate'),
    'GET /tasks/N': Row('/tasks/1', 'moderate'),
    'GET /tasks/schedule': Row('/tasks/schedule', 'moderate'),
    'GET /dashboards': Row('/dashboards', 'read', 303, 303),
    'GET /dashboards/revisions': Row('/dashboards/revisions', 'read'),
    'GET /dashboards/revisions/N': Row('/dashboards/revisions/{revision}', 'read'),
    'GET /dashboards/spam': Row('/dashboards/spam', 'moderate'),
    'GET /dashboards/spam/figures': Row('/dashboards/spam/figures', 'moderate', READY, READY),
    'GET /healthz': Row('/healthz', 'ask'),
    'GET /readyz': Row('/readyz', 'ask'),
    'GET /static/<name:re:[a-z][a-z.-]*>': Row('/static/kuma.css', 'ask'),
    'GET /favicon.ico': Row('/favicon.ico', 'ask'),
    'GET /search': Row('/search?q={path}', 'read'),
    'GET /search/suggest': Row('/search/suggest?q={path}', 'read'),
    'GET /api/v1/search': Row('/api/v1/search?q={path}', 'read'),
    'GET /api/v1/pages/<path:path>': Row('/api/v1/pages/{path}', 'read', 200, 404),
    'PUT /api/v1/pages/<path:path>': Row('/api/v1/pages/{path}', 'edit', 200, 201,
                                         {'content': TYPED, 'base_revision': 'latest'}),
    'GET /api/v1/tasks': Row('/api/v1/tasks', 'run'),
    'GET /api/v1/tasks/N': Row('/api/v1/tasks/1', 'run'),
    'POST /logout': Row('/logout', 'ask', 303, 303),     # the last one: it does what it says
}


def within(circle, role):
    least = {'everyone': True, 'members': role is not None}
    return least[circle] if circle in least else role in ROLES[1:]


MAY = {
    'ask': lambda role: True,
    'own': lambda role: role is not None,
    'read': lambda role: within(settings.site.read, role),
    'edit': lambda role: within(settings.site.read, role) and within(settings.site.edit, role),
    'draft': lambda role: role is not None and MAY['edit'](role),
    'watch': lambda role: role is not None and within(settings.site.read, role),
    'moderate': lambda role: role in ('moderator', 'admin'),
    'run': lambda role: role == 'admin',
}


def short(rule):
    rule = rule.replace(lookups.DOCS, '/docs/P').replace(lookups.NUMBER, 'N')
    return rule.replace('<watch_id:re:[0-9]{1,18}>', 'W').replace('<preference_id:re:[0-9]{1,18}>', 'W')


def test_every_route_has_a_row():
    routes = [route for views in [*app.VIEWS, assets] for route in views.app.routes]
    assert {f'{route.method} {short(route.rule)}' for route in routes} == set(ROWS)


# Where not all rows are asked, but only those whom the settings of such a site open or close.
PARTLY = {('everyone', 'editors'): ('edit', 'draft'),
          ('members', 'members'): ('read', 'watch', 'edit', 'draft')}


def rows_at(site):
    return {route: row for route, row in ROWS.items() if row.need in PARTLY.get(site, MAY)}


# Who may not read a page does not learn either whether there is one. Where everybody may edit, HEAD is asked
# instead of GET; and no numbers, which are a matter of who may read: see test_access_numbers.py.
@pytest.mark.parametrize('name', ROLE_OF)
@pytest.mark.parametrize('read, edit', SITES)
def test_the_matrix(site, read, edit, name):
    page, is_open = prepare(site), edit == 'everyone'
    settings.site.read, settings.site.edit = read, edit
    wrong, refusals = [], {}
    for is_there in (True, False):
        visitor = Visitor(site, name)
        for number, (route, row) in enumerate(rows_at((read, edit)).items()):
            if (not is_there and not about_a_path(row)) or (is_open and about_a_number(row)):
                continue
            path = 'There' if is_there else f'Nowhere_{number}'
            method = route.split()[0]
            answer = visitor.ask('HEAD' if is_open and method == 'GET' else method, row, path, page)
            may = visitor.may(row)
            wanted = statuses(row.there if is_there else row.missing) if may else visitor.refusal(row)
            if answer.status_int not in wanted or (not may and SECRET in answer):
                wrong.append(f'{route} ({path}): {answer.status_int}, not {wanted}')
            if not may:
                refusals.setdefault(route, set()).add(visitor.words(answer, path))
    assert not wrong
    if not MAY['read'](ROLE_OF[name]):
        assert {route: len(texts) for route, texts in refusals.items()} == dict.fromkeys(refusals, 1)


def about_a_path(row):
    return '{path}' in row.address or '{path}' in row.body.get('path', '')


def about_a_number(row):
    """Of something else than a revision."""
    return '999' in row.address or 'pick-999' in row.body


# The state of a page: who may read it, who may edit it, and whether it is there.
STATES = {'open': ('everyone', 'everyone', True), 'for members': ('members', 'everyone', True),
          'for editors': ('editors', 'everyone', True), 'for moderators': ('moderators', 'members', True),
          'for admins': ('admins', 'everyone', True), 'edited by members': ('everyone', 'members', True),
          'edited by moderators': ('members', 'moderators', True),
          'edited by admins': ('everyone', 'admins', True), 'in the bin': ('members', 'editors', False),
          'missing': ('editors', 'moderators', False)}
WRITES = {'GET /docs/P$edit', 'POST /docs/P$edit', 'POST /preview', 'PUT /api/v1/pages/<path:path>',
          'GET /docs/P$revert/N', 'POST /docs/P$revert/N', 'GET /docs/P$delete', 'POST /docs/P$delete',
          'POST /docs/P$draft', 'POST /docs/P$editing'}
CREATES = ('POST /docs/P$edit', 'PUT /api/v1/pages/<path:path>')
ANSWERS_ALL = {'GET /search', 'GET /search/suggest', 'GET /api/v1/search'}    # with what each may read


def page_rows():
    """Those that are answered differently for each page; what creates one comes last."""
    rows = {route: row for route, row in ROWS.items()
            if about_a_path(row) and route not in ANSWERS_ALL and not route.startswith('GET /feeds')}
    return dict(sorted(rows.items(), key=lambda row: row[0] in CREATES))


@pytest.mark.parametrize('state', STATES)
def test_every_route_of_a_page_in_every_state(site, state):
    """The site lets everybody edit, so that all depends on the page."""
    settings.site.edit = 'everyone'
    read, edit, is_there = STATES[state]
    prepare(site)
    wrong, refusals, pages = [], {}, {}
    for name in ROLE_OF:
        page, visitor = in_state(site, state, f'Tree/{name}'), Visitor(site, name)
        pages[name] = page
        for number, (route, row) in enumerate(page_rows().items()):
            path = f'Tree/Nowhere_{name}_{number}' if state == 'missing' else page.path
            answer = visitor.ask(route.split()[0], row, path, page)
            may = visitor.may(row) and rank(name) >= max(
                map(protection.CIRCLES.index, (read, edit) if route in WRITES else (read,)))
            wanted = statuses(row.there if is_there else row.missing) if may else visitor.refusal(row)
            if state == 'in the bin' and route.startswith('PUT') and may:
                wanted = {200}      # the form above has written a new page there
            if answer.status_int not in wanted or (not may and SECRET in answer):
                wrong.append(f'{name}: {route}: {answer.status_int}, not {wanted}')
            if not may:
                refusals.setdefault((name, route), visitor.words(answer, path))
    assert not wrong
    visitor = Visitor(site, 'somebody')
    for (name, route), words in refusals.items() if read != 'everyone' else ():
        if name == 'somebody':      # hears the same where there is nothing at all
            answer = visitor.ask(route.split()[0], ROWS[route], 'Tree/None', pages[name])
            assert visitor.words(answer, 'Tree/None') == words, route


def in_state(site, state, path):
    """A page in this state, with something secret in it."""
    read, edit, is_there = STATES[state]
    page = site.page(path, SECRET)
    if (read, edit) != ('everyone', 'everyone') and not protection.Protection.on('tree'):
        protect(site, 'Tree', read, edit, tree=True)
    if not is_there:
        deletion.delete(page.id, page.current_id, SECRET, site.people.ada)
    return page


def rank(name):
    role = ROLE_OF[name]
    return ROLES.index(role) + 1 if role else 0


@pytest.mark.parametrize('read, edit', SITES)
def test_the_strictest_counts(site, read, edit):
    """Of the settings of the site and of all that holds for a page; for each action that is about a page."""
    settings.site.read, settings.site.edit = read, edit
    people = {name: None if name == 'somebody' else Person.get(name={'gone': 'mallory'}.get(name, name))
              for name in ROLE_OF}
    actions = (access.VIEW, access.EDIT, access.CREATE)
    for readers, writers in itertools.product(protection.CIRCLES, repeat=2):
        if (readers, writers) != ('everyone', 'everyone'):
            protect(site, 'Tree', readers, writers, tree=True)
        for (name, person), action in itertools.product(people.items(), actions):
            asked = (read, readers) if action == access.VIEW else (read, edit, readers, writers)
            role = ROLE_OF[name] if name != 'gone' else 'reader'
            least = max(map(protection.CIRCLES.index, asked))
            may = (ROLES.index(role) + 1 if role else 0) >= least
            assert access.may(person, action, 'Tree/Page') == may, (name, action, asked)


def statuses(right):
    return set(right) if isinstance(right, tuple) else {right}


def prepare(site):
    """A page that holds something secret, with its contributor bar ready."""
    page = site.page('There', SECRET)
    site.app.get('/docs/There$contributors')
    site.settle()
    return page


class Visitor:
    """One of the cast, with a session for pages and a token for the API; `gone` has an account that
    was closed while it was logged in, `somebody` has none."""

    def __init__(self, site, name):
        self.name, self.browser, self.program = name, site.browser(), site.browser()
        if name != 'somebody':
            person = getattr(site.people, {'gone': 'mallory'}.get(name, name))
            Person.update(active=True).where(Person.id == person.id).execute()      # also the second time
            self.browser.set_cookie(SESSION, sessions.start_session(person))
            self.program.authorization = ('Bearer', sessions.create_token(person))
            Person.update(active=name != 'gone').where(Person.id == person.id).execute()
        self.csrf = self.browser.get('/login').html.find('input', {'name': 'csrf'})['value']

    def ask(self, method, row, path, page):
        page = type(page).get_by_id(page.id)
        is_there = path == page.path and not page.is_deleted
        values = {'path': path, 'revision': page.current_id, 'base': page.current_id if is_there else ''}
        address = row.address.format(**values)
        fields = {key: value.format(**values) for key, value in row.body.items()}
        if address.startswith('/api/'):
            call = self.program.put_json if method == 'PUT' else getattr(self.program, method.lower())
            return call(address, *([fields] if method == 'PUT' else []), expect_errors=True)
        if method in ('GET', 'HEAD'):
            return getattr(self.browser, method.lower())(address, expect_errors=True)
        return self.browser.post(address, {**fields, 'csrf': self.csrf}, expect_errors=True)

    def words(self, answer, path):
        """What an answer says, apart from what this visitor has told it."""
        return answer.text.replace(path, 'P').replace(quote(path, safe=''), 'P').replace(self.csrf, '')

    def may(self, row):
        if self.name == 'gone' and row.address.startswith('/api/'):
            return False    # with a token that does not count any more nothing is answered
        return MAY[row.need](ROLE_OF[self.name])

    def refusal(self, row):
        if ROLE_OF[self.name]:
            return {403}
        return {401} if row.address.startswith('/api/') else {401, 403}


@pytest.mark.parametrize('action', access.RULES)
def test_an_account_that_was_closed_may_what_strangers_may(site, action):
    site.people.ada.active = False
    assert access.may(site.people.ada, action) == access.may(None, action)


def test_nobody_edits_what_they_may_not_read(site):
    settings.site.read, settings.site.edit = 'editors', 'everyone'
    assert not access.may(None, access.EDIT) and not access.may(site.people.wanda, access.EDIT)
    assert access.may(site.people.edda, access.EDIT)


def test_an_action_without_a_rule_is_an_error(site):
    with pytest.raises(KeyError):
        access.may(site.people.ada, 'fly')
