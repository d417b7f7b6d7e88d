"""A preview shows the text as it would look, keeps the form as it is, and saves nothing."""
import re

import pytest

from kuma_lite.wiki.models import Page, Revision


@pytest.fixture
def form(site):
    site.page('Tea', 'Hot.')
    site.page('Cup')
    return site.login('edda').get('/docs/Tea$edit').forms['edit-form']


def preview(form, status=200):
    form.action = '/preview'
    return form.submit(status=status)


def test_a_preview_shows_the_text_and_saves_nothing(site, form):
    form['content'], form['title'] = '**Cold**, in a [[Cup]] or a [[Glass]]', 'Iced tea'
    shown = preview(form)
    prose = shown.html.find(class_='prose')
    assert prose.strong.text == 'Cold'
    assert prose.find('a', href='/docs/Cup') and prose.find('a', class_='missing')
    assert Page.at('Tea').current().content == 'Hot.' and Revision.select().count() == 2


def test_relative_links_lead_where_they_will(form):
    """Not to where they would from /preview."""
    form['content'] = '[one](Cup) [two](./Glass#Stem)'
    prose = preview(form).html.find(class_='prose')
    assert [link['href'] for link in prose.find_all('a')] == ['/docs/Cup', '/docs/Glass$edit']


def test_the_form_below_is_the_same_and_can_be_saved(site, form):
    form['content'], form['comment'] = '\n Cold \n', 'Ice'
    again = preview(form).forms['edit-form']
    assert (again['content'].value, again['comment'].value) == ('\n Cold \n', 'Ice')
    assert again['base'].value == form['base'].value
    again.submit(status=303)
    assert Page.at('Tea').current().content == '\n Cold \n'


def test_a_preview_does_not_hide_a_conflict(site, form):
    form['content'] = 'Cold'
    again = preview(form).forms['edit-form']
    site.page('Tea', 'Lukewarm', author='mona')
    again.submit(status=409)


def test_a_page_that_is_not_yet_can_be_previewed(site):
    form = site.login('edda').get('/docs/New_one$edit').forms['edit-form']
    form['content'] = 'See [[New one]].'
    shown = preview(form)
    assert not shown.html.find(class_='prose').find('a', class_='missing')
    assert shown.forms['edit-form']['base'].value == ''
    shown.forms['edit-form'].submit(status=303)


def test_what_could_not_be_saved_is_said_at_once(site, form):
    form['title'] = ''
    assert 'give the page a title' in preview(form, 422)
    form['title'], form['content'] = 'Tea', 'x' * 1_000_001
    assert preview(form, 413).forms['edit-form']['content'].value == 'x' * 1_000_001


def test_a_preview_is_for_those_who_may_edit(site, form):
    fields = dict(form.submit_fields())
    wanda = site.login('wanda')
    fields['csrf'] = wanda.get('/').html.find('input', {'name': 'csrf'})['value']
    wanda.post('/preview', fields, status=403)


def test_a_preview_of_an_impossible_path_is_refused(site, form):
    form['path'] = '../etc/passwd'
    preview(form, 404)


def test_a_script_in_a_preview_does_not_run(site, form):
    form['content'] = '<script>alert(1)</script><a href="javascript:alert(1)" onclick="x">here</a>'
    prose = preview(form).html.find(class_='prose')
    assert not prose.find('script') and not prose.find(onclick=True)
    assert not prose.find(href=re.compile('javascript:'))
