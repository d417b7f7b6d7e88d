"""What a protected page keeps to itself: who may not read it meets nothing of it, whatever they ask for."""
import re

import pytest
from protection_base import protect
from test_access import ROWS

from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.deletion.models import Deletion
from kuma_lite.drafts.models import Draft
from kuma_lite.feeds import tasks as feed_tasks
from kuma_lite.moderation import actions as moderating
from kuma_lite.moderation import planning
from kuma_lite.moderation.models import Cleanup
from kuma_lite.spam import actions as spam
from kuma_lite.spam.models import HELD, Attempt, Held
from kuma_lite.watch import actions as watching
from kuma_lite.wiki.models import Page, Revision

# In title, text, comment, tag and reasons; "quiet" stands before it, to be searched for.
SECRET = 'wombat'
BELOW = {'members': 'somebody', 'editors': 'wanda', 'moderators': 'edda', 'admins': 'mona'}
# Where somebody who may read it meets it: of other routes the crawl says nothing.
TELLING = {
    'GET /all', 'GET /all/list', 'GET /recent', 'GET /tags', 'GET /tag/<name:path>', 'GET /docs/P$children',
    'GET /docs/P$links', 'GET /docs/P$toc', 'GET /docs/P', 'GET /docs/P$raw', 'GET /docs/P$json',
    'GET /docs/P$history', 'GET /docs/P$revision/N', 'GET /docs/P$compare',
    'GET /docs/P$edit', 'GET /docs/P$revert/N', 'GET /docs/P$delete', 'GET /bin', 'GET /bin/N',
    'GET /docs/P$protect', 'GET /moderation/log', 'GET /moderation/cleanup/<name>',
    'GET /moderation/cleanups/N', 'GET /drafts', 'GET /drafts/waiting', 'GET /drafts/N',
    'GET /drafts/N/edit', 'GET /watches',
    'GET /feeds/<form:re:atom|rss>/all', 'GET /feeds/<form:re:atom|rss>/tag/<name:path>',
    'GET /feeds/<form:re:atom|rss>/under/<path:re:[^$]+>', 'GET /feeds/<form:re:atom|rss>/user/<name>',
    'GET /spam/attempts', 'GET /spam/attempts/N', 'GET /docs/P$verdict/N', 'GET /dashboards/revisions',
    'GET /dashboards/revisions/N', 'GET /search', 'GET /search/suggest', 'GET /api/v1/search',
    'GET /api/v1/pages/<path:path>'}


@pytest.fixture
def vault(site):
    """A tree with a page, one that links to another, one in the bin, and all that comes with them."""
    settings.moderation.public_log = True
    text = '# Quiet wombat\n\n## A wombat\n\nquiet wombat'
    site.page('Vault/Page', text, f'Quiet {SECRET}', words=f'quiet, {SECRET}')
    site.page('Vault/Page', f'{text}. [[Open]]', f'Quiet {SECRET}', comment=f'A {SECRET} comment')
    site.page('Open', 'Read by all.', words='quiet')
    site.page('Open', 'Read by all, again.')
    gone = site.page('Vault/Gone', SECRET, SECRET, author='mallory')
    deletion.delete(gone.id, gone.current_id, f'A {SECRET} reason', site.people.ada)
    spam_page = site.page('Vault/Cleaned', f'{SECRET} buys', SECRET, author='mallory')
    site.settle()
    author = planning.Source(site.people.mallory)
    moderating.clean_up(author, [spam_page.current_id], site.people.ada, 'Spam.')
    Attempt.create(path='Vault/New', title=SECRET, kind='create', why=SECRET, added=SECRET)
    spam.mark(Revision.get_by_id(Page.at('Vault/Page').current_id), False, site.people.ada)
    site.settle()
    feed_tasks.build_sitemaps()
    site.settle()
    return site


def visit(site, name):
    """{route: the answer} of every GET route, asked about the vault by one of the cast."""
    browser = site.browser() if name == 'somebody' else site.login(name)
    if name != 'somebody':
        keep_and_watch(site, name)
    found = {}
    for route, row in ROWS.items():
        if route.startswith('GET'):
            answer = browser.get(address_of(site, name, route, row), expect_errors=True)
            found[route] = re.sub('</?mark>', '', answer.text)
    for address in ('/search?q=wombaz', '/search?q=ombat', '/docs/Open$links', '/docs/Vault$children',
                    '/docs/Vault/Page$compare?from=1&to=2&view=unified', '/docs/Vault', '/docs/vault/page',
                    '/docs/Open'):
        found[address] = re.sub('</?mark>', '', browser.get(address, expect_errors=True).text)
    return found


def keep_and_watch(site, name):
    """A draft of the page, a watch and an edit that waits, from a time when it was open."""
    person, page = getattr(site.people, name), Page.at('Vault/Page')
    typed = '{"path": "Vault/Page", "title": "Quiet wombat", "content": "quiet wombat and mine"}'
    Draft.get_or_create(person=person, form='old', defaults={
        'path': page.path, 'key': page.key, 'title': page.title, 'saved_at': 1e9, 'fields': typed})
    watching.watch(person, page)
    if not Attempt.held_of(person).exists():
        values = {'path': page.path, 'title': page.title, 'kind': 'edit', 'why': '', 'outcome': HELD}
        held = Attempt.create(person=person, **values)
        Held.create(attempt=held, title=page.title, content=SECRET)


def address_of(site, name, route, row):
    page, person = Page.at('Vault/Page'), getattr(site.people, name, None)
    number = {'GET /bin/N': lambda: Deletion.get().id, 'GET /moderation/cleanups/N': lambda: Cleanup.get().id,
              'GET /spam/attempts/N': lambda: Attempt.get().id,
              'GET /drafts/N': lambda: Draft.get(Draft.person == person).id if person else 1,
              'GET /drafts/N/edit': lambda: Draft.get(Draft.person == person).id if person else 1}
    address = row.address.format(path=page.path, revision=page.current_id)
    if route in number:
        address = address.replace('999', str(number[route]()))
    if 'tag/none' in address:
        address = address.replace('none', 'quiet')
    if 'q=' in address:
        address = address.partition('=')[0] + '=quiet'
    if 'under/' in address:
        address = address.replace('/Page', '')
    return address


def test_who_may_read_it_meets_it_everywhere(vault):
    """Or the test below would say nothing."""
    protect(vault, 'Vault', read='admins', tree=True)
    found = visit(vault, 'ada')
    assert {route for route in TELLING if SECRET not in found[route].casefold()} == set()
    assert SECRET in found['/search?q=wombaz'] and SECRET in found['/search?q=ombat']
    assert SECRET in found['/docs/Open$links'] and SECRET in found['/docs/Open']


@pytest.mark.parametrize('circle', BELOW)
@pytest.mark.parametrize('tree', [True, False])
def test_nobody_else_meets_anything_of_it(vault, circle, tree):
    if tree:
        protect(vault, 'Vault', read=circle, tree=True)
    else:
        for page in ('Page', 'Gone', 'Cleaned', 'New'):
            protect(vault, f'Vault/{page}', read=circle)
    found = visit(vault, BELOW[circle])
    told = {route for route, words in found.items() if SECRET in words.casefold()}
    assert not told
