"""Protecting a page or a tree: the form, who may set what, what holds for pages that come and go."""
import time

import pytest
from protection_base import protect

from kuma_lite import db
from kuma_lite.accounts import sessions
from kuma_lite.deletion import actions as deletion
from kuma_lite.deletion.models import Deletion
from kuma_lite.moderation.models import Entry
from kuma_lite.queue import context
from kuma_lite.wiki import access, checks, links, protection, removal
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision
from kuma_lite.wiki.protection import Protection, Restriction


@pytest.fixture
def mona(site):
    return site.login('mona')


def send(browser, path, read='everyone', edit='everyone', scope='page', reason='Vandals', **fields):
    form = browser.get(f'/docs/{path}$protect').forms['protect-form']
    for name, value in {'read': read, 'edit': edit, 'scope': scope, 'reason': reason, **fields}.items():
        form[name].force_value(value) if name in ('read', 'edit') else form.__setitem__(name, value)
    return form.submit(expect_errors=True)


def levels(path):
    return tuple(protection.of(Page.at(path)))


def test_a_page_that_members_may_read(site, mona):
    site.page('Tea', 'Hot.')
    assert 'Hot.' in site.app.get('/docs/Tea')
    assert send(mona, 'Tea', read='members').follow().html.find('p', 'flash').text == (
        'Only members may read and edit this page.')
    answer = site.browser().get('/docs/Tea', status=401)
    assert 'Only members may read this page. Please log in first.' in answer and 'Hot.' not in answer
    assert answer.html.find('a', href=lambda href: href and href.startswith('/login?next=')) is not None
    assert 'Hot.' in site.login('wanda').get('/docs/Tea')


def test_a_tree_that_moderators_may_edit(site, mona):
    site.page('Help', 'Help.')
    site.page('Help/Tea', 'Hot.')
    site.page('Helpers', 'Other.')
    send(mona, 'Help', edit='moderators', scope='tree')
    edda = site.login('edda')
    for path in ('Help', 'Help/Tea', 'help/tea', 'Help/New', 'Help/New/Deep'):
        assert 'Only moderators may edit this page.' in edda.get(f'/docs/{path}$edit', status=403), path
    page = edda.get('/docs/Help/Tea')
    assert 'Only moderators may edit this page.' in page and 'This comes from' in page
    assert not page.html.find('a', string='Edit')
    assert 'Create this page' not in edda.get('/docs/Help/New', status=404)
    assert edda.get('/docs/Helpers$edit') and mona.get('/docs/Help/Tea$edit')
    assert not links_to_form(page) and links_to_form(mona.get('/docs/Help/Tea'))


def links_to_form(answer):
    return answer.html.find_all('a', href=lambda href: href and href.endswith('$protect'))


def test_it_is_out_of_the_memory_of_readers_at_once(site, mona):
    site.page('Tea', 'Hot.')
    assert 'Hot.' in site.app.get('/docs/Tea')
    site.settle()
    etag = site.app.get('/docs/Tea').headers['ETag']
    send(mona, 'Tea', read='members')
    for headers in ({}, {'If-None-Match': etag}):
        assert 'Hot.' not in site.app.get('/docs/Tea', headers=headers, status=401)
    send(mona, 'Tea')
    assert 'Hot.' in site.app.get('/docs/Tea')


def test_a_place_without_a_page(site, mona):
    assert send(mona, 'Secret/Plans', read='editors', scope='tree').status_int == 303
    nothing = site.browser().get('/docs/Secret/Plans/2027', status=401)
    site.page('Secret/Plans/2027', 'Big.')
    assert site.browser().get('/docs/Secret/Plans/2027', status=401).text == nothing.text
    assert levels('Secret/Plans/2027') == (2, 2)
    assert site.login('wanda').get('/docs/Secret/Plans$children', status=403)


def test_the_way_to_the_form_where_there_is_no_page_stands_last(site, mona):
    answer = mona.get('/docs/Green_tea', status=404).html.select_one('main .card')
    assert 'There is no page at this address yet.' in answer.text
    assert [link.text for link in answer.select('a')][-1] == 'Protect this page'
    send(mona, 'Green_tea', edit='members')
    answer = mona.get('/docs/Green_tea', status=404).html.select_one('main .card')
    assert [link.text for link in answer.select('a')][-1] == 'Change the protection'
    assert 'Protect' not in site.browser().get('/docs/Milk', status=404)


def test_replacing_and_lifting(site, mona):
    site.page('Help/Tea')
    send(mona, 'Help', read='members', edit='moderators', scope='tree')
    assert levels('Help/Tea') == (1, 3)
    send(mona, 'Help', edit='members', scope='tree')
    assert levels('Help/Tea') == (0, 1) and Protection.select().count() == 1
    send(mona, 'Help', edit='members', scope='page')
    assert levels('Help/Tea') == (0, 0)
    assert 'is lifted' in send(mona, 'Help').follow()
    assert not Protection.select().exists() and not Restriction.select().exists()


def test_the_strictest_of_all_holds(site):
    site.page('A/B/C')
    protect(site, 'A', read='members', tree=True)
    protect(site, 'A/B', edit='moderators', tree=True)
    protect(site, 'A/B/C', read='editors')
    assert levels('A/B/C') == (2, 3)
    protect(site, 'A/B')
    assert levels('A/B/C') == (2, 2)
    protect(site, 'A', edit='admins', tree=True)
    assert levels('A/B/C') == (2, 4)
    protect(site, 'A/B/C')
    assert levels('A/B/C') == (0, 4)


def test_what_is_kept_for_pages_is_what_the_protections_say(site):
    """Whatever order they came in, for pages that stand and for those in the bin."""
    paths = ['A', 'A/B', 'A/B/C', 'A/BC', 'A0', 'B']
    for path in paths:
        site.page(path)
    page = Page.at('A/BC')
    deletion.delete(page.id, page.current_id, 'Old.', site.people.ada)
    for path, read, edit, tree in [('A', 'members', 'everyone', True), ('A/B', 'everyone', 'admins', True),
                                   ('A/BC', 'editors', 'everyone', False),
                                   ('A/B', 'moderators', 'members', False),
                                   ('B', 'members', 'members', True), ('A', 'editors', 'editors', False)]:
        protect(site, path, read, edit, tree)
        for one in Page.select():
            assert protection.of(one) == protection.of(one.path), (path, one.path)


@pytest.mark.parametrize('fields, status, sentence', [
    ({'reason': ' '}, 422, 'Please say why'),
    ({'read': 'everyone', 'edit': 'everyone'}, 422, 'Please choose who may read it'),
    ({'read': 'kings'}, 422, 'must be one of'),
    ({'edit': 'admins'}, 422, 'Only admins may set or lift'),
    ({'base': '77'}, 409, 'in the meantime'),
    ({'base': 'x'}, 400, ''),
    ({'reason': 'y' * 300}, 422, 'it can have 255'),
])
def test_what_is_refused(site, mona, fields, status, sentence):
    site.page('Tea')
    answer = send(mona, 'Tea', **{'read': 'members', **fields})
    assert answer.status_int == status and sentence in answer and not Protection.select().exists()


def test_what_is_typed_stays_in_the_form(site, mona):
    site.page('Tea')
    form = send(mona, 'Tea', read='editors', edit='moderators', scope='tree', reason='').forms['protect-form']
    assert [form[name].value for name in ('read', 'edit', 'scope')] == ['editors', 'moderators', 'tree']


def test_paths_that_are_none(site, mona):
    assert mona.get('/docs/' + 'x/' * 200 + 'y$protect', status=404)
    assert mona.get('/docs/a//b/..$protect', expect_errors=True).status_int in (200, 404)


def test_of_two_moderators_the_second_looks_again(site, mona):
    site.page('Tea')
    first, second = (mona.get('/docs/Tea$protect').forms['protect-form'] for _ in range(2))
    for form, circle in ((first, 'members'), (second, 'editors')):
        form['read'], form['reason'] = circle, 'Vandals'
        answer = form.submit(expect_errors=True)
    assert answer.status_int == 409 and 'in the meantime' in answer and levels('Tea') == (1, 1)
    assert answer.forms['protect-form'].submit().status_int == 303 and levels('Tea') == (2, 2)


def test_what_admins_have_set_is_theirs(site, mona):
    site.page('Tea')
    made = protect(site, 'Tea', edit='admins')
    assert 'Only admins may set or lift' in send(mona, 'Tea', edit='members')
    lift = mona.post(f'/protections/{made.id}/lift', {'csrf': csrf(mona)}, expect_errors=True)
    assert lift.status_int == 403 and levels('Tea') == (0, 4)
    protect(site, 'Tea', read='admins')
    assert 'Only admins may read this page.' in mona.get('/docs/Tea$protect', status=403)


def csrf(browser):
    return browser.get('/protections').html.find('input', {'name': 'csrf'})['value']


def test_the_list_and_the_log(site, mona):
    assert 'No page is protected' in mona.get('/protections')
    send(mona, 'Help', edit='moderators', scope='tree', reason='Edit wars')
    listed = mona.get('/protections')
    assert 'Only moderators may edit this page and all below it.' in listed and 'Edit wars' in listed
    log = mona.get('/moderation/log')
    assert 'protected' in log and 'Edit wars' in log
    undo = next(form for form in log.forms.values() if form.action.startswith('/protections/'))
    assert 'is lifted' in undo.submit().follow() and not Protection.select().exists()
    assert [entry.action for entry in Entry.listed()] == ['unprotect', 'protect']
    assert Entry.get(Entry.action == 'protect').undone_at
    assert 'does not hold any more' in undo.submit(expect_errors=True)


def test_in_the_log_a_replaced_one_cannot_be_lifted(site, mona):
    send(mona, 'Help', edit='moderators')
    send(mona, 'Help', edit='editors')
    assert [bool(entry.way_back) for entry in Entry.listed()] == [True, False]


def test_a_page_in_the_bin_is_protected_as_it_was_and_as_its_place_is_now(site, mona):
    page = site.page('Tea/Green', 'Hot.')
    found = deletion.delete(page.id, page.current_id, 'Old.', site.people.mona)
    protect(site, 'Tea', read='admins', tree=True)
    assert mona.get(f'/bin/{found.id}', status=403) and 'Green' not in mona.get('/bin')
    assert not access.may(site.people.mona, access.DELETE, Page.get_by_id(page.id))
    deletion.restore(Deletion.get(), site.people.ada)
    assert levels('Tea/Green') == (4, 4)


def test_a_form_that_comes_back_shows_nothing_that_was_protected_meanwhile(site, monkeypatch):
    site.page('Tea', 'Hot.\n\nAnd\n\nthen')
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'All that I wrote.\n\nAnd\n\nthen'
    site.page('Tea', 'Hot.\n\nAnd\n\nGreen unicorn.', author='mona')

    def protect_and_refuse(draft):
        if not protection.of('Tea').readers:
            protect(site, 'Tea', read='moderators')
        raise checks.Invalid('Some other reason.')

    monkeypatch.setattr(checks, 'CHECKS', [protect_and_refuse])
    answer = form.submit(expect_errors=True)
    assert 'unicorn' not in answer and 'All that I wrote.' in answer and answer.status_int == 403


def test_a_page_comes_back_into_a_tree_that_was_protected_without_knowing_of_it(site):
    page = site.page('Tea/Green')
    with db.atomic():
        removal.remove(page, site.people.ada)
        protect(site, 'Tea', read='editors', tree=True)
        Restriction.delete().execute()
        removal.put_back(page, 'tea/green', links.render('', 'Tea/Green'), site.people.ada)
    assert levels('Tea/Green') == (2, 2)


def test_an_edit_that_began_before_is_not_saved(site):
    """Neither of a page nor of one that is new below the tree, though all checks had let them pass."""
    site.page('Help/Tea', 'Hot.')
    for path, base in (('Help/Tea', Page.at('Help/Tea').current_id), ('Help/New', None)):
        with context.use(request_id='r1'):
            edit = wiki.check(path, 'T', 'Cold.', site.people.edda)
            protect(site, 'Help', edit='moderators', tree=True)
            with pytest.raises(checks.Invalid, match='Only moderators may edit this page.'):
                wiki.write(edit, base)
        protect(site, 'Help')
    assert Page.at('Help/Tea').current().content == 'Hot.' and Page.at('Help/New') is None


def test_every_way_to_write_is_guarded(site):
    site.page('Help/Tea', 'Hot.')
    protect(site, 'Help', edit='moderators', tree=True)
    program = site.browser()
    program.authorization = ('Bearer', sessions.create_token(site.people.edda))
    for path in ('Help/Tea', 'Help/New'):
        call = {'content': 'Cold.', 'base_revision': 'latest'}
        answer = program.put_json(f'/api/v1/pages/{path}', call, status=403)
        assert answer.json['error'] == 'Only moderators may edit this page.'
    with context.use(request_id='r1'), pytest.raises(checks.Invalid):
        wiki.save('Help/Tea', 'T', 'Cold.', site.people.edda, base='latest')
    wiki.save('Help/Tea', 'T', 'By command.', None, base='latest')       # who runs the site may
    assert Page.at('Help/Tea').current().content == 'By command.'


def test_what_was_typed_is_not_lost(site):
    page = site.page('Tea', 'Hot.')
    edda = site.login('edda')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'All that I wrote.'
    protect(site, 'Tea', read='moderators')
    answer = form.submit(expect_errors=True)
    assert answer.status_int == 403 and 'All that I wrote.' in answer
    assert Page.get_by_id(page.id).current_id == page.current_id


def test_nobody_edits_what_they_may_not_read(site):
    site.page('Tea')
    protect(site, 'Tea', read='editors', edit='members')
    assert not access.may(site.people.wanda, access.EDIT, Page.at('Tea'))
    assert access.may(site.people.edda, access.EDIT, Page.at('Tea'))


def test_a_protected_home_page(site):
    site.page('Home', 'Welcome.')
    protect(site, 'Home', read='members')
    assert 'Welcome.' not in site.browser().get('/', status=401)
    assert 'Welcome.' in site.login('wanda').get('/')


def test_fifty_thousand_pages_take_less_than_a_second(site):
    revision = Revision.get_by_id(site.page('Seed').current_id)
    html = 'x' * 5_000
    with db.atomic():
        db.database.execute_sql(
            'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) '
            'INSERT INTO page (path, key, title, current_id, created_at, updated_at, headings, html) '
            "SELECT 'Big/P' || i, 'big/p' || i, 'P', ?, 0, 0, '[]', ? FROM n", (revision.id, html[:500]))
    began = time.monotonic()
    protect(site, 'Big', read='members', tree=True)
    spent = time.monotonic() - began
    assert Restriction.select().count() == 50_000
    assert spent < 1
