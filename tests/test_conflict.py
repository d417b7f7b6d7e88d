"""An edit of an older revision is refused: the person sees what happened and keeps what they typed."""
import threading

import pytest

from kuma_lite import db
from kuma_lite.wiki import actions
from kuma_lite.wiki.models import Page, Revision

BEFORE = 'One\nTwo\nThree\n'


@pytest.fixture
def late(site):
    """The form of somebody during whose writing another person saves."""
    site.page('Tea', BEFORE)
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'One\nTwo and a half\nThree\n', title='Tea time', author='mona', comment='More')
    form['content'] = 'One\nTwo\nThree\nFour\n'
    return form


def lines(answer, heading, kind):
    section = answer.html.find('section', {'aria-labelledby': heading})
    return [line.text for line in section.find_all(class_=kind)]


def test_a_late_edit_is_refused_and_shows_both_sides(site, late):
    answer = late.submit(status=409)
    assert lines(answer, 'theirs', 'removed') == ['-Two']
    assert lines(answer, 'theirs', 'added') == ['+Two and a half']
    assert lines(answer, 'yours', 'removed') == ['-Two and a half']
    assert lines(answer, 'yours', 'added') == ['+Two', '+Four']
    said = answer.html.find(role='alert').text
    assert 'mona' in said and 'Tea time' in said
    assert Page.at('Tea').current().author.name == 'mona'


def test_the_text_is_still_there_and_can_be_saved_knowingly(site, late):
    form = late.submit(status=409).forms['edit-form']
    assert form['content'].value == 'One\nTwo\nThree\nFour\n'
    form.submit(status=303)
    current = Page.at('Tea').current()
    assert current.content == 'One\nTwo\nThree\nFour\n' and current.based_on_id == 2


def test_and_is_refused_again_when_somebody_was_faster_again(site, late):
    form = late.submit(status=409).forms['edit-form']
    site.page('Tea', 'Once more', author='ada')
    assert 'ada' in form.submit(status=409).html.find(role='alert').text


def shows_both_sides(answer):
    said = ' '.join(alert.text for alert in answer.html.find_all(role='alert'))
    return 'mona' in said and lines(answer, 'theirs', 'added') and lines(answer, 'yours', 'added')


def test_both_sides_stay_until_it_is_saved(site, late):
    """A preview and a refusal in between do not hide what saving would replace."""
    form = late.submit(status=409).forms['edit-form']
    form.action = '/preview'
    answer = form.submit(status=200)
    assert answer.html.find(id='preview') and shows_both_sides(answer)
    form = answer.forms['edit-form']
    form['title'] = ''
    answer = form.submit(status=422)
    assert shows_both_sides(answer)
    form = answer.forms['edit-form']
    form['title'] = 'Tea'
    form.submit(status=303)
    assert Page.at('Tea').current().content == 'One\nTwo\nThree\nFour\n'


def test_a_preview_already_shows_that_somebody_was_faster(site, late):
    late.action = '/preview'
    assert shows_both_sides(late.submit(status=200))


def test_who_was_faster_may_be_oneself(site):
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'One', comment='From the other tab')
    form['content'] = 'Two'
    said = ' '.join(form.submit(status=409).html.find(role='alert').text.split())
    assert 'Somebody else' not in said and '“From the other tab”. Take over' in said


def test_the_words_that_differ_are_marked(site, late):
    late['content'] = 'One\nTwo and a third\nThree\n'
    answer = late.submit(status=409)
    assert [mark.text for mark in answer.html.select('[aria-labelledby=yours] mark')] == ['half', 'third']


def test_two_people_create_the_same_page(site):
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('tea', 'Mine', author='mona')
    form['content'] = 'No, mine'
    answer = form.submit(status=409)
    assert 'There is a page here already' in answer
    assert lines(answer, 'yours', 'removed') == ['-Mine']
    answer.forms['edit-form'].submit(status=303)
    page = Page.select().get()
    assert (page.path, page.current().content) == ('tea', 'No, mine')


def test_the_second_click_of_an_impatient_person_is_no_conflict(site):
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'Hot.'
    form.submit(status=303)
    assert 'Nothing was different' in form.submit(status=303).follow()


@pytest.mark.parametrize('base, status', [('999999', 409), ('', 409), ('0', 409), ('9' * 18, 409),
                                          ('-1', 400), ('abc', 400), ('9' * 30, 400), ('latest', 400)])
def test_a_wrong_base_is_refused_and_the_text_kept(site, late, base, status):
    late['base'] = base
    answer = late.submit(status=status)
    assert 'Four' in answer.html.find('textarea', string=lambda text: text and 'Four' in text).text
    assert Revision.select().count() == 2


def test_a_revision_of_another_page_is_no_base(site, late):
    late['base'] = site.page('Coffee').current_id
    late.submit(status=409)


def test_a_base_where_there_is_no_page_is_a_conflict_too(site):
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    form['base'], form['content'] = '7', 'Hot.'
    answer = form.submit(status=409)
    answer.forms['edit-form'].submit(status=303)
    assert Page.at('Tea').current().content == 'Hot.'


def test_of_many_at_the_same_moment_one_wins(site):
    base = site.page('Tea', BEFORE).current_id
    outcomes = []

    def edit(number):
        with db.connection():
            try:
                actions.save('Tea', 'Tea', f'Version {number}', site.people.edda, base=base)
                outcomes.append('saved')
            except actions.Conflict:
                outcomes.append('refused')

    threads = [threading.Thread(target=edit, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ['refused'] * 7 + ['saved']
    assert Revision.select().count() == 2
