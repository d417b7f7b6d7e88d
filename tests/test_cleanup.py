"""Ban and clean up: each page back to what was there before, with a preview, by a batch, and undo."""
import random

import pytest

from kuma_lite import clock
from kuma_lite.accounts.models import Ban, Person
from kuma_lite.accounts.rules import Invalid
from kuma_lite.deletion import actions as deletion
from kuma_lite.deletion.models import Deletion
from kuma_lite.mail.models import Delivery
from kuma_lite.moderation import actions, cleaning, planning, tasks
from kuma_lite.moderation.models import Cleanup, Entry, Step
from kuma_lite.spam import actions as spamming
from kuma_lite.spam import judging
from kuma_lite.spam.models import CLOSED, FAILED, REVIEW, SPAM, Attempt, Marked
from kuma_lite.watch import actions as watching
from kuma_lite.wiki.checks import Held, Suspected
from kuma_lite.wiki.models import Page, Revision
from spam_base import edit, links

DAY = 86400
ADDRESS = '/moderation/cleanup/mallory'


@pytest.fixture
def mona(site):
    return site.login('mona')


@pytest.fixture
def attack(site):
    """Mallory has changed Tea, made Pills, and changed Milk, where edda has been since."""
    site.page('Tea', 'Hot.', words='drink')
    site.page('Milk', 'White.')
    site.page('Tea', 'Cheap pills.', author='mallory', words='pills')
    site.page('Tea', 'Cheaper pills.', author='mallory')
    site.page('Pills', 'Buy them.', author='mallory')
    site.page('Milk', 'White. Pills.', author='mallory')
    site.page('Milk', 'White and cold. Pills.')
    site.settle()


def send(form, do='clean', reason='Spam'):
    form['reason'] = reason
    return form.submit('do', value=do, expect_errors=True)


def clean(site, mona, **options):
    answer = send(mona.get(ADDRESS).forms['cleanup-form'], **options)
    site.settle()
    return answer.follow()


def says(path):
    page = Page.at(path)
    return page and page.current().content


def spam():
    return {mark.revision_id for mark in Marked.select().where(Marked.is_spam)}


def of_mallory(site):
    return {revision.id for revision in Revision.select().where(Revision.author == site.people.mallory)}


def test_one_click_cleans_up_and_bans(site, mona, attack):
    answer = clean(site, mona)
    assert says('Tea') == 'Hot.' and Page.at('Pills') is None and says('Milk') == 'White and cold. Pills.'
    assert [*Page.at('Tea').current().tag_names()] == ['drink']
    assert Page.at('Tea').current().comment == 'Cleaning up after mallory: Spam'
    assert Page.at('Tea').current().author == site.people.mona
    assert spam() == of_mallory(site) and Ban.get().person == site.people.mallory
    assert 'All of it is done. One page is left to look at.' in answer and planning.EDITED in answer
    assert Cleanup.get().finished_at


def test_the_preview_says_what_would_happen_and_does_nothing(site, mona, attack):
    before = Revision.select().count()
    form = mona.get(ADDRESS).forms['cleanup-form']
    first = Revision.get(Revision.content == 'Cheap pills.')
    form[f'r{first.id}'] = False
    answer = send(form, 'preview', 'Pills')
    assert f'goes back to revision {first.id}' in answer and 'goes into the bin' in answer
    assert planning.EDITED in answer and 'Nothing has been done yet' in answer
    assert Revision.select().count() == before and not Cleanup.select().exists() and not Ban.select().exists()
    form = answer.forms['cleanup-form']
    assert form['reason'].value == 'Pills' and not form[f'r{first.id}'].checked
    form.submit('do', value='clean')
    site.settle()
    assert says('Tea') == 'Cheap pills.' and first.id not in spam()


def test_all_of_it_can_be_taken_back(site, mona, attack):
    before = {path: says(path) for path in ('Tea', 'Pills', 'Milk')}
    clean(site, mona).forms['undo-form'].submit()
    site.settle()
    assert {path: says(path) for path in before} == before
    assert not spam() and not Deletion.select().exists()
    assert Page.at('Tea').current().tag_names() == ['pills']
    answer = mona.get(f'/moderation/cleanups/{Cleanup.get().id}')
    assert 'has taken it back' in answer and 'undo-form' not in answer.forms
    assert Entry.get(Entry.action == 'cleanup').undone_at
    with pytest.raises(Invalid, match='takes it back already'):
        actions.undo_cleanup(Cleanup.get().id, site.people.mona)


def test_taking_it_back_leaves_what_others_have_edited_since(site, mona, attack):
    answer = clean(site, mona)
    site.page('Tea', 'Hot and green.')
    answer.forms['undo-form'].submit()
    site.settle()
    assert says('Tea') == 'Hot and green.' and says('Pills') == 'Buy them.'
    assert cleaning.EDITED_SINCE in mona.get(f'/moderation/cleanups/{Cleanup.get().id}')


def test_each_step_may_run_twice(site, mona, attack):
    clean(site, mona)
    before = Revision.select().count(), Deletion.select().count(), Entry.select().count()
    for step in list(Step.select()):
        tasks.clean_page.call_local(step.id)
    tasks.end_cleanup.call_local(Cleanup.get().batch_id, [])
    assert (Revision.select().count(), Deletion.select().count(), Entry.select().count()) == before
    actions.undo_cleanup(Cleanup.get().id, site.people.mona)
    site.settle()
    before = Revision.select().count()
    for step in list(Step.select()):
        tasks.undo_page.call_local(step.id)
    tasks.end_undo.call_local(Cleanup.get().undo_batch_id, [])
    assert Revision.select().count() == before and Page.at('Pills')


def test_a_step_that_dies_half_way_is_done_when_it_runs_again(site, mona, attack, monkeypatch):
    """Its page, its marks and its own state are one transaction."""
    monkeypatch.setattr(cleaning.spam, 'mark', lambda *args: 1 / 0)
    made = actions.clean_up(planning.Source(site.people.mallory), of_mallory(site), site.people.mona, 'Spam')
    site.settle()
    monkeypatch.undo()
    assert says('Tea') == 'Cheaper pills.' and Page.at('Pills') and not Deletion.select().exists()
    for step in list(Step.select()):
        tasks.clean_page.call_local(step.id)
    assert says('Tea') == 'Hot.' and Page.at('Pills') is None
    assert cleaning.counts(made) == {'done': 2, 'follow-up': 1}


def test_pages_below_a_page_go_first(site, mona):
    for path in ('A', 'A/B', 'A/B/C', 'X', 'X/Good'):
        site.page(path, path, author='edda' if path == 'X/Good' else 'mallory')
    answer = mona.get(ADDRESS)
    assert answer.text.count('→ goes into the bin') == 3 and planning.BELOW in answer
    answer = clean(site, mona)
    assert [page.path for page in Page.listed()] == ['X', 'X/Good']
    assert 'One page stands below this one' in answer
    answer.forms['undo-form'].submit()
    site.settle()
    assert Page.listed().count() == 5


def test_two_vandals_on_one_page(site, mona):
    """The revert of the first clean-up brings back what the second vandal wrote; that is no good edit."""
    bob = Person.create(name='bob', key='bob', email='', role='reader', password_hash='')
    site.people.bob = bob
    site.page('Tea', 'Hot.')
    site.page('Tea', 'Pills.', author='bob')
    site.page('Tea', 'More pills.', author='mallory')
    actions.clean_up(planning.Source(site.people.mallory), of_mallory(site), site.people.mona, 'Spam')
    site.settle()
    assert says('Tea') == 'Pills.'
    ids = {revision.id for revision in Revision.select().where(Revision.author == bob)}
    actions.clean_up(planning.Source(bob), ids, site.people.mona, 'Spam')
    site.settle()
    assert says('Tea') == 'Hot.'


def test_a_page_above_goes_when_a_later_clean_up_has_taken_what_was_below(site, mona):
    site.page('A', 'Pills.', author='wanda')
    site.page('A/B', 'Pills.', author='mallory')
    actions.clean_up(planning.Source(site.people.wanda), {Page.at('A').current_id}, site.people.mona, 'Spam')
    site.settle()
    assert Step.get().state == 'follow-up' and 'One page stands below' in Step.get().note
    clean(site, mona)
    assert not Page.listed().exists() and Step.select().where(Step.state == 'done').count() == 2


def test_of_two_that_run_one_step_one_does(site, mona, attack):
    actions.clean_up(planning.Source(site.people.mallory), of_mallory(site), site.people.mona, 'Spam')
    stale = list(Step.select())
    for step in stale:
        step.state = 'waiting'
    site.settle()
    before = [(step.state, step.deed, step.note) for step in Step.select()]
    assert before == [('done', 'reverted', ''), ('done', 'deleted', ''), ('follow-up', '', planning.EDITED)]
    for step in stale:
        cleaning._clean(step)
    assert before == [(step.state, step.deed, step.note) for step in Step.select()]


def test_an_attack_by_many_is_cleaned_up_and_all_of_it_taken_back(site):
    """Whoever is first and whoever wrote where: no spam is left, and then each page is as it was."""
    rng = random.Random(5)
    for name in ('bob', 'eve'):
        person = Person.create(name=name, key=name, email='', role='reader', password_hash='')
        setattr(site.people, name, person)
    for number in range(3):
        site.page(f'P{number}', f'good {number}')
    for number in range(30):
        path = rng.choice(['P0', 'P1', 'P2', 'S0', 'S0/A', 'S1', 'S1/A', 'S1/A/B'])
        site.page(path, f'spam {number}', author=rng.choice(['bob', 'eve', 'mallory']))
    site.settle()
    before, made = contents(), []
    for name in ('bob', 'mallory', 'eve'):
        author = getattr(site.people, name)
        ids = {revision.id for revision in Revision.select().where(Revision.author == author)}
        made.append(actions.clean_up(planning.Source(author), ids, site.people.mona, 'Spam', None))
        site.settle()
    assert contents() == {'P0': 'good 0', 'P1': 'good 1', 'P2': 'good 2'}
    for cleanup in reversed(made):
        actions.undo_cleanup(cleanup.id, site.people.mona)
        site.settle()
    assert contents() == before


def contents():
    return {page.path: page.current().content for page in Page.select().where(Page.key.is_null(False))}


def test_what_was_found_to_be_spam_before_is_not_brought_back(site, mona):
    site.page('Tea', 'Hot.')
    site.page('Tea', 'Pills.', author='wanda')
    cleaning.spam.mark(Page.at('Tea').current(), True, site.people.mona)
    site.page('Tea', 'More pills.', author='mallory')
    clean(site, mona)
    assert says('Tea') == 'Hot.'


def test_who_came_before_us_is_right(site, mona, attack):
    site.page('Tea', 'Hot.')
    answer = clean(site, mona)
    assert says('Tea') == 'Hot.' and planning.RIGHT in answer
    assert Page.at('Tea').current().author == site.people.edda


def test_a_vandal_who_goes_back_to_the_good_text_does_not_condemn_it(site, mona):
    for content, author in (('Hot.', 'edda'), ('Pills.', 'mallory'), ('Hot.', 'mallory')):
        site.page('Tea', content, author=author)
    clean(site, mona)
    assert says('Tea') == 'Hot.'


def test_an_edit_between_form_and_click_is_not_lost(site, mona, attack):
    form = mona.get(ADDRESS).forms['cleanup-form']
    site.page('Tea', 'Hot again.')
    send(form)
    site.settle()
    assert says('Tea') == 'Hot again.' and Step.get(Step.page == Page.at('Tea')).state == 'follow-up'


def test_only_the_days_that_are_asked_for(site, mona):
    site.page('Old', 'x', author='mallory')
    clock.advance(4 * DAY)
    site.page('New', 'x', author='mallory')
    mona = site.login('mona')
    assert '/docs/New' in mona.get(ADDRESS) and '/docs/Old' not in mona.get(ADDRESS)
    assert '/docs/Old' in mona.get(ADDRESS + '?days=7')
    assert mona.get(ADDRESS + '?days=99999999', status=400)
    assert 'has changed nothing' in mona.get('/moderation/cleanup/wanda')


def test_bad_forms_come_back_whole(site, mona, attack):
    answer = send(mona.get(ADDRESS).forms['cleanup-form'], reason=' ')
    assert answer.status_int == 422 and 'say why' in answer
    form = answer.forms['cleanup-form']
    for number in of_mallory(site):
        form[f'r{number}'] = False
    answer = send(form)
    assert answer.status_int == 422 and 'tick what' in answer and not Cleanup.select().exists()
    assert answer.forms['cleanup-form']['reason'].value == 'Spam'


def test_only_what_the_author_wrote_can_be_ticked(site, mona, attack):
    good = Revision.get(Revision.content == 'Hot.')
    with pytest.raises(Invalid):
        actions.clean_up(planning.Source(site.people.mallory), {good.id}, site.people.mona, 'x')


def test_who_is_no_moderator_any_more_cleans_nothing_up(site, attack):
    person = site.people.mona
    Person.update(role='reader').where(Person.id == person.id).execute()
    made = actions.clean_up(planning.Source(site.people.mallory), of_mallory(site),
                            Person.get_by_id(person.id), 'Spam')
    site.settle()
    assert says('Tea') == 'Cheaper pills.' and cleaning.counts(made) == {'failed': 3} and not spam()


def test_nor_takes_anything_back(site, mona, attack):
    clean(site, mona)
    Person.update(role='reader').where(Person.id == site.people.ada.id).execute()
    actions.undo_cleanup(Cleanup.get().id, Person.get_by_id(site.people.ada.id))
    site.settle()
    assert says('Tea') == 'Hot.' and Page.at('Pills') is None
    assert {step.note for step in Step.select()} == {cleaning.NOT_ALLOWED}


def test_those_who_watch_are_told(site, mona, attack):
    watching.watch(site.people.wanda, Page.at('Tea'))
    clean(site, mona)
    clock.advance(DAY)
    site.settle()
    assert Delivery.select().where(Delivery.address == 'wanda@example.org').exists()


def test_the_moderator_cleans_up_after_herself_without_a_ban(site, mona):
    site.page('Tea', 'x', author='mona')
    answer = mona.get('/moderation/cleanup/mona')
    assert 'name="ban"' not in answer
    send(answer.forms['cleanup-form'])
    site.settle()
    assert Page.at('Tea') is None and not Ban.select().exists()


def test_a_batch_may_have_the_number_of_one_of_long_ago(site, mona, attack):
    clean(site, mona)
    first = Cleanup.get()
    Cleanup.update(finished_at=first.at).execute()
    second = Cleanup.create(author=first.author, reason='Again', batch_id=first.batch_id)
    tasks.end_cleanup.call_local(first.batch_id, [])
    assert Cleanup.get_by_id(second.id).finished_at and Cleanup.get_by_id(first.id).finished_at == first.at


def test_undo_knows_its_pages_whatever_the_length_of_the_reason(site, mona, attack):
    """The reason in the bin is cut where there was a space."""
    start = len('Cleaning up after mallory: ')
    reason = f'{"x" * (254 - start)} and more'
    clean(site, mona, reason=reason[:255])
    assert says('Pills') is None
    actions.undo_cleanup(Cleanup.get().id, site.people.mona)
    site.settle()
    assert says('Pills') == 'Buy them.'


def test_undo_leaves_a_page_in_the_bin_that_somebody_else_has_put_there(site, mona, attack):
    """In the same words, after it had been restored."""
    clean(site, mona)
    again = deletion.restore(Deletion.get(), site.people.ada)
    deletion.delete(again.id, again.current_id, cleaning.reason(Cleanup.get()), site.people.ada)
    actions.undo_cleanup(Cleanup.get().id, site.people.mona)
    site.settle()
    assert says('Pills') is None


def test_the_page_of_a_clean_up_asks_again_until_it_is_over(site, mona, attack):
    answer = clean(site, mona)
    progress = answer.html.select_one('#progress')
    assert 'All of it is done.' in answer and not progress.has_attr('data-refresh')
    Cleanup.update(finished_at=None).execute()
    answer = mona.get(answer.request.path)
    assert answer.html.select_one('#progress')['data-refresh'] == answer.request.path


def waiting(site, monkeypatch):
    """An edit of mallory's that is held, and one that was refused."""
    with monkeypatch.context() as patch, pytest.raises(Held):
        patch.setattr(judging, 'CHECKS', [('Test', lambda new: 1 / 0, '')])
        edit(site.people.mallory, 'Waits', 'Pills.')
    with pytest.raises(Suspected):
        edit(site.people.mallory, 'Refused', links(5))


def verdicts():
    return [attempt.verdict for attempt in Attempt.select().order_by(Attempt.id)]


def test_what_waits_for_a_verdict_is_closed_with_it_and_opened_again(site, mona, attack, monkeypatch):
    waiting(site, monkeypatch)
    answer = clean(site, mona, do='clean')
    assert verdicts() == [CLOSED, CLOSED]
    answer.forms['undo-form'].submit()
    site.settle()
    assert verdicts() == [FAILED, REVIEW]


def test_what_somebody_has_judged_since_stays_so(site, mona, attack, monkeypatch):
    waiting(site, monkeypatch)
    answer = clean(site, mona)
    spamming.review(Attempt.get(Attempt.path == 'Waits'), SPAM, site.people.mona, CLOSED)
    answer.forms['undo-form'].submit()
    site.settle()
    assert verdicts() == [SPAM, REVIEW]


def test_a_ban_closes_it_too_until_it_is_lifted(site, monkeypatch):
    waiting(site, monkeypatch)
    actions.ban(site.people.mona, site.people.mallory, reason='Spam')
    again = actions.ban(site.people.mona, site.people.mallory, reason='Spam again')
    assert verdicts() == [CLOSED, CLOSED]
    actions.lift(again, site.people.mona)
    assert verdicts() == [FAILED, REVIEW]
