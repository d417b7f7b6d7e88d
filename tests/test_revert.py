"""Going back to an old revision makes a new one."""
import pytest

from kuma_lite.wiki.models import Page, Revision


@pytest.fixture
def old(site):
    """The id of the first of two revisions of Tea."""
    first = site.page('Tea', 'Hot, see [[Cup]].', title='Tea').current_id
    site.page('Tea', 'Cold, see [[Glass]].', title='Iced tea', author='mona')
    return first


def test_a_revert_asks_and_then_makes_a_new_revision(site, old):
    browser = site.login('edda')
    question = browser.get(f'/docs/Tea$revert/{old}')
    assert [line.text for line in question.html.select('.added .words')] == ['Hot, see [[Cup]].']
    assert Revision.select().count() == 2
    form = question.forms['revert-form']
    form['comment'] = 'Cold is wrong'
    shown = form.submit().follow()
    assert 'The old revision is back.' in shown and 'Hot' in shown and shown.html.h1.text == 'Tea'
    current = Page.at('Tea').current()
    assert (current.id, current.based_on_id, current.comment) == (3, 2, 'Cold is wrong')
    assert current.author.name == 'edda'


def test_a_revert_without_a_reason_says_what_it_is(site, old):
    site.login('edda').get(f'/docs/Tea$revert/{old}').forms['revert-form'].submit()
    assert Page.at('Tea').current().comment == f'Went back to revision {old}.'


def test_a_revert_brings_back_the_links(site, old):
    site.login('edda').get(f'/docs/Tea$revert/{old}').forms['revert-form'].submit()
    site.page('Cup')
    site.settle()
    assert 'href="/docs/Cup"' in Page.at('Tea').html


def test_a_revert_of_what_has_changed_meanwhile_asks_again(site, old):
    form = site.login('edda').get(f'/docs/Tea$revert/{old}').forms['revert-form']
    form['comment'] = 'kept reason'
    site.page('Tea', 'Lukewarm.', author='ada')
    again = form.submit(status=409)
    assert [line.text for line in again.html.select('.removed .words')] == ['Lukewarm.']
    assert again.forms['revert-form']['comment'].value == 'kept reason'
    again.forms['revert-form'].submit(status=303)
    assert Page.at('Tea').current().content == 'Hot, see [[Cup]].'


def test_a_reason_that_is_too_long_is_refused_and_kept(site, old):
    form = site.login('edda').get(f'/docs/Tea$revert/{old}').forms['revert-form']
    form['comment'] = 'x' * 256
    assert form.submit(status=422).forms['revert-form']['comment'].value == 'x' * 256


def test_going_back_to_the_current_revision_changes_nothing(site, old):
    current = Page.at('Tea').current_id
    form = site.login('edda').get(f'/docs/Tea$revert/{current}').forms['revert-form']
    assert 'Nothing was different' in form.submit().follow()
    assert Revision.select().count() == 2


def test_a_revision_of_another_page_cannot_be_brought_here(site, old):
    other = site.page('Coffee').current_id
    site.login('edda').get(f'/docs/Tea$revert/{other}', status=404)
