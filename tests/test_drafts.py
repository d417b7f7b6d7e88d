"""What is typed and not saved: kept for its person, offered again, and never in the way of another text."""
import json
import time

import cysqlite
import pytest

from kuma_lite import clock, db
from kuma_lite.config import settings
from kuma_lite.drafts import actions, models, presence, tasks
from kuma_lite.drafts.models import Draft, Presence
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page
from tasks_base import advance

JSON = {'Accept': 'application/json'}


@pytest.fixture
def edda(site):
    site.page('Tea', 'Hot.')
    return site.login('edda')


def form_of(browser, path='Tea', **fields):
    """The form of a page as it is opened now, with something typed into it."""
    return typed(browser.get(f'/docs/{path}$edit'), **fields)


def typed(answer, **fields):
    form = answer.forms['edit-form']
    for name, value in fields.items():
        form[name] = value
    return form


def keep(browser, form, status=200):
    """What the script of the form does every few seconds."""
    path = form['path'].value
    return browser.post(f'/docs/{path}$draft', dict(form.submit_fields()), headers=JSON, status=status)


def draft(name='edda'):
    return Draft.select().join(Draft.person.rel_model).where(Draft.person.rel_model.name == name).get()


def offers(browser, path='Tea'):
    return browser.get(f'/docs/{path}$edit').html.select('.drafts a.button:not(.quiet)')


def test_a_draft_is_offered_when_the_form_is_opened_again(site, edda):
    form = form_of(edda, content='Cold.', title='Iced tea', comment='Why', tags='Drinks')
    assert keep(edda, form).json == {'kept': True}
    answer = edda.get('/docs/Tea$edit')
    assert answer.forms['edit-form']['content'].value == 'Hot.'
    assert 'You have a draft of this page' in answer and 'just now' in answer
    again = answer.click('Continue with it').forms['edit-form']
    assert [again[name].value for name in ('content', 'title', 'comment', 'tags')] == [
        'Cold.', 'Iced tea', 'Why', 'Drinks']
    again.submit().follow()
    assert Page.at('Tea').current().content == 'Cold.'
    assert not Draft.select().exists() and not offers(edda)


def test_without_javascript_a_button_keeps_it(site, edda):
    form = form_of(edda, content='Cold.')
    answer = edda.post('/docs/Tea$draft', dict(form.submit_fields())).follow()
    assert 'Kept as a draft' in answer and answer.forms['edit-form']['content'].value == 'Cold.'
    assert not answer.html.select('.drafts')      # it is in the form
    answer.forms['edit-form'].submit().follow()
    assert not Draft.select().exists()


def test_a_draft_of_what_stands_in_the_form_is_not_offered_above_it(site, edda):
    site.page('Tea', 'Hot.\nOld.')
    one, two = (form_of(edda, content='Cold.\nOld.') for _ in range(2))
    keep(edda, one)
    two['comment'] = 'Why'
    site.page('Tea', 'Warm.\nOld.', author='mona')
    answer = two.submit(status=409)
    assert answer.forms['edit-form']['content'].value == 'Cold.\nOld.' and not answer.html.select('.drafts')
    assert offers(edda)


def test_typing_on_writes_over_the_draft_of_the_same_form_only(site, edda):
    one, two = form_of(edda, content='one'), form_of(edda, content='two')
    keep(edda, one)
    keep(edda, two)
    one['content'] = 'one and more'
    keep(edda, one)
    assert sorted(draft.typed().content for draft in Draft.select()) == ['one and more', 'two']
    assert len(offers(edda)) == 2


def test_saving_one_form_leaves_the_drafts_of_others(site, edda):
    one, two = form_of(edda, content='one'), form_of(edda, content='two')
    keep(edda, one)
    keep(edda, two)
    two.submit().follow()
    assert draft().typed().content == 'one'


def test_a_form_that_still_has_the_draft_elsewhere_gets_one_of_its_own(site, edda):
    desk = form_of(edda, content='at the desk')
    keep(edda, desk)
    phone = typed(edda.get('/docs/Tea$edit').click('Continue with it'), content='on the phone')
    keep(edda, phone)
    desk['content'] = 'at the desk, later'
    keep(edda, desk)
    assert sorted(draft.typed().content for draft in Draft.select()) == ['at the desk, later', 'on the phone']


def test_a_preview_does_not_change_the_form(site, edda):
    form = form_of(edda, content='Cold.')
    keep(edda, form)
    shown = edda.post('/preview', dict(form.submit_fields()))
    assert shown.forms['edit-form']['draft'].value == form['draft'].value
    assert not shown.html.select('.drafts')


def test_an_edit_that_fails_keeps_its_draft(site, edda):
    form = form_of(edda, content='Cold.')
    keep(edda, form)
    form['title'] = 'x' * 300
    form.submit(status=422)
    assert draft().typed().content == 'Cold.'


def test_a_draft_of_an_older_revision_says_so_and_is_merged(site, edda):
    site.page('Tea', 'One.\n\nTwo.\n\nThree.')
    keep(edda, form_of(edda, content='One.\n\nTwo.\n\nThree, and more.'))
    site.page('Tea', 'One, first.\n\nTwo.\n\nThree.', author='mona')
    answer = edda.get('/docs/Tea$edit')
    assert 'The page has been changed since' in answer
    answer.click('Continue with it').forms['edit-form'].submit().follow()
    assert Page.at('Tea').current().content == 'One, first.\n\nTwo.\n\nThree, and more.'


def test_a_draft_of_a_page_that_is_not_there_yet(site, edda):
    keep(edda, form_of(edda, 'Guides/New', content='Begun.'))
    answer = edda.get('/docs/Guides/New$edit').click('Continue with it')
    assert answer.forms['edit-form']['content'].value == 'Begun.'
    answer.forms['edit-form'].submit().follow()
    assert Page.at('Guides/New').current().content == 'Begun.' and not Draft.select().exists()


def test_a_draft_of_a_section(site, edda):
    site.page('Tea', '## One\n\na\n\n## Two\n\nb')
    form = typed(edda.get('/docs/Tea$edit?section=doc-two'), content='## Two\n\nchanged')
    keep(edda, form)
    assert draft().section == 'doc-two'
    assert '## One' not in edda.get(f'/drafts/{draft().id}').text
    edda.get(f'/drafts/{draft().id}/edit').forms['edit-form'].submit().follow()
    assert Page.at('Tea').current().content.startswith('## One\n\na\n\n## Two\n\nchanged')
    assert not Draft.select().exists()


def test_what_the_page_says_anyway_is_no_draft(site, edda):
    form = form_of(edda, content='Cold.')
    keep(edda, form)
    form['content'] = 'Hot.'
    assert keep(edda, form).json == {'kept': False}
    assert not Draft.select().exists()
    assert 'nothing to keep' in edda.post('/docs/Tea$draft', dict(form.submit_fields())).follow()


def test_a_form_into_which_nothing_was_typed_is_no_draft(site, edda):
    site.page('Tea', '## One\n\na\n\n## Two\n\nb')
    section = typed(edda.get('/docs/Tea$edit?section=doc-two'))
    old = form_of(edda)
    site.page('Tea', 'Cold.', author='mona')
    for form in (section, old, form_of(edda, 'Guides/New')):
        assert keep(edda, form).json == {'kept': False}
    answer = edda.post('/docs/Tea$draft', dict(section.submit_fields()))
    assert answer.location.endswith('$edit?section=doc-two') and not Draft.select().exists()


@pytest.mark.parametrize('path, fields', [
    ('New', {'title': 'Iced tea'}), ('New', {'tags': 'Drinks'}), ('New', {'comment': 'Why'}),
    ('Tea', {'title': 'Iced tea'}), ('Tea', {'tags': 'Drinks'}), ('Tea', {'comment': 'Why'})])
def test_what_is_typed_beside_the_text_is_kept(site, edda, path, fields):
    form = form_of(edda, path, **fields)
    answer = edda.post(f'/docs/{path}$draft', dict(form.submit_fields())).follow()
    assert 'Kept as a draft' in answer
    assert [answer.forms['edit-form'][name].value for name in fields] == list(fields.values())


def test_what_arrives_late_does_not_bring_a_saved_text_back(site, edda):
    form = form_of(edda, content='Hot and cold.')
    form.submit().follow()
    form['content'] = 'Hot and co'
    assert 'saved already' in keep(edda, form, status=409).json['error']
    assert not Draft.select().exists() and not offers(edda)
    keep(edda, form_of(edda, content='Another form'))
    assert draft().typed().content == 'Another form'


def test_a_form_that_was_saved_may_keep_drafts_again_later(site, edda):
    """Whoever goes back to it and writes on."""
    form = form_of(edda, content='Cold.')
    form.submit().follow()
    form['content'] = 'Cold and hot.'
    clock.advance(models.LATE - 1)
    tasks.delete_closed_forms.func()
    keep(edda, form, status=409)
    clock.advance(2)
    assert keep(edda, form).json == {'kept': True}
    tasks.delete_closed_forms.func()
    assert not models.SavedForm.select().exists()


def test_saving_without_a_difference_ends_the_draft_too(site, edda):
    form = form_of(edda, content='Cold.')
    keep(edda, form)
    form['content'] = 'Hot.'
    assert 'Nothing was different' in form.submit().follow()
    assert not Draft.select().exists() and not Presence.select().exists()


def test_it_can_be_compared_and_thrown_away(site, edda):
    keep(edda, form_of(edda, content='Cold.'))
    shown = edda.get('/docs/Tea$edit').click('Compare with the page')
    assert 'Cold.' in shown.html.find('textarea').text and shown.html.select('ins, .added')
    [form] = [form for form in shown.forms.values() if form.action.endswith('/discard')]
    assert 'The draft is gone.' in form.submit().follow()
    assert not Draft.select().exists()


def test_a_draft_does_not_show_a_page_that_its_person_may_not_read(site, edda, monkeypatch):
    def may(person, action, page=None):
        return allowed(person, action, page) and not (action == access.VIEW and page)

    keep(edda, form_of(edda, content='Cold.'))
    allowed = access.offers
    monkeypatch.setattr(access, 'offers', may)
    assert 'Hot.' not in edda.get(f'/drafts/{draft().id}', status=403)


def test_the_list_of_my_drafts(site, edda):
    assert 'You have no drafts' in edda.get('/drafts')
    keep(edda, form_of(edda, content='Cold.'))
    keep(edda, form_of(edda, 'New', content='Begun.'))
    assert [link.text for link in edda.get('/drafts').html.select('h2 a')] == ['New', 'Tea']


def test_nobody_sees_the_draft_of_another(site, edda):
    keep(edda, form_of(edda, content='Cold.'))
    number, mona = draft().id, site.login('mona')
    for address in (f'/drafts/{number}', f'/drafts/{number}/edit'):
        mona.get(address, status=404)
    csrf = mona.get('/docs/Tea$edit').forms['edit-form']['csrf'].value
    mona.post(f'/drafts/{number}/discard', {'csrf': csrf, 'next': '/'}, status=404)
    assert not offers(mona) and 'Tea' not in mona.get('/drafts').html.main.text
    stolen = typed(mona.get('/docs/Tea$edit'), content='Mine.', draft=draft().form)
    keep(mona, stolen)
    stolen.submit().follow()
    assert draft().typed().content == 'Cold.'


def test_visitors_have_no_drafts_on_the_server(site):
    settings.site.edit = 'everyone'
    form = form_of(site.app, content='Hot.')
    assert 'draft' not in form.fields and 'data-keep' not in site.app.get('/docs/Tea$edit')
    keep(site.app, form, status=401)
    site.app.get('/drafts', status=401)
    form.submit().follow()
    assert not Draft.select().exists()


def test_a_draft_has_limits(site, edda, monkeypatch):
    answer = keep(edda, form_of(edda, content='x' * 1_000_001), status=413)
    assert '1,000,001 bytes' in answer.json['error']
    monkeypatch.setattr(actions, 'MOST', 2)
    for content in ('one', 'two'):
        keep(edda, form_of(edda, content=content))
    answer = edda.post('/docs/Tea$draft', dict(form_of(edda, content='three').submit_fields()), status=422)
    assert 'You have 2 drafts already' in answer and 'three' in answer
    monkeypatch.setattr(actions, 'PER_MINUTE', 3)
    form = form_of(edda, content='two')
    Draft.delete().execute()
    for number in range(3):
        form['content'] = f'text {number}'
        keep(edda, form)
    keep(edda, form, status=429)
    clock.advance(61)
    keep(edda, form)


@pytest.mark.parametrize('missing', ['content', 'title', 'base'])
def test_a_draft_that_arrives_in_part_is_refused(site, edda, missing):
    form = form_of(edda, content='Cold.')
    keep(edda, form)
    fields = dict(form.submit_fields())
    del fields[missing]
    edda.post('/docs/Tea$draft', fields, headers=JSON, status=400)
    assert draft().typed().content == 'Cold.'


def test_a_draft_from_before_the_form_had_all_its_fields(site, edda):
    keep(edda, form_of(edda, content='Cold.'))
    fields = {key: value for key, value in json.loads(draft().fields).items() if key != 'tags'}
    Draft.update(fields=json.dumps({**fields, 'gone': 1})).execute()
    assert edda.get(f'/drafts/{draft().id}/edit').forms['edit-form']['content'].value == 'Cold.'


def test_old_drafts_are_deleted(site, edda, monkeypatch):
    monkeypatch.setattr(tasks, 'CHUNK', 1)
    for content in ('one', 'two'):
        keep(edda, form_of(edda, content=content))
    clock.advance(tasks.KEEP - 60)
    tasks.delete_old_drafts.func()
    assert Draft.select().count() == 2
    clock.advance(120)
    tasks.delete_old_drafts.func()
    tasks.delete_old_drafts.func()
    assert not Draft.select().exists()


# Who else is editing.

def others(browser, path='Tea'):
    return browser.get(f'/docs/{path}$edit').html.find(id='others').get_text(' ', strip=True)


def beat(browser, form):
    path = form['path'].value
    return browser.post(f'/docs/{path}$editing', {'csrf': form['csrf'].value})


def test_who_else_has_the_form_open_is_shown_before_one_begins(site, edda):
    assert others(edda) == ''
    mona = site.login('mona')
    assert others(mona).startswith('edda has had this page open for editing since')
    assert others(edda).startswith('mona has') and 'edda' not in others(edda)
    assert others(mona, 'Elsewhere') == ''


def test_it_ends_when_the_form_is_not_heard_of(site, edda):
    form, mona = form_of(edda), site.login('mona')
    beat(edda, form)
    advance(presence.HEARD - 1)
    since = Presence.get().since
    beat(edda, form)
    advance(presence.HEARD - 1)
    assert others(mona) and Presence.get().since == since
    advance(2)
    assert others(mona) == ''
    beat(edda, form)
    assert Presence.select().where(Presence.person == site.people.edda).get().since > since


def test_without_javascript_it_lasts_longer(site, edda):
    form_of(edda)
    advance(presence.OPENED - 10)
    assert others(site.login('mona')).startswith('edda')
    advance(20)
    tasks.delete_closed_forms.func()
    assert Presence.select().count() == 1       # mona's


def test_it_ends_when_the_page_is_saved(site, edda):
    form = form_of(edda, content='Cold.')
    mona = site.login('mona')
    assert 'edda' in others(mona)
    form.submit().follow()
    assert others(mona) == ''


def test_who_may_not_edit_does_not_see_it(site, edda):
    form = form_of(edda)
    site.login('wanda').get('/docs/Tea$edit', status=403)
    csrf = site.login('wanda').get('/drafts').html.find('input', {'name': 'csrf'})['value']
    site.login('wanda').post('/docs/Tea$editing', {'csrf': csrf}, status=403)
    assert 'edda' not in beat(edda, form).text


def test_opening_a_form_does_not_wait_for_others_who_write(site, edda):
    keep(edda, form_of(edda, content='Cold.'))
    Presence.delete().execute()
    other, started = cysqlite.Connection(db.database.database), time.monotonic()
    other.execute('BEGIN IMMEDIATE')
    answer, again = edda.get('/docs/Tea$edit'), edda.get(f'/drafts/{draft().id}/edit')
    assert time.monotonic() - started < 4      # who waits, waits for 5
    assert 'You have a draft' in answer and not Presence.select().exists()
    assert again.forms['edit-form']['content'].value == 'Cold.'
    other.execute('ROLLBACK')
    other.close()
    form_of(edda)
    assert Presence.select().exists() and not db.database.problem
