"""Deleting a page: into the bin with a reason, out of every list at once, back whole, or gone for good."""
import pytest

from kuma_lite.deletion import actions
from kuma_lite.deletion.models import Deletion
from kuma_lite.watch import actions as watching
from kuma_lite.watch.models import Watch
from kuma_lite.wiki import recent, tags
from kuma_lite.wiki.actions import Conflict
from kuma_lite.wiki.models import Link, Page, Revision


@pytest.fixture
def mona(site):
    return site.login('mona')


def delete(browser, path, reason='Spam'):
    form = browser.get(f'/docs/{path}$delete').forms['delete-form']
    form['reason'] = reason
    return form.submit(expect_errors=True)


def told(answer):
    """What is said above a form, or where a page stood, about the one that was deleted."""
    found = answer.html.find('section', {'aria-label': 'A deleted page'})
    return ' '.join(found.text.split()) if found else ''


def test_it_is_gone_from_every_list_at_once(site, mona):
    site.page('Tea', 'Green unicorn.', words='drink')
    site.page('Home', '[[Tea]]')
    site.settle()
    visitor = site.browser()
    visitor.get('/docs/Tea')            # asks who has written it
    site.settle()
    assert all('ETag' in visitor.get('/docs/Tea').headers for _ in range(2))    # it is kept in memory
    answer = delete(mona, 'Tea').follow()
    assert 'The page is in the bin.' in answer and 'Spam' in answer
    for address in ('/docs/Tea', '/docs/Tea$history', '/docs/Tea$raw', '/docs/Tea$json', '/tag/drink',
                    '/docs/Tea$revision/1', '/api/v1/pages/Tea'):
        assert visitor.get(address, status=404), address
    for address in ('/all', '/all/list', '/recent', '/tags', '/search?q=unicorn', '/search?q=Tea',
                    '/api/v1/search?q=unicorn'):
        answer = visitor.get(address)
        assert 'Green unicorn' not in answer and '/docs/Tea"' not in answer, address
    site.settle()
    assert 'class="missing"' in visitor.get('/docs/Home').text
    assert not Link.select().where(Link.page == Deletion.get().page).exists()


def test_it_comes_back_whole(site, mona):
    site.page('Tea', 'Green unicorn. [[Home]]', words='drink')
    site.page('Home', '[[Tea]]')
    watching.watch(site.people.wanda, Page.at('Tea'))
    delete(mona, 'Tea')
    site.settle()
    answer = mona.get(f'/bin/{Deletion.get().id}').forms['restore-form'].submit()
    assert answer.location.endswith('/docs/Tea')
    site.settle()
    page = Page.at('Tea')
    assert [tag.name for tag in tags.of(page)] == ['drink'] and Watch.of(site.people.wanda, page).count() == 1
    assert 'class="missing"' not in site.app.get('/docs/Home').text
    assert 'href="/docs/Tea"' in site.app.get('/search?q=unicorn')
    assert not Deletion.select().exists() and [row.target for row in Link.select().where(Link.page == page)]


def test_it_needs_a_reason(site, mona):
    site.page('Tea')
    answer = delete(mona, 'Tea', '  ')
    assert answer.status_int == 422 and 'say why' in answer and Page.at('Tea')


def test_a_page_with_others_below_it_stays(site, mona):
    site.page('Tea')
    site.page('Tea/Green')
    page = Page.at('Tea')
    assert 'delete-form' not in mona.get('/docs/Tea$delete').forms
    with pytest.raises(actions.Refused, match='One page stands below'):
        actions.delete(page.id, page.current_id, 'x', site.people.mona)


def test_what_somebody_has_just_written_is_not_deleted_unseen(site, mona):
    site.page('Tea', 'one')
    form = mona.get('/docs/Tea$delete').forms['delete-form']
    form['reason'] = 'x'
    site.page('Tea', 'two')
    answer = form.submit(status=409)
    assert 'in the meantime' in answer and Page.at('Tea')
    assert answer.forms['delete-form']['reason'].value == 'x'


def test_who_edits_it_meanwhile_is_told_and_keeps_the_text(site, mona):
    site.page('Tea', 'one')
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    delete(mona, 'Tea')
    form['content'] = 'two'
    answer = form.submit(status=409)
    assert answer.forms['edit-form']['content'].value == 'two' and 'no such page any more' in answer
    assert 'Deleted by mona just now: Spam' in told(answer) and '/bin/' not in answer
    with pytest.raises(Conflict):
        site.page('Tea', 'three', base=1)


def test_readers_hear_that_a_page_stood_there_and_moderators_why(site, mona):
    site.page('Tea')
    delete(mona, 'Tea', 'Private')
    for address in ('/docs/Tea', '/docs/Tea$history'):
        visitors, monas = (told(browser.get(address, status=404)) for browser in (site.browser(), mona))
        assert visitors == 'A page that stood here was deleted.'
        assert 'See it in the bin' in monas and 'Deleted by mona just now: Private' in monas
    assert 'at this address yet' in site.app.get('/docs/Coffee', status=404)


def test_only_what_exists_is_advised(site, mona):
    site.page('Tea')
    shown = mona.get('/docs/Tea$delete')
    site.page('Tea/Green')
    refused = shown.forms['delete-form']
    refused['reason'] = 'Spam'
    for answer in (refused.submit(status=422), mona.get('/docs/Tea$delete')):
        assert 'below this one' in answer and 'move' not in answer.html.find('main').text


def test_another_page_may_be_written_there_and_is_in_the_way_of_the_old_one(site, mona):
    site.page('Tea', 'old')
    delete(mona, 'Tea')
    site.page('Tea', 'new')
    deletion = Deletion.get()
    assert 'restore-form' not in mona.get(f'/bin/{deletion.id}').forms
    with pytest.raises(actions.Refused, match='Another page'):
        actions.restore(deletion, site.people.mona)
    delete(mona, 'Tea')
    assert Deletion.select().count() == 2


def test_a_purge_leaves_nothing(site, mona):
    site.page('Tea', 'secret')
    delete(mona, 'Tea')
    deletion = Deletion.get()
    assert 'purge-form' not in mona.get(f'/bin/{deletion.id}').forms
    site.login('ada').get(f'/bin/{deletion.id}').forms['purge-form'].submit()
    assert not Page.select().exists() and not Revision.select().exists() and not Deletion.select().exists()
    assert mona.get(f'/bin/{deletion.id}', status=404)


def test_of_two_people_one_is_faster(site, mona):
    site.page('Tea')
    page, people = Page.at('Tea'), site.people
    deletion = actions.delete(page.id, page.current_id, 'x', people.mona)
    with pytest.raises(actions.Refused, match='deleted already'):
        actions.delete(page.id, page.current_id, 'x', people.mona)
    actions.restore(deletion, people.mona)
    for late in (actions.purge, lambda deletion: actions.restore(deletion, people.mona)):
        with pytest.raises(actions.Refused, match='not in the bin any more'):
            late(deletion)


def test_a_get_changes_nothing(site, mona):
    site.page('Tea')
    mona.get('/docs/Tea$delete')
    delete(mona, 'Tea')
    for verb in ('restore', 'purge'):
        mona.get(f'/bin/{Deletion.get().id}/{verb}', status=405)
    assert Deletion.select().exists()


def test_the_bin_is_for_moderators(site, mona):
    site.page('Tea')
    assert 'Delete this page' in mona.get('/docs/Tea') and 'The bin is empty' in mona.get('/bin')
    delete(mona, 'Tea', 'Why not')
    assert 'Why not' in mona.get('/bin')
    for browser in (site.browser(), site.login('edda')):
        assert browser.get('/bin', expect_errors=True).status_int in (401, 403)


def test_recent_changes_below_a_path_are_without_it_too(site, mona):
    site.page('Tea')
    delete(mona, 'Tea')
    assert not list(recent.changes(under='Tea'))


def test_a_form_about_a_page_that_is_back_is_not_about_the_next_one(site, mona):
    """Numbers of the bin are not given again: a form that somebody left open would purge another page."""
    site.page('Tea', 'Hot.')
    site.page('Milk', 'White.')
    delete(mona, 'Tea')
    left_open = site.login('ada').get(f'/bin/{Deletion.get().id}').forms['purge-form']
    actions.restore(Deletion.get(), site.people.mona)
    delete(mona, 'Milk')
    assert left_open.submit(expect_errors=True).status_int == 404
    assert Page.select().count() == 2


def test_the_number_of_what_was_purged_is_never_given_again(site):
    """The moderation log, feeds and mails go on naming it."""
    page = site.page('Tea', 'Hot.')
    actions.purge(actions.delete(page.id, page.current_id, 'Spam', site.people.ada))
    other = site.page('Milk', 'White.')
    assert other.id > page.id and other.current_id > page.current_id
