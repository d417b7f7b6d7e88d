"""The moderation log: who did what to what, when and why; and the ways to take it back."""
import pytest

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.deletion import actions as deletion
from kuma_lite.moderation import actions, cleaning, log, planning
from kuma_lite.moderation.models import Entry
from kuma_lite.wiki.models import Page, Revision

ADDRESS = '/moderation/log'
HOSTILE = '<script>alert(1)</script>'


@pytest.fixture
def mona(site):
    return site.login('mona')


def delete(site, path, reason='Spam', by='mona'):
    page = site.page(path, 'x')
    return deletion.delete(page.id, page.current_id, reason, getattr(site.people, by))


def rows(answer):
    """The sentences of the log, "mona deleted Tea", the newest first."""
    found = answer.html.select('main .rows > li')
    return [' '.join(f'{row.a.text if row.a else "Somebody"} {row.a.next_sibling} {row.strong.text}'.split())
            for row in found]


def test_it_says_who_did_what_and_why(site, mona):
    delete(site, 'Tea')
    actions.lift(actions.ban(site.people.mona, site.people.edda, reason='Vandalism'), site.people.ada)
    actions.ban(site.people.mona, network='192.0.2.0/24', reason='Open proxy')
    answer = mona.get(ADDRESS)
    assert rows(answer) == ['mona banned 192.0.2.0/24', 'ada lifted the ban of edda', 'mona banned edda',
                            'mona deleted Tea']
    assert 'Vandalism' in answer and 'Open proxy' in answer and 'Spam' in answer


def test_what_it_says_can_be_taken_back_from_there(site, mona):
    delete(site, 'Tea')
    actions.ban(site.people.mona, site.people.edda, reason='Vandalism')
    for words in ('Lift the ban', 'Restore it'):
        answer = mona.get(ADDRESS)
        next(form for form in answer.forms.values() if words in form.text).submit()
    assert Page.at('Tea') and site.login('edda').get('/docs/New$edit').status_int == 200
    answer = mona.get(ADDRESS)
    assert rows(answer)[:2] == ['mona restored Tea', 'mona lifted the ban of edda']
    assert answer.text.count(', taken back') == 2
    assert 'Lift the ban' not in answer and 'Restore it' not in answer


def test_a_clean_up_is_one_entry_that_leads_to_its_page(site, mona):
    page = site.page('Tea', 'x', author='mallory')
    actions.clean_up(planning.Source(site.people.mallory), {page.current_id}, site.people.mona, 'Spam', None)
    site.settle()
    assert rows(mona.get(ADDRESS)) == ['mona cleaned up after mallory', 'mona banned mallory']
    mona.get(ADDRESS).click('Take it back').forms['undo-form'].submit()
    site.settle()
    assert rows(mona.get(ADDRESS))[:1] == ['mona took back the clean-up after mallory']
    assert 'Take it back' not in mona.get(ADDRESS)


def test_verdicts_are_in_it(site, mona):
    page = site.page('Tea', 'x', author='mallory')
    form = next(form for form in mona.get(f'/docs/Tea$verdict/{page.current_id}').forms.values()
                if 'verdict' in form.action)
    form.submit('verdict', value='spam')
    answer = mona.get(ADDRESS)
    assert rows(answer) == ['mona marked as spam Tea'] and answer.click('See it').status_int == 200


def test_nothing_brings_back_what_is_purged(site):
    found = delete(site, 'Tea')
    ada = site.login('ada')
    ada.get(f'/bin/{found.id}').forms['purge-form'].submit()
    assert rows(ada.get(ADDRESS)) == ['ada purged Tea', 'mona deleted Tea']
    assert 'Restore it' not in ada.get(ADDRESS)


def test_a_deed_that_is_rolled_back_is_not_in_it(site):
    page = site.page('Tea', 'x')
    with pytest.raises(deletion.Changed):
        deletion.delete(page.id, page.current_id + 1, 'x', site.people.mona)
    assert not Entry.select().exists()


def test_it_can_be_filtered(site, mona):
    delete(site, 'Tea')
    delete(site, 'Milk', by='ada')
    actions.ban(site.people.ada, site.people.edda, reason='x')
    assert rows(mona.get(ADDRESS + '?by=ADA')) == ['ada banned edda', 'ada deleted Milk']
    assert rows(mona.get(ADDRESS + '?by=ada&action=ban')) == ['ada banned edda']
    for nothing in ('?by=nobody', '?action=purge'):
        answer = mona.get(ADDRESS + nothing)
        assert rows(answer) == [] and 'Nothing of this kind' in answer
    mona.get(ADDRESS + '?after=abc', status=400)


def test_it_comes_in_parts(site, mona):
    for number in range(60):
        log.write(site.people.mona, 'delete', f'page:{number}', f'Page {number}')
    answer = mona.get(ADDRESS + '?action=delete')
    assert len(rows(answer)) == 50 and len(rows(answer.click('Older'))) == 10


def test_moderators_alone_read_it_unless_it_is_public(site, mona):
    delete(site, 'Tea')
    actions.ban(site.people.mona, network='192.0.2.0/24', reason='Open proxy')
    browsers = [site.browser(), site.login('wanda'), site.login('edda')]
    for browser in browsers:
        assert browser.get(ADDRESS, expect_errors=True).status_int in (401, 403)
    cleaning.spam.mark(site.page('Pills', 'x').current(), True, site.people.mona)
    settings.moderation.public_log = True
    for browser in browsers:
        answer = browser.get('/all').click('What moderators did')
        assert rows(answer) == ['mona marked as spam an edit', 'mona banned an address', 'mona deleted Tea']
        assert 'Restore it' not in answer and '192.0.2' not in answer
    settings.site.read = 'members'
    assert browsers[0].get(ADDRESS, expect_errors=True).status_int in (401, 403)


def test_what_people_typed_runs_nowhere(site, mona):
    page = site.page('Tea', HOSTILE, title=HOSTILE, author='mallory', comment=HOSTILE)
    actions.clean_up(planning.Source(site.people.mallory), {page.current_id}, site.people.mona, HOSTILE,
                     None)
    site.settle()
    for address in (ADDRESS, '/moderation/bans', '/moderation/cleanup/mallory', '/moderation/cleanups/1'):
        assert HOSTILE not in mona.get(address) and '&lt;script&gt;' in mona.get(address), address


def test_an_entry_outlives_who_made_it(site, mona):
    delete(site, 'Tea', by='ada')
    site.people.ada.delete_instance()
    assert 'whose account is gone' in mona.get(ADDRESS)
    assert Revision.select().exists() and Entry.get().at <= clock.now()
