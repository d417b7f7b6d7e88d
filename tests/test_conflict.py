"""Two people edit the same page: what can be merged is, and the rest is shown to who came later."""
import random
import threading
import time

import pytest

from kuma_lite import db, diffs
from kuma_lite.markup import limits
from kuma_lite.wiki import actions, checks
from kuma_lite.wiki.models import Page, Revision

BEFORE = 'One\nTwo\nThree\n'
THEIRS = 'One\nTwo and a half\nThree\n'
MINE = 'One\nTwo and a third\nThree\nFour\n'


@pytest.fixture
def late(site):
    """The form of somebody during whose writing another person saves."""
    site.page('Tea', BEFORE)
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', THEIRS, title='Tea time', author='mona', comment='More')
    form['content'] = 'One\nTwo\nThree\nFour\n'
    return form


@pytest.fixture
def torn(late):
    """The same form when both have changed the same line."""
    late['content'] = MINE
    return late


def content():
    return Page.at('Tea').current().content


def lines(answer, heading, kind):
    section = answer.html.find('section', {'aria-labelledby': heading})
    return [line.find(class_='words').text for line in section.find_all(class_=kind)]


def part(answer, number=1):
    """What the conflict page shows side by side: mine, theirs, what was there before."""
    sides = (answer.html.find('textarea', id=f'{side}-{number}') for side in ('mine', 'theirs', 'before'))
    return [side.text[1:] for side in sides]


def test_what_can_be_merged_is_saved_and_said(site, late):
    late['comment'] = 'One more'
    shown = late.submit(status=303).follow()
    assert content() == 'One\nTwo and a half\nThree\nFour\n'
    current = Page.at('Tea').current()
    assert (current.title, current.based_on_id, current.comment) == ('Tea time', 2, 'One more')
    assert 'Saved, and merged with mona’s edit.' in shown


def test_the_names_of_many_are_told(site, late):
    for name in ('ada', 'mona', 'edda', 'wanda', 'mallory'):
        site.page('Tea', f'{name}\n{content()}', author=name)
    shown = late.submit(status=303).follow()
    assert 'merged with the edits of mona, ada, you and 2 others' in shown


def test_an_edit_that_changes_nothing_takes_nothing_back(site, late):
    late['content'] = BEFORE
    assert 'Nothing was different' in late.submit(status=303).follow()
    assert content() == THEIRS


def test_what_cannot_be_merged_is_shown_side_by_side(site, torn):
    answer = torn.submit(status=409)
    assert part(answer) == ['Two and a third', 'Two and a half', 'Two']
    assert lines(answer, 'theirs', 'added') == ['Two and a half']
    assert lines(answer, 'yours', 'removed') == ['Two and a half']
    assert lines(answer, 'yours', 'added') == ['Two and a third', 'Four']
    assert 'mona' in answer.html.find(role='alert').text
    assert content() == THEIRS


def test_the_form_holds_theirs_wherever_only_they_have_changed_it(site, torn):
    site.page('Tea', f'Zero\n{THEIRS}', title='Tea time', author='ada')
    form = torn.submit(status=409).forms['edit-form']
    assert (form['content'].value, form['title'].value) == (f'Zero\n{MINE}', 'Tea time')
    form.submit(status=303)
    assert content() == f'Zero\n{MINE}' and Page.at('Tea').current().based_on_id == 3


def test_after_that_it_is_merged_again_with_who_is_faster_again(site, torn):
    form = torn.submit(status=409).forms['edit-form']
    site.page('Tea', f'Zero\n{THEIRS}', title='Tea time', author='ada')
    assert 'ada’s edit' in form.submit(status=303).follow()
    assert content() == f'Zero\n{MINE}'


def test_and_is_refused_again_if_that_is_the_same_line(site, torn):
    form = torn.submit(status=409).forms['edit-form']
    site.page('Tea', 'One\nOnce more\nThree\n', author='ada')
    answer = form.submit(status=409)
    assert part(answer) == ['Two and a third', 'Once more', 'Two and a half']
    answer.forms['edit-form'].submit(status=303)
    assert content() == MINE


def test_titles_that_both_have_changed_are_a_conflict(site, late):
    late['title'] = 'Teas'
    answer = late.submit(status=409)
    assert 'Its title is “Tea time”' in answer
    answer.forms['edit-form'].submit(status=303)
    assert Page.at('Tea').title == 'Teas' and content() == 'One\nTwo and a half\nThree\nFour\n'


def shows_both_sides(answer):
    said = ' '.join(alert.text for alert in answer.html.find_all(role='alert'))
    shown = lines(answer, 'theirs', 'added') and lines(answer, 'yours', 'added')
    return 'mona' in said and part(answer) and shown


def test_both_sides_stay_until_it_is_saved(site, torn):
    """A preview and a refusal in between do not hide what saving would replace."""
    form = torn.submit(status=409).forms['edit-form']
    form.action = '/preview'
    answer = form.submit(status=200)
    assert answer.html.find(id='preview').section and shows_both_sides(answer)
    form = answer.forms['edit-form']
    form['title'] = ''
    answer = form.submit(status=422)
    assert shows_both_sides(answer)
    form = answer.forms['edit-form']
    form['title'] = 'Tea'
    form.submit(status=303)
    assert content() == MINE


def test_a_preview_already_shows_that_somebody_was_faster(site, torn):
    torn.action = '/preview'
    answer = torn.submit(status=200)
    assert shows_both_sides(answer) and answer.forms['edit-form']['content'].value == MINE


def test_a_preview_says_that_it_can_be_merged(site, late):
    late.action = '/preview'
    answer = late.submit(status=200)
    assert 'there came mona’s edit' in ' '.join(answer.html.find(class_='notice').text.split())
    assert 'mona’s edit' in answer.forms['edit-form'].submit(status=303).follow()
    assert content() == 'One\nTwo and a half\nThree\nFour\n'


def tags(*names):
    return ', '.join(f'{name} {number}' for name in names for number in range(12))


@pytest.mark.parametrize('path', ['/docs/Tea$edit', '/docs/Tea$edit?section=doc-two'])
def test_what_breaks_a_limit_only_together_is_handed_back_together(site, path):
    site.page('Tea', '# One\n\n# Two')
    form = site.login('edda').get(path).forms['edit-form']
    site.page('Tea', '# One!\n\n# Two', author='mona', words=tags('hers'))
    form['content'], form['tags'] = f'{form["content"].value}\n\nMine.', tags('mine')
    answer = form.submit(status=422)
    said = ' '.join(' '.join(alert.text for alert in answer.html.find_all(role='alert')).split())
    assert 'these are 24' in said and 'mona’s edit' in said and 'together with theirs' in said
    form = answer.forms['edit-form']
    assert (form['content'].value, form['tags'].value) == ('# One!\n\n# Two\n\nMine.', tags('mine', 'hers'))
    assert 'these are 24' in form.submit(status=422).html.find(role='alert').text
    form['tags'] = tags('hers')
    form.submit(status=303)
    assert content() == '# One!\n\n# Two\n\nMine.' and len(Page.at('Tea').current().tag_names()) == 12


@pytest.mark.parametrize('mine, theirs, status', [
    ('x' * 600_000, 'y' * 600_000, 413), ('mine\n' * 60, 'theirs\n' * 60, 422)])
def test_so_is_what_is_too_large_or_too_complex_only_together(site, mine, theirs, status, monkeypatch):
    monkeypatch.setattr(limits, 'MAX_LINES', 100)
    site.page('Tea', 'One\n\nTwo\n\nThree')
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', f'One\n\nTwo\n\n{theirs}', author='mona')
    form['content'] = f'{mine}\n\nTwo\n\nThree'
    form = form.submit(status=status).forms['edit-form']
    assert form['content'].value == f'{mine}\n\nTwo\n\n{theirs}'
    form['content'] = f'{mine}\n\nTwo'
    form.submit(status=303)
    assert content() == f'{mine}\n\nTwo'


@pytest.mark.parametrize('mine, shown', [('One\nTwo\nThree\nFour\n', 1), (MINE, 2)])
def test_only_the_differences_that_are_shown_are_looked_for(site, late, monkeypatch, mine, shown):
    compared, compare = [], diffs.compare
    monkeypatch.setattr(diffs, 'compare', lambda *texts: compared.append(texts) or compare(*texts))
    late['content'] = mine
    late.action = '/preview'
    assert len(late.submit().html.select('.diff')) == len(compared) == shown


def test_who_was_faster_may_be_oneself(site):
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'One', comment='From the other tab')
    form['content'] = 'Two'
    said = ' '.join(form.submit(status=409).html.find(role='alert').text.split())
    assert 'There is a page here already' in said and '“From the other tab”. Take over' in said


def test_the_edit_that_came_between_may_be_ones_own(site, late):
    site.page('Tea', BEFORE)
    late['base'] = Page.at('Tea').current_id
    site.page('Tea', THEIRS, author='edda')
    assert 'merged with an edit of your own' in late.submit(status=303).follow()


def words(seed):
    """300 KB that have nothing in common with those of another seed but single lines."""
    chosen = random.Random(seed)
    return '\n'.join(f'{chosen.randrange(9999)} ' * chosen.randrange(12) for _ in range(11_000))


LARGE = {'unrelated': [words(1), words(2), words(3)],
         'one line': ['x' * 900_000, 'x' * 900_001, 'y' * 900_000],
         'many': ['\n\n'.join(f'# {n} {side}' for n in range(2_500)) for side in 'abc']}


@pytest.mark.parametrize('name', LARGE)
def test_large_texts_are_shown_soon_and_whole(site, name):
    base, mine, theirs = LARGE[name]
    site.page('Tea', base)
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', theirs, author='mona')
    form['content'] = mine
    started = time.process_time()
    answer = form.submit(status=409)
    assert time.process_time() - started < 2
    sides = answer.html.find_all('textarea', class_='theirs')
    shown = {line for side in [answer.html.find(id='text'), *sides] for line in side.text.split('\n')}
    assert len(sides) <= 50 and shown >= {*mine.split('\n'), *theirs.split('\n')}


def test_the_words_that_differ_are_marked(site, torn):
    answer = torn.submit(status=409)
    assert [mark.text for mark in answer.html.select('[aria-labelledby=yours] mark')] == ['half', 'third']


def test_two_people_create_the_same_page(site):
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    site.page('tea', 'Mine', author='mona')
    form['content'] = 'No, mine'
    answer = form.submit(status=409)
    assert 'There is a page here already' in answer
    assert lines(answer, 'yours', 'removed') == ['Mine']
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


def test_a_base_that_the_page_never_had_is_looked_at_once(site, late):
    looked_at = []
    checks.CHECKS.append(lambda draft: looked_at.append(draft.path))
    late['base'] = '999999'
    late.submit(status=409)
    assert looked_at == ['Tea']


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


def told_tags(answer, heading):
    section = answer.html.find('section', {'aria-labelledby': heading})
    return [change.text for change in section.select('p > del, p > ins')]


def test_who_creates_a_page_that_is_there_by_now_gets_the_tags_of_both(site):
    form = site.login('edda').get('/docs/New$edit').forms['edit-form']
    site.page('New', 'Theirs.', author='mona', words='beta, tea')
    form['content'], form['tags'] = 'Mine.', 'gamma, tea'
    answer = form.submit(status=409)
    assert 'with the tags of both' in answer
    assert told_tags(answer, 'yours') == ['beta, tea', 'gamma, tea, beta']
    again = answer.forms['edit-form']
    assert (again['content'].value, again['tags'].value) == ('Mine.', 'gamma, tea, beta')
    again['tags'] = 'gamma'
    again.submit(status=303)
    assert Page.at('New').current().tag_names() == ['gamma']


def test_tags_that_were_changed_are_named(site, torn):
    site.page('Tea', THEIRS, title='Tea time', author='mona', words='beta')
    torn['tags'] = 'gamma'
    answer = torn.submit(status=409)
    assert told_tags(answer, 'theirs') == ['none', 'beta']
    assert told_tags(answer, 'yours') == ['beta', 'gamma, beta']
