"""A folder of Markdown becomes pages, again and again, whatever lies in it."""
import io
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuma_lite import markup
from kuma_lite.transfer import files, front_matter, links, progress
from kuma_lite.transfer.actions import CHANGED, CREATED, UNCHANGED, import_pages
from kuma_lite.transfer.models import Imported
from kuma_lite.wiki import tags
from kuma_lite.wiki.checks import CONTENT_LIMIT
from kuma_lite.wiki.models import Page


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / 'notes')


class Folder:
    """A folder of files and its import."""

    def __init__(self, root):
        self.root = root
        root.mkdir()

    def write(self, name, content):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def load(self, under='', author=None):
        """Import it: `{file: what came of it}`, a word or the reason why it was left out."""
        sources, broken = files.find(self.root, under)
        outcomes = import_pages(sources, author)
        return {name: reason for name, reason in broken} | {name: reason or state
                                                            for name, state, reason in outcomes}


def content(path):
    return Page.at(path).current().content


def test_folders_become_the_hierarchy(site, folder):
    folder.write('Guide/First steps.md', '# How to begin\n\nLook.\n')
    folder.write('Guide/README.md', 'Guide\n=====\n')
    assert folder.load() == {'Guide/First steps.md': CREATED, 'Guide/README.md': CREATED}
    page = Page.at('Guide/First_steps')
    assert (page.title, content(page.path)) == ('How to begin', '# How to begin\n\nLook.\n')
    assert Page.at('Guide').title == 'Guide'


@pytest.mark.parametrize('text, title', [
    ('```\n# code\n```\n\n## Real *one* &amp; `x` ##\n', 'Real one & x'),
    ('no heading\n', 'a page'),
    ('', 'a page'),
    ('# \n\n# Second\n', 'Second'),
    ('<h1 align=center>In <i>HTML</i></h1>\n', 'In HTML'),
    ('<b># not</b>\n\nTitle\n---\n', 'Title'),
    ('# ' + 300 * 'a', 200 * 'a'),
])
def test_the_first_heading_is_the_title(site, folder, text, title):
    folder.write('a page.md', text)
    folder.load()
    assert Page.at('a_page').title == title


@pytest.mark.parametrize('written, title, kept', [
    ('---\ntitle: How to begin\ntags: [a, b]\n---\n\n# First\n', 'How to begin', '# First\n'),
    ('---\r\nTitle: "Quoted: yes" \r\nlist:\r\n- a\r\n# x\r\n...\r\ntext', 'Quoted: yes', 'text'),
    ('---\ntitle: [a: b\n---\ntext', 'title: [a: b', None), ('---\n- title: x\n---\n', 'a page', None),
    ('---\ntags: x\n---\n# First\n', 'First', '# First\n'),
    ('---\ntitle: >\n  long\n  one\n---\ntext', 'long one', 'text'),
    ('---\ntitle: ' + 300 * 'a' + '\n---', 255 * 'a', ''),
    ('---\n\nAbove a line.\n\n---\n\nBelow: it.\n', 'a page', None),
    ('---\n---\ntext', 'a page', None), ('---\ntitle: x\n', 'a page', None),
    (' ---\na: b\n---\n', 'a: b', None), ('---\nNote: keep this line.\n---\n', 'Note: keep this line.', None),
    ('---\ntitle: Foo # why\n---\n', 'Foo', ''), ("---\ntitle: 'it''s' # a\n---\n", "it's", ''),
    ('---\ntitle: "a \\"b\\" #c"\n---\n', 'a "b" #c', ''), ('---\ntitle: C#\n---\n', 'C#', ''),
])
def test_a_block_at_the_start_gives_the_title_and_is_no_text(site, folder, written, title, kept):
    folder.write('a page.md', written)
    folder.load()
    assert (Page.at('a_page').title, content('a page')) == (title, written if kept is None else kept)


@pytest.mark.parametrize('lines, names', [
    ('tags: [b, "A c"]', ['A c', 'b']), ('Tags: a, b , a', ['a', 'b']),
    ('tags:\n  - x y\n  - "z"\nother: 1', ['x y', 'z']), ('tags:\n- x\n', ['x']),
    ('tags:\n  - one\n\n  # two\n  - two', ['one', 'two']), ('tags: [a, b] # c', ['a', 'b']),
    ('tags: []', []), ('title: T', []),
])
def test_tags_of_the_block_are_tags_of_the_page(site, folder, lines, names):
    folder.write('a.md', f'---\n{lines}\n---\ntext')
    folder.load()
    assert [tag.name for tag in tags.of(Page.at('a'))] == names


@pytest.mark.parametrize('block', ['[' * 5000, 'a: &a [*a, *a]', '!!python/object/apply:os.system ["true"]',
                                   'title: &a [1]\ntags: [*a, [x], {y: z}]'])
def test_yaml_that_means_no_good_is_text_or_nothing(block):
    matter = front_matter.split(f'---\n{block}\n---\n')
    assert matter.title == '' and not matter.tags


def test_tags_that_people_gave_stay_unless_the_file_says_something_about_them(site, folder):
    folder.write('a.md', 'text')
    folder.load()
    site.page('a', 'text', title='a', words='given')
    folder.write('a.md', 'text')
    assert folder.load() == {'a.md': UNCHANGED}
    assert [tag.name for tag in tags.of(Page.at('a'))] == ['given']


def test_a_file_whose_tags_change_is_imported_again(site, folder):
    for line, names in [('tags: a', ['a']), ('tags: b', ['b']), ('title: a', ['b'])]:
        folder.write('a.md', f'---\n{line}\n---\ntext')
        folder.load()
        assert [tag.name for tag in tags.of(Page.at('a'))] == names


def test_tags_that_cannot_be_are_told(site, folder):
    folder.write('a.md', f'---\ntags: {"x" * 51}\n---\ntext')
    assert 'is too long' in folder.load()['a.md']


def test_an_index_on_top_is_the_home_page_or_the_page_below_which_all_goes(site, folder):
    folder.write('index.md', '# Welcome\n')
    folder.load()
    folder.load(under='Old notes')
    assert (Page.at('Home').title, Page.at('Old_notes').title) == ('Welcome', 'Welcome')


def test_everything_goes_below_a_page_and_is_somebodys_edit(site, folder):
    folder.write('a/b.markdown', 'text')
    folder.load(under='Old', author=site.people.edda)
    revision = Page.at('Old/a/b').current()
    assert (revision.author.name, revision.comment) == ('edda', 'Imported from a/b.markdown')


@pytest.mark.parametrize('written, became', [
    ('[x](b.md)', '[x](/docs/a/b)'),
    ('[x](./b.md#part-1)', '[x](/docs/a/b#part-1)'),
    ('[x](B.MD "and a title")', '[x](/docs/a/b "and a title")'),
    ('[x](<b.md> \'(b.md)\')', '[x](/docs/a/b \'(b.md)\')'),
    ('[x](../top%20page.md)', '[x](/docs/top_page)'),
    ('[x](<../top page.md>)', '[x](/docs/top_page)'),
    ('[x](../c/)', '[x](/docs/c)'),
    ('[x](../c/index.md)', '[x](/docs/c)'),
    ('[x](../%C3%9C.md)', '[x](/docs/Ü)'),
    ('[x](../o%CC%88%20(\\(1)\\).md)', '[x](/docs/ö_%28%281%29%29)'),
    ('[b.md `](b.md)` ![b.md](b.md)](b.md)', '[b.md `](b.md)` ![b.md](b.md)](/docs/a/b)'),
    ('[x][1]\n\n[1]: b.md', '[x][1]\n\n[1]: /docs/a/b'),
    ('> * [x]\n\n[x]:\n   <b.md>\n   "title"', '> * [x]\n\n[x]:\n   /docs/a/b\n   "title"'),
    ('[^n]\n\n[^n]: b.md, [x](b.md)', '[^n]\n\n[^n]: b.md, [x](/docs/a/b)'),
    ('| a |\n|---|\n| [x](b.md) |', '| a |\n|---|\n| [x](/docs/a/b) |'),
    ('\ufeffÜ [x](b.md) ü [y](b.md)', 'Ü [x](/docs/a/b) ü [y](/docs/a/b)'),
])
def test_links_between_files_become_addresses(site, folder, written, became):
    for name in ('a/b.md', 'top page.md', 'c/index.md', 'Ü.md', 'ö ((1)).md'):
        folder.write(name, 'x')
    folder.write('a/page.md', written)
    folder.load()
    assert content('a/page') == became


@pytest.mark.parametrize('written', [
    '`[x](b.md)` and ``[x](b.md)``', '    [x](b.md)', '```\n[x](b.md)\n[y]: b.md\n```', '~~~\n[x](b.md)',
    '<a href="b.md">x</a> <!-- [x](b.md) -->', '<pre>\n[x](b.md)\n</pre>',
    '![x](b.md)', '![x][1] [x][1]\n\n[1]: b.md', '\\[x](b.md)', '[x]\\(b.md)',
    '[x](missing.md)', '[x](https://b.md)', '[x](//b.md)', '[x](/b.md)', '[x](#b.md)', '[x](mailto:b.md)',
    '[x](../../../b.md)', '[x](b.md.txt)', '[x]()', '[[b.md]]', '[x](broken.md)', '[x](javascript:b.md)',
])
def test_what_is_no_link_to_an_imported_file_stays(site, folder, written):
    folder.write('b.md', 'x')
    folder.write('broken.md', b'\xff')
    folder.write('page.md', written)
    folder.load()
    assert content('page') == written


FRAGMENTS = ['[x](b.md)', '[y][b]', '[b]: b.md', '![i](b.md)', '`', '```', '\n', '\n\n', '    ', '> ', '- ',
             '[', ']', '(', ')', '\\', '|', '-|\n', '*', '<a ', '>', '<!--', 'ü', '"', '[^1]', '[[', '<b.md>']


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(''.join))
def test_nothing_but_the_destinations_of_links_changes(text):
    """However pieces of Markdown are put together."""
    changed = links.rewrite(text, lambda path: 'B' if path == 'b.md' else None)
    before, after = markup.to_html(text), markup.to_html(changed)
    assert after.replace('href="/docs/B"', 'href="b.md"') == before


def test_pages_that_link_to_each_other_end_without_missing_links(site, folder):
    folder.write('a.md', '[b](b.md)')
    folder.write('b.md', '[a](a.md)')
    folder.load()
    site.settle()
    assert 'missing' not in Page.at('a').html + Page.at('b').html


def test_only_what_changed_is_changed(site, folder):
    folder.write('a.md', '# A\r\n\r\n[b](b.md)\r\n')
    folder.write('b.md', 'first')
    folder.load()
    folder.write('b.md', 'second')
    assert folder.load() == {'a.md': UNCHANGED, 'b.md': CHANGED}
    assert content('b') == 'second'
    assert Page.at('a').revisions.count() == 1


def test_a_new_file_changes_those_that_link_to_it(site, folder):
    folder.write('a.md', '[b](b.md)')
    folder.load()
    folder.write('b.md', 'now it is here')
    assert folder.load() == {'a.md': CHANGED, 'b.md': CREATED}
    assert content('a') == '[b](/docs/b)'


def test_an_edit_made_in_the_wiki_stays(site, folder):
    folder.write('a.md', 'from the file')
    folder.load()
    site.page('a', 'edited in the wiki', title='a')
    assert folder.load() == {'a.md': UNCHANGED}
    folder.write('a.md', 'edited in the file')
    assert 'edited in the wiki' in folder.load()['a.md']
    assert content('a') == 'edited in the wiki'


def test_a_page_that_no_import_wrote_stays(site, folder):
    site.page('a', 'written by hand', title='a')
    folder.write('A.md', 'from a file')
    assert 'by hand' in folder.load()['A.md']
    assert content('a') == 'written by hand'


def test_a_comment_like_that_of_an_import_does_not_give_a_page_away(site, folder):
    folder.write('a.md', 'from a file')
    folder.load()
    site.page('a', 'written by hand', title='a', comment='Imported from a.md')
    folder.write('a.md', 'from the file, changed')
    assert 'by hand' in folder.load()['a.md']
    assert content('a') == 'written by hand'


def test_an_import_that_dies_while_it_notes_what_it_wrote_has_written_nothing(site, folder, monkeypatch):
    folder.write('a.md', 'from a file')

    def dies(**row):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Imported, 'replace', dies)
        with pytest.raises(KeyboardInterrupt):
            folder.load()
    assert not Page.select().exists()
    assert folder.load() == {'a.md': CREATED}


@pytest.mark.parametrize('name, text, words', [
    ('latin.md', 'Käse'.encode('latin-1'), r'not UTF-8 text \(byte 2\)'),
    ('utf16.md', 'Käse'.encode('utf-16'), 'not UTF-8'),
    ('large.md', b'a' * (CONTENT_LIMIT + 1), 'larger than'),
    ('null.md', b'a\0b', 'NUL'),
    ('a$b.md', b'x', 'name'), ('..md', b'x', 'name'), ('a\nb?.md', b'x', 'name'),
    (os.fsdecode(b'\xff.md'), b'x', 'name'),
    ('/'.join('abcdefghijklm') + '.md', b'x', 'at most 12 parts'),
    ('index.md', b'x', 'same page as Home.md'),
    ('dotted/\u2024.md', b'x', 'name'),
    ('deep.md', b'> ' * 2000, 'levels'),
])
def test_a_broken_file_is_listed_and_stops_nothing(site, folder, name, text, words):
    folder.write('Home.md', 'good')
    folder.write(name, text)
    folder.write('z.md', 'good')
    outcome = folder.load()
    assert (outcome.pop('Home.md'), outcome.pop('z.md')) == (CREATED, CREATED)
    assert list(outcome) == [name]
    assert re.search(words, outcome[name])


def test_links_lead_nowhere_else(site, folder, tmp_path):
    secret = tmp_path / 'secret.md'
    secret.write_text('secret')
    folder.write('inside.md', 'x')
    (folder.root / 'out.md').symlink_to(secret)
    (folder.root / 'gone.md').symlink_to(tmp_path / 'nothing')
    (folder.root / 'loop').symlink_to(folder.root, target_is_directory=True)
    outcome = folder.load()
    assert outcome.pop('inside.md') == CREATED
    assert sorted(outcome) == ['gone.md', 'loop', 'out.md']
    assert all('link' in reason or 'no file' in reason for reason in outcome.values())


def test_what_is_no_plain_file_is_not_opened(site, folder):
    os.mkfifo(folder.root / 'pipe.md')      # reading it would wait for ever
    assert 'no file' in folder.load()['pipe.md']


def test_other_files_and_the_folders_of_tools_are_not_looked_at(site, folder):
    for name in ('.git/a.md', 'picture.png', 'README', 'notes.txt'):
        folder.write(name, 'x')
    assert folder.load() == {}


def test_of_two_files_for_one_page_the_same_one_always_wins(site, folder):
    for name in ('guide/README.md', 'guide/index.md', 'guide.md', 'Guide.md'):
        folder.write(name, name)
    assert [name for name, outcome in folder.load().items() if outcome == CREATED] == ['Guide.md']


def test_progress_is_plain_lines_where_there_is_no_terminal():
    stream = io.StringIO()
    assert list(progress.shown('abc', 3, 'pages', stream)) == ['a', 'b', 'c']
    assert stream.getvalue().startswith('3 of 3 pages, ') and stream.getvalue().endswith(' 0 s left\n')


def test_progress_is_a_bar_on_a_terminal():
    stream = io.StringIO()
    stream.isatty = lambda: True
    assert list(progress.shown('abc', 3, 'pages', stream)) == ['a', 'b', 'c']
    assert '3/3' in stream.getvalue() and '0:00:00' in stream.getvalue()
