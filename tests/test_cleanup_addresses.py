"""Ban and clean up after those who came from an address, or a range of addresses, without an account."""
import pytest

from kuma_lite import clock, db
from kuma_lite.accounts import bans
from kuma_lite.accounts import tasks as account_tasks
from kuma_lite.accounts.models import Ban
from kuma_lite.accounts.rules import Invalid
from kuma_lite.config import settings
from kuma_lite.deletion.models import Deletion
from kuma_lite.moderation import actions, planning, tasks
from kuma_lite.moderation.models import Cleanup, Entry
from kuma_lite.spam.models import CLOSED, REVIEW, Attempt, Marked
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision

DAY = 86400
ADDRESS = '/moderation/cleanup?network=192.0.2.0/24'


@pytest.fixture
def mona(site):
    return site.login('mona')


def visit(path, content, address):
    """Save as somebody without an account."""
    return wiki.save(path, path, content, None, base='latest', address=address)


@pytest.fixture
def attack(site):
    """Visitors of one network have changed Tea and made Pills; others have been there, too."""
    site.page('Tea', 'Hot.')
    visit('Milk', 'White.', '198.51.100.1')
    visit('Tea', 'Cheap pills.', '192.0.2.7')
    visit('Pills', 'Buy them.', '192.0.2.200')
    visit('Milk', 'Pills.', '192.0.2.7')
    site.page('Coffee', 'Black.', address='192.0.2.7')      # by an account from there
    visit('Cup', 'Round.', '192.0.3.7')
    visit('Old', 'IPv6.', '2001:db8::7')
    site.settle()


def clean(site, mona, address=ADDRESS, **fields):
    form = mona.get(address).forms['cleanup-form']
    for name, value in {'reason': 'Spam', **fields}.items():
        form[name] = value
    answer = form.submit('do', value='clean')
    site.settle()
    return answer.follow()


def says(path):
    page = Page.at(path)
    return page and page.current().content


def spam():
    return {mark.revision.page.path for mark in Marked.select().where(Marked.is_spam)}


def test_one_click_cleans_up_and_bans(site, mona, attack):
    answer = clean(site, mona)
    assert [says(path) for path in ('Tea', 'Pills', 'Milk', 'Coffee', 'Cup', 'Old')] == [
        'Hot.', None, 'White.', 'Black.', 'Round.', 'IPv6.']
    assert spam() == {'Tea', 'Pills', 'Milk'} and 'Clean-up after 192.0.2.0/24' in answer
    assert bans.of(None, '192.0.2.9') and not bans.of(None, '192.0.3.7')
    assert [ban.network for ban in Ban.select()] == ['192.0.2.0/24']


@pytest.mark.parametrize('address, paths', [
    ('192.0.2.7', {'Tea', 'Milk'}), ('192.0.2.200', {'Pills'}), ('2001:db8::/64', {'Old'}),
    ('::ffff:192.0.2.7', {'Tea', 'Milk'}), ('203.0.113.1', set())])
def test_what_is_shown_is_what_came_from_there(site, mona, attack, address, paths):
    answer = mona.get('/moderation/cleanup', {'network': address})
    assert {link.text for link in answer.html.select('.rows strong a')} == paths
    assert paths or 'has changed nothing in' in answer


def test_the_preview_does_nothing(site, mona, attack):
    form = mona.get(ADDRESS).forms['cleanup-form']
    pills = Page.at('Pills').current_id
    form[f'r{pills}'].checked = False
    answer = form.submit('do', value='preview')
    assert 'Nothing has been done yet' in answer and says('Tea') == 'Cheap pills.'
    assert not Cleanup.select().exists()
    assert not answer.forms['cleanup-form'][f'r{pills}'].checked


def test_all_of_it_can_be_taken_back(site, mona, attack):
    answer = clean(site, mona)
    answer.forms['undo-form'].submit()
    site.settle()
    assert [says(path) for path in ('Tea', 'Pills', 'Milk')] == ['Cheap pills.', 'Buy them.', 'Pills.']
    assert spam() == set()


def test_what_needs_a_person_is_listed(site, mona, attack):
    site.page('Tea', 'Cheap pills. Hot.')
    assert 'Somebody else has edited it since' in clean(site, mona)


def test_nobody_else_reads_the_address(site, mona, attack):
    settings.moderation.public_log = True
    clean(site, mona)
    for address in ('/docs/Tea$history', '/moderation/log'):
        assert '192.0.2' not in site.app.get(address)
    assert '192.0.2' not in Deletion.get().reason
    assert 'Cleaning up after somebody without an account: Spam' in site.app.get('/docs/Tea$history')
    assert 'cleaned up after <strong>192.0.2.0/24' in mona.get('/moderation/log')


def test_only_what_came_from_there_can_be_ticked(site, attack):
    other, own = Page.at('Cup').current_id, Page.at('Coffee').current_id
    with pytest.raises(Invalid):
        actions.clean_up(planning.Source(network='192.0.2.0/24'), {other, own}, site.people.mona, 'x')


def test_only_the_days_that_are_asked_for(site, mona, attack):
    clock.advance(4 * DAY)
    mona = site.login('mona')
    assert 'cleanup-form' not in mona.get(ADDRESS).forms
    assert 'cleanup-form' in mona.get(f'{ADDRESS}&days=7').forms


def test_the_way_from_the_history_and_the_revision(site, mona, attack):
    for address in ('/docs/Pills$history', f'/dashboards/revisions/{Page.at("Pills").current_id}'):
        answer = mona.get(address).click('[Cc]lean up', href='revision=').follow()
        assert [link.text for link in answer.html.select('.rows strong a')] == ['Pills']
    number = Page.at('Pills').current_id
    assert 'Pills' in mona.get(f'/docs/Pills$revision/{number}').click('Clean up after 192.0.2.200')
    assert 'lean up' not in site.login('edda').get('/docs/Pills$history')
    assert 'lean up' not in mona.get('/docs/Coffee$history')


def test_a_revision_without_an_address_says_so(site, mona, attack):
    number = Page.at('Pills').current_id
    Revision.update(address='').where(Revision.id == number).execute()
    assert 'not kept any more' in mona.get(f'/moderation/cleanup?revision={number}', status=404)
    number = Page.at('Coffee').current_id
    assert 'without an account' in mona.get(f'/moderation/cleanup?revision={number}', status=404)


@pytest.mark.parametrize('network', ['', 'x', '192.0.2.0/8', '::/0', '192.0.2.7/99'])
def test_what_is_no_address_is_refused_in_words(site, mona, network):
    answer = mona.get('/moderation/cleanup', {'network': network}, status=422)
    assert 'looks like 192.0.2.7' in answer or 'too wide' in answer


def test_the_machine_itself_is_cleaned_but_not_banned(site, mona):
    visit('Pills', 'Buy them.', '127.0.0.1')
    form = mona.get('/moderation/cleanup?network=127.0.0.1').forms['cleanup-form']
    form['reason'] = 'Spam'
    assert 'by way of a proxy' in form.submit('do', value='clean', status=422)
    clean(site, mona, '/moderation/cleanup?network=127.0.0.1', ban=False)
    assert says('Pills') is None


def test_addresses_are_forgotten_and_the_rest_is_kept(site, mona, attack):
    clean(site, mona, days_banned='7')
    clock.advance(29 * DAY)
    tasks.forget_addresses.call_local()
    assert Cleanup.get().network == '192.0.2.0/24'
    clock.advance(2 * DAY)
    tasks.forget_addresses.call_local()
    assert Cleanup.get().network == '' and Cleanup.get().whom == 'somebody without an account'
    assert {entry.action: entry.title for entry in Entry.select()} == {
        'ban': '192.0.2.0/24', 'cleanup': 'an address'}     # the ban has not been over for so long
    clock.advance(7 * DAY)
    for _ in range(2):
        account_tasks.delete_old_bans.call_local()
        tasks.forget_addresses.call_local()
    assert {entry.title for entry in Entry.select()} == {'an address'}
    assert {entry.reason for entry in Entry.select()} == {'Spam'}


def test_more_than_one_form_shows_is_said(site, mona, monkeypatch):
    monkeypatch.setattr(planning, 'MOST', 3)
    with db.connection():
        for number in range(5):
            visit(f'P{number}', 'x', '192.0.2.7')
    answer = mona.get(ADDRESS)
    assert 'these are the newest 3' in answer
    assert [link.text for link in answer.html.select('.rows strong a')] == ['P4', 'P3', 'P2']


def test_what_waits_from_there_is_closed_and_nothing_else(site, mona, attack):
    for address, person in (('192.0.2.7', None), ('192.0.3.7', None), ('192.0.2.7', site.people.edda)):
        Attempt.create(kind='edit', path='Tea', title='Tea', why='x', address=address, person=person)
    clean(site, mona, ban=True)
    assert [attempt.verdict for attempt in Attempt.select().order_by(Attempt.id)] == [CLOSED, REVIEW, REVIEW]
    ban = Ban.get()
    Attempt.update(verdict=CLOSED, was=REVIEW, closed_with='ban').execute()     # as it was with bans alone
    actions.lift(ban, site.people.mona)
    assert [attempt.verdict for attempt in Attempt.select().order_by(Attempt.id)] == [REVIEW, CLOSED, CLOSED]
