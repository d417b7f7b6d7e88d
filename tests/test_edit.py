"""Writing: what is typed is what is kept, and no refusal loses it."""
import pytest

from kuma_lite import app
from kuma_lite.accounts import sessions
from kuma_lite.config import settings
from kuma_lite.web.session import SESSION
from kuma_lite.wiki import actions, checks
from kuma_lite.wiki.edit_views import UNCHANGED
from kuma_lite.wiki.models import Page, Revision


@pytest.fixture
def edda(site):
    return site.login('edda')


def form_of(browser, path='Tea'):
    return browser.get(f'/docs/{path}$edit').forms['edit-form']


def write(browser, path='Tea', status=None, **fields):
    form = form_of(browser, path)
    for name, value in fields.items():
        form[name] = value
    return form.submit(status=status)


def content():
    return Page.at('Tea').current().content


def test_a_page_is_created_and_edited(site, edda):
    shown = write(edda, title='Green tea', content='Hot.', comment='A start').follow()
    assert shown.html.h1.text == 'Green tea' and 'Hot.' in shown and 'Saved.' in shown
    write(edda, content='Cold.').follow()
    first, second = Revision.select().order_by(Revision.id)
    assert (first.author.name, first.comment, first.based_on_id) == ('edda', 'A start', None)
    assert (second.content, second.title, second.based_on_id) == ('Cold.', 'Green tea', first.id)
    assert Page.at('Tea').current_id == second.id


@pytest.mark.parametrize('typed', ['\n\nlines before\n\n', ' spaces \t', '</textarea><b>&amp;',
                                   '%if 1:\n{{2}}', '\\\\\n%end', 'e\u0301 and é', '🫖\u200d', ''])
def test_a_text_is_kept_as_it_was_typed_and_comes_back_so(site, edda, typed):
    write(edda, content=typed)
    assert content() == typed
    assert form_of(edda)['content'].value == typed
    assert UNCHANGED in write(edda).follow()


def test_ends_of_lines_become_one_character(site, edda):
    write(edda, content='one\r\ntwo\r\n')
    assert content() == 'one\ntwo\n'


def test_nothing_changed_makes_no_revision(site, edda):
    site.page('Tea', 'Hot.')
    assert UNCHANGED in write(edda, comment='Why?').follow()
    assert Revision.select().count() == 1


def test_tags_alone_can_change(site, edda):
    site.page('Tea', 'Hot.')
    write(edda, tags=' Green  tea,hot ,, Hot', minor=True)
    last = Page.at('Tea').current()
    assert (last.tag_names(), last.minor, last.content) == (['Green tea', 'hot'], True, 'Hot.')
    assert form_of(edda)['tags'].value == 'Green tea, hot'
    assert UNCHANGED in write(edda, tags='hot, Green tea').follow()
    shown = site.app.get('/docs/Tea$history').html.select('tbody tr')
    assert ['minor' in row.text and 'Green tea, hot' in row.text for row in shown] == [True, False]
    assert [tag.text for tag in site.app.get('/docs/Tea').html.select('[rel=tag]')] == ['Green tea', 'hot']


def test_going_back_brings_back_the_tags(site, edda):
    first = site.page('Tea', 'Hot.', words='hot, drink').current_id
    site.page('Tea', 'Cold.', words='cold')
    edda.get(f'/docs/Tea$revert/{first}').forms['revert-form'].submit(status=303)
    assert Page.at('Tea').current().tag_names() == ['hot', 'drink']


def test_who_knows_nothing_of_tags_leaves_them(site):
    site.page('Tea', 'Hot.', words='hot, drink')
    site.page('Tea', 'Cold.')
    assert Page.at('Tea').current().tag_names() == ['hot', 'drink']


def test_a_title_alone_can_change(site, edda):
    site.page('Tea', 'Hot.')
    write(edda, title='Tea, green')
    assert Page.at('Tea').title == 'Tea, green' and content() == 'Hot.'


@pytest.mark.parametrize('fields, status', [
    ({'title': 'x' * 10_000}, 422), ({'title': 'x' * 256}, 422), ({'title': '  '}, 422),
    ({'title': '\u200b'}, 422),
    ({'title': 'turned \u202e around'}, 422), ({'title': 'line\u2028break \x1b'}, 422),
    ({'comment': 'x' * 256}, 422), ({'tags': 'x' * 51}, 422),
    ({'tags': 'a\u202eb'}, 422), ({'tags': ','.join(map(str, range(21)))}, 422),
    ({'content': 'x' * 1_000_001 + 'kept text'}, 413),
    ({'content': 'é' * 600_000}, 413), ({'content': '>' * 200_000 + 'deep'}, 422)])
def test_what_is_beyond_the_limits_is_refused_and_kept(site, edda, fields, status):
    site.page('Tea', 'Hot.')
    typed = {'content': 'kept text', 'tags': 'one, two', 'minor': True, **fields}
    answer = write(edda, status=status, **typed)
    form = answer.forms['edit-form']
    assert form['tags'].value == fields.get('tags', 'one, two') and form['minor'].checked
    assert form['content'].value == fields.get('content', 'kept text')
    assert form['comment'].value == fields.get('comment', '')
    assert answer.html.find(role='alert').text.strip()
    assert content() == 'Hot.'


def test_the_limits_themselves_are_allowed(site, edda):
    write(edda, title='x' * 255, comment='y' * 255, content='z' * checks.CONTENT_LIMIT).follow()
    assert len(content()) == checks.CONTENT_LIMIT


@pytest.mark.parametrize('missing', ['content', 'title', 'base', 'comment', 'tags'])
def test_a_form_that_arrives_in_part_changes_nothing(site, edda, missing):
    site.page('Tea', 'Hot.')
    fields = dict(form_of(edda).submit_fields())
    fields['comment'] = 'typed by a person'
    del fields[missing]
    answer = edda.post('/docs/Tea$edit', fields, status=400)
    assert missing in answer and (missing == 'comment' or 'typed by a person' in answer)
    assert content() == 'Hot.'


def test_a_form_without_its_token_changes_nothing_and_keeps_the_text(site, edda):
    site.page('Tea', 'Hot.')
    fields = dict(form_of(edda).submit_fields(), content='kept text', csrf='wrong')
    assert 'kept text' in edda.post('/docs/Tea$edit', fields, status=403)
    assert 'kept text' in site.login('ada').post('/docs/Tea$edit', fields, status=403)
    assert content() == 'Hot.'


def test_a_refusal_lists_nothing_that_the_form_filled_in_by_itself(site, edda):
    site.page('Tea', '# One\n\n# Two')
    fields = dict(edda.get('/docs/Tea$edit?section=doc-two').forms['edit-form'].submit_fields())
    answer = site.login('wanda').post('/docs/Tea$edit', {**fields, 'seen': '1'}, status=403)
    assert [label.text for label in answer.html.select('.typed label')] == ['Title', 'Text']


def test_a_form_from_before_the_log_in_comes_back_whole(site, edda):
    """Whoever was logged out while writing logs in, goes back and saves again."""
    site.page('Tea', '# One\n\n# Two')
    form = edda.get('/docs/Tea$edit?section=doc-two').forms['edit-form']
    form['content'], form['tags'], form['minor'] = '# Two\n\nkept text', 'hot', True
    sessions.end_session(edda.cookies[SESSION].strip('"'))
    assert 'kept text' in form.submit(status=401) and 'kept text' not in content()
    edda.set_cookie(SESSION, sessions.start_session(site.people.edda))
    answer = form.submit(status=403)
    assert 'save it again' in answer.html.find(role='alert').text and 'kept text' not in content()
    answer.forms['edit-form'].submit(status=303)
    assert content() == '# One\n\n# Two\n\nkept text' and Page.at('Tea').current().minor


def test_a_form_of_another_site_is_not_even_shown(site, edda):
    fields = dict(form_of(edda).submit_fields(), content='kept text')
    answer = edda.post('/docs/Tea$edit', fields, headers={'Sec-Fetch-Site': 'cross-site'}, status=403)
    assert 'edit-form' not in answer.forms and not Page.select().exists()


def test_nul_and_bad_utf8_are_refused(site, edda):
    fields = dict(form_of(edda).submit_fields())
    edda.post('/docs/Tea$edit', {**fields, 'content': 'a\0b'}, status=400)
    edda.post('/docs/Tea$edit', {**fields, 'content': b'\xff\xfe'}, status=400)
    for content in ('a\0b', 'half a character: \ud83d'):
        with pytest.raises(checks.Invalid):
            actions.save('Tea', 'Tea', content, site.people.edda)
    assert not Page.select().exists()


def test_whoever_may_not_edit_is_refused_and_keeps_the_text(site):
    fields = dict(form_of(site.login('edda')).submit_fields())
    fields['csrf'] = site.app.get('/login').html.find('input', {'name': 'csrf'})['value']
    answer = site.app.post('/docs/Tea$edit', {**fields, 'content': 'kept text'}, status=401)
    assert 'kept text' in answer and 'log in' in answer
    site.login('wanda').get('/docs/Tea$edit', status=403)
    assert not Page.select().exists()


def test_anybody_writes_where_the_site_says_so(site):
    settings.site.edit = 'everyone'
    shown = write(site.app, content='Hot.').follow()
    assert 'somebody without an account' in shown
    revision = Revision.select().get()
    assert (revision.author, revision.address) == (None, '192.0.2.7')


def test_a_new_page_begins_with_its_path(site, edda):
    form = edda.get('/new').forms['new-form']
    form['path'] = ' Guides / First steps '
    form = form.submit().follow().forms['edit-form']
    assert form['title'].value == 'First steps'
    form['content'] = 'Hello.'
    assert form.submit().follow().request.path == '/docs/Guides/First_steps'


@pytest.mark.parametrize('title, path', [('First steps?', 'First_steps'), ('요리', '요리'),
                                         ('AC/DC: "Live" #1', 'AC_DC:_Live_1'), ('x' * 200, 'x' * 100)])
def test_a_new_page_stands_under_its_title(site, edda, title, path):
    form = edda.get('/new').forms['new-form']
    form['title'] = title
    form = form.submit().follow().forms['edit-form']
    assert (form['title'].value, form['path'].value) == (title, path)


def test_a_new_page_may_stand_elsewhere(site, edda):
    answer = edda.get('/new', {'title': 'First steps?', 'path': 'Guides/Begin'}).follow()
    form = answer.forms['edit-form']
    assert (form['title'].value, form['path'].value) == ('First steps?', 'Guides/Begin')


def test_a_title_of_which_no_path_can_be_made_is_kept(site, edda):
    answer = edda.get('/new', {'title': '???'}, status=422)
    assert answer.html.find(id='title')['value'] == '???' and 'where the page stands' in answer


def test_a_path_that_cannot_be_is_refused_and_kept(site, edda):
    answer = edda.get('/new', {'path': 'What?'}, status=422)
    assert answer.html.find(id='path')['value'] == 'What?' and answer.html.find(role='alert')


@pytest.fixture
def no_adverts(monkeypatch):
    """A check as a later feature would add it to the composition root."""
    def check(draft):
        if 'buy' in draft.content:
            raise checks.Invalid('No adverts, please.')

    monkeypatch.setattr(app, 'CHECKS', [check])


def test_a_check_of_another_feature_can_refuse_an_edit(no_adverts, site, edda):
    answer = write(edda, content='buy this', status=422)
    assert 'No adverts, please.' in answer and answer.forms['edit-form']['content'].value == 'buy this'
    assert not Page.select().exists()
