"""A part of a page is edited by itself; a section that nobody else has touched never conflicts."""
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuma_lite import markup
from kuma_lite.wiki import merging, sections
from kuma_lite.wiki.checks import Invalid
from kuma_lite.wiki.models import Page, Revision

TEXT = '''Intro

# One #

```
# no heading
```

    # nor this

## Part
inside
> # quoted

- # in a list

Two
===
two

Three
-----
three

# One
again'''


def cut(text):
    return [(section.id, sections.shown(text, section)) for section in sections.cut(text)]


def test_a_text_is_cut_at_its_real_headings():
    found = dict(cut(TEXT))
    assert list(found) == ['doc-one', 'doc-part', 'doc-two', 'doc-three', 'doc-one-1']
    assert found['doc-two'] == 'Two\n===\ntwo\n\nThree\n-----\nthree'
    assert found['doc-three'] == 'Three\n-----\nthree'
    assert found['doc-one'].startswith('# One #\n') and found['doc-one'].endswith('- # in a list')
    assert found['doc-one-1'] == '# One\nagain'


@pytest.mark.parametrize('text, ids', [
    ('', []), ('text', []), ('#no', []), ('#', []), ('\\# no', []), ('~~~\n# no', []), ('    # a', []),
    ('# a', ['doc-a']), ('   # a', ['doc-a']), ('<div>\n\n# in\n\n</div>\n\n# out', ['doc-out']),
    ('<!--\n# no\n-->\n# a', ['doc-a']), ('x\n# a\r\n# b\r# c', ['doc-a', 'doc-b', 'doc-c']),
    ('<h2>raw</h2>\n\n# raw', ['doc-raw-1']), ('a | b\n--|--\n# c | d', ['doc-c--d']),
    ('---\n# a\n---', ['doc-a']), ('# [[Tea]] & `x`', ['doc-tea--x']), ('a\u2028# no\f# no\n# a', ['doc-a'])])
def test_what_is_a_heading(text, ids):
    assert [section.id for section in sections.cut(text)] == ids


LINES = ['# a', '## b', '### c', '#', 'a', 'b\n===', 'c\n---', '', '```', '> # q', '- # l', '  # d',
         '    # e', '<div>', '</div>', '<h2 data-sourcepos="2:1-2:2">', '<h1 data-sourcepos="999:1-1:1">',
         '<!--', '-->', '[^1]: # f', '| a |\n|---|', '\t', '\r', '&']
MARKDOWN = st.lists(st.sampled_from(LINES), max_size=14).map('\n'.join)


@given(MARKDOWN)
def test_sections_are_whole_lines_in_order_and_nest(text):
    found = sections.cut(text)
    outline = {heading[1]: heading for heading in markup.outline(text)}
    ends = []
    for before, section in zip([None, *found], found, strict=False):
        assert section.start == 0 or text[section.start - 1] in '\r\n'
        assert before is None or before.start < section.start
        assert outline[section.id][2] == section.title
        ends = [end for end in ends if end > section.start]
        assert all(section.end <= end for end in ends)
        ends.append(section.end)


@given(MARKDOWN, st.data())
def test_what_is_put_back_unchanged_changes_nothing_and_a_change_nothing_else(text, data):
    for section in sections.cut(text):
        assert sections.put(text, section, sections.shown(text, section)) == text
        try:
            changed = sections.put(text, section, '# new\n\nwords')
        except Invalid:
            continue
        assert changed.startswith(text[:section.start] + '# new\n\nwords')
        assert changed.endswith(text[section.end:])


@given(MARKDOWN, MARKDOWN)
def test_a_section_that_nobody_touched_never_conflicts(before, after):
    """Whatever others write above and below it."""
    own = '# mine\n\nold'
    base = f'{own}\n\n# other\n'
    theirs = f'# {before}\n\n{own}\n\n# other\n{after}'
    if f'{own}\n\n' not in [theirs[section.start:section.end] for section in sections.cut(theirs)]:
        return      # what stands above has swallowed it
    old, mine, now = (merging.Version('t', text) for text in (base, '# mine\n\nnew', theirs))
    merged = sections.merge(old, mine, now, 'doc-mine')
    assert merged.is_clean and merged.version.content == theirs.replace(own, '# mine\n\nnew', 1)


def test_of_sections_that_say_the_same_the_right_one_is_changed():
    text = '# a\n\nx\n\n# a\n\nx\n\n# a\n\nx\n\n'
    second = sections.find(text, 'doc-a-1')
    assert sections.transplant(text, second, '# a\n\ny', f'z\n\n{text}') == (
        'z\n\n# a\n\nx\n\n# a\n\ny\n\n# a\n\nx\n\n')
    assert sections.transplant(text, second, '# a\n\ny', f'# a\n\nx\n\n{text}') is None


def test_a_heading_that_is_underlined_takes_in_nothing():
    text = '# a\nNext\n====\n'
    assert sections.put(text, sections.find(text, 'doc-a'), '# a\nmore') == '# a\nmore\n\nNext\n====\n'


@pytest.mark.parametrize('typed', ['# a\n```\ncode', '# a\n<!-- x', '# a\n<pre>'])
def test_a_section_must_not_swallow_the_next(typed):
    text = '# a\nx\n\n# b\ny\n'
    with pytest.raises(Invalid, match='close'):
        sections.put(text, sections.find(text, 'doc-a'), typed)


@pytest.mark.parametrize('text, most', [
    ('\n'.join(f'{"#" * (1 + i % 6)} h{i}\n\ntext\n' for i in range(5000)), 5000),
    ('# a\n\n' + 'word ' * 190_000, 1)])
def test_large_texts_are_cut_in_no_time(text, most):
    started = time.process_time()
    assert len(sections.cut(text)) == most
    sections.transplant(text, sections.cut(text)[-1], '# a\n\nnew', f'x\n\n{text}')
    assert time.process_time() - started < 2


@pytest.fixture
def form(site):
    """The form of somebody who edits one section of a page."""
    site.page('Tea', TEXT)
    return site.login('edda').get('/docs/Tea$edit?section=doc-three').forms['edit-form']


def content():
    return Page.at('Tea').current().content


def test_a_section_is_edited_by_itself(site, form):
    assert form['content'].value == 'Three\n-----\nthree'
    form['content'] = 'Three\n-----\nthree and more\n'
    answer = form.submit(status=303)
    assert answer.location.endswith('/docs/Tea#doc-three')
    assert content() == TEXT.replace('\nthree', '\nthree and more')


def test_others_may_change_all_around_it(site, form):
    site.page('Tea', TEXT.replace('two', 'TWO').replace('# One\nagain', '# One\nAGAIN'), author='mona')
    form['content'] = 'Three\n-----\nmore'
    assert 'merged with mona’s edit' in form.submit(status=303).follow()
    assert content() == TEXT.replace('two', 'TWO').replace('again', 'AGAIN').replace('\nthree', '\nmore')


def test_the_same_section_is_a_conflict_within_the_whole_text(site, form):
    site.page('Tea', TEXT.replace('\nthree', '\ntheirs').replace('Intro', 'Begin'), author='mona')
    form['content'] = 'Three\n-----\nmine'
    answer = form.submit(status=409)
    form = answer.forms['edit-form']
    assert form['content'].value == TEXT.replace('\nthree', '\nmine').replace('Intro', 'Begin')
    assert form['section'].value == '' and answer.html.find(id='theirs-1').text.strip() == 'theirs'
    form.submit(status=303)
    assert '\nmine' in content() and 'Begin' in content()


def test_a_section_that_is_gone_is_a_conflict(site, form):
    site.page('Tea', 'Nothing left.', author='mona')
    form['content'] = 'Three\n-----\nmine'
    answer = form.submit(status=409)
    assert 'Three\n-----\nmine' in answer.forms['edit-form']['content'].value


def test_a_section_can_be_taken_out(site, form):
    form['content'] = ''
    form.submit(status=303)
    assert content() == TEXT.replace('Three\n-----\nthree\n\n', '')


@pytest.mark.parametrize('name', ['doc-nothing', 'doc-quoted', 'x' * 200, '"><script>'])
def test_what_cannot_be_cut_out_opens_the_whole_page(site, form, name):
    answer = site.login('edda').get('/docs/Tea$edit', {'section': name})
    form = answer.forms['edit-form']
    assert (form['content'].value, form['section'].value) == (TEXT, '')
    assert 'cannot be edited by itself' in answer


@pytest.mark.parametrize('field, value, status', [
    ('section', 'doc-nothing', 422), ('base', '', 409), ('base', '999', 409)])
def test_a_section_never_becomes_the_page(site, form, field, value, status):
    form[field].force_value(value)
    form['content'] = 'Three\n-----\nmine'
    answer = form.submit(status=status)
    assert 'mine' in answer.forms['edit-form']['content'].value
    assert answer.forms['edit-form'].submit(status='4*') and content() == TEXT


def test_a_section_that_swallows_the_rest_is_refused_and_kept(site, form):
    form['content'] = 'Three\n-----\n```\nmine'
    answer = form.submit(status=422)
    kept = answer.forms['edit-form']
    assert (kept['content'].value, kept['section'].value) == ('Three\n-----\n```\nmine', 'doc-three')
    assert 'close' in answer.html.find(role='alert').text


def test_without_scripts_the_sections_are_listed(site, form):
    links = site.login('edda').get('/docs/Tea$edit').html.select('.sections a')
    assert [link.text for link in links][:2] == ['One', 'Part']
    assert links[1]['href'] == '/docs/Tea$edit?section=doc-part'


def test_a_preview_of_a_section_stays_one(site, form):
    form['content'] = 'Three\n-----\nas it **looks**'
    form.action = '/preview'
    answer = form.submit()
    assert answer.html.find(id='preview').strong.text == 'looks'
    answer.forms['edit-form'].submit(status=303)
    assert content() == TEXT.replace('\nthree', '\nas it **looks**') and Revision.select().count() == 2


def test_of_two_sections_with_one_name_none_is_taken_for_the_other():
    """The template is filled in by one and gets another copy by somebody else, while a third edits."""
    old = '## One\n\n### Notes\n\nTBD\n\n## Two\n\n### Notes\n\nTBD\n'
    new = old.replace('TBD', 'Written.', 1) + '\n## Three\n\n### Notes\n\nTBD\n'
    notes = sections.cut(old)[1]
    assert notes.title == 'Notes' and sections.transplant(old, notes, '### Notes\n\nMine.\n', new) is None


@pytest.mark.parametrize('new', [
    '# One\n\nOne.\n\n# Two\n\nTwo.\n\n# Three\n\n## Notes\n\nTBD\n',     # goes, and another one comes
    '# One\n\nOne.\n\n# Two\n\n## Notes\n\nTBD\n'])
def test_a_section_never_lands_below_another_heading(new):
    old = '# One\n\n## Notes\n\nTBD\n\n# Two\n\nTwo.\n'
    base, mine, theirs = (merging.Version('T', text) for text in (old, '## Notes\n\nAbout One.', new))
    merged = sections.merge(base, mine, theirs, 'doc-notes')
    assert not merged.is_clean and merged.parts[0].mine == '## Notes\n\nAbout One.'


def test_a_section_follows_the_heading_above_it_when_that_is_renamed():
    old = '# One\n\n## Notes\n\nTBD\n\n# Two\n\nTwo.\n'
    base, mine, theirs = (merging.Version('T', text) for text in (
        old, '## Notes\n\nAbout One.', old.replace('# One', '# The first')))
    merged = sections.merge(base, mine, theirs, 'doc-notes')
    assert merged.is_clean and merged.version.content == old.replace('# One', '# The first').replace(
        'TBD', 'About One.')


def test_a_section_whose_heading_went_never_lands_in_what_is_left():
    base, mine, theirs = (merging.Version('T', text) for text in (
        '# A\n\n## C\n\n# B', '## C\n\nAbout C.', 'x\n\n# B'))
    assert not sections.merge(base, mine, theirs, 'doc-c').is_clean


PARTS = ['# A', '# B', '## C', '## D', '### C', 'x', 'y', 'TBD']


@given(*[st.lists(st.sampled_from(PARTS), min_size=2, max_size=9).map('\n\n'.join)] * 2, st.data())
def test_what_is_merged_cleanly_stands_where_it_stood(old, new, data):
    """Below the same headings, as long as these are there."""
    found = sections.cut(old)
    if not found:
        return
    section = data.draw(st.sampled_from(found))
    typed = sections.shown(old, section).split('\n')[0] + '\n\nTyped by me.'
    base, mine, theirs = (merging.Version('T', text) for text in (old, typed, new))
    merged = sections.merge(base, mine, theirs, section.id)
    if merged.is_clean:
        place, titles = merged.version.content, chain(old, section)
        at = place.index('Typed by me.')
        holder = [one for one in sections.cut(place) if one.end > at > one.start][-1]
        held = chain(place, holder)
        assert held[:len(titles)] == titles or (not stands(titles[:-1], place) and titles[-1] in held)


def chain(text, section):
    return [one.title for one in sections.cut(text) if one.start <= section.start and one.end >= section.end]


def stands(titles, text):
    return not titles or any(chain(text, one) == titles for one in sections.cut(text))
