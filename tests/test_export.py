"""What an export writes, an import reads: the same pages with the same paths, titles, tags and texts."""
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kuma_lite import text
from kuma_lite.deletion import actions as deletion
from kuma_lite.transfer import export, files, front_matter, names
from kuma_lite.transfer.actions import CREATED, UNCHANGED, import_pages
from kuma_lite.transfer.terminal import Refused, export_folder
from kuma_lite.wiki import checks
from kuma_lite.wiki.checks import CONTENT_LIMIT
from kuma_lite.wiki.models import Page


def write(folder):
    export.prepare(folder)
    return list(export.write_pages(folder))


def pages():
    """{path: (title, tags, text)} of the wiki."""
    revisions = {page.path: page.current() for page in Page.select()}
    return {path: (revision.title, revision.tag_names(), revision.content)
            for path, revision in revisions.items()}


def read(folder):
    """The same of a folder, as an import would save it; nothing is left out."""
    sources, broken = files.find(folder)
    assert broken == []
    found = {}
    for source in sources:
        matter = front_matter.split(files.read(source.file))
        draft = checks.draft(source.path, matter.title, matter.content, words=matter.tags)
        found[draft.path] = (draft.title, list(draft.tags), draft.content)
    return found


def test_an_export_is_readable_and_becomes_the_same_wiki(site_in, tmp_path):
    with site_in('inline') as site:
        site.page('Guide/First_steps', '# Begin\n\nLook: [b](../b.md).\n', 'First  steps', words='Tea, "x"')
        site.page('b', '---\ntitle: not this\n---\n', title='b')
        assert write(tmp_path / 'out') == ['Guide/First_steps.md', 'b.md']
        before = pages()
    assert (tmp_path / 'out/Guide/First_steps.md').read_text() == (
        '---\nwiki-path: "Guide/First_steps"\ntitle: "First  steps"\ntags: ["Tea", "\\"x\\""]\n---\n\n'
        '# Begin\n\nLook: [b](../b.md).\n')
    with site_in('inline', 'other') as site:
        sources, _ = files.find(tmp_path / 'out')
        assert {outcome.state for outcome in import_pages(sources)} == {CREATED}
        assert {outcome.state for outcome in import_pages(sources)} == {UNCHANGED}
        site.settle()
        assert pages() == before


def test_a_folder_is_never_called_like_the_file_of_a_page_beside_it(site, tmp_path):
    for path in ('a', 'a.md/b', 'a.MD', 'b.markdown/c'):
        site.page(path)
    before = pages()
    write(tmp_path / 'out')
    assert read(tmp_path / 'out') == before


def test_what_is_in_the_bin_is_not_written(site, tmp_path):
    site.page('Tea')
    site.page('Gone')
    gone = Page.at('Gone')
    deletion.delete(gone.id, gone.current_id, 'no longer needed', site.people.mona)
    assert write(tmp_path / 'out') == ['Tea.md']


def test_the_file_says_which_page_it_is_until_that_line_is_removed(tmp_path):
    file = tmp_path / 'a.md'
    file.write_text('---\nwiki-path: "Guide/Tea"\n---\n\nx')
    assert [source.path for source in files.find(tmp_path, 'Old')[0]] == ['Old/Guide/Tea']
    file.write_text('---\ntitle: "Tea"\n---\n\nx')
    assert [source.path for source in files.find(tmp_path)[0]] == ['a']


def test_the_home_page_and_those_that_an_import_takes_for_one(site, tmp_path):
    for path in ('Home', 'index', 'a/README', 'a'):
        site.page(path)
    before = pages()
    write(tmp_path / 'out')
    assert read(tmp_path / 'out') == before


# Letters of all kinds, what means something in YAML, Markdown and file names, and what cannot be seen.
ODD = ' \t.:;-_#[]{}\'"|*%/\\>&!?,@`~=$ÄßéＡ中한😀\u200d\u0301\u00a0\u2029\ufeff\ufffe\x85\r\n'
WORDS = st.text(st.one_of(st.sampled_from(ODD), st.characters(codec='utf-8')), max_size=40)
PATHS = st.one_of(WORDS, st.sampled_from([
    'con', 'CON.txt', 'a.md', 'a', 'a.md/b', 'a/b', 'index', '.git', 'a.', 'a%3Ab', 'a:b', 'x' * 100,
    '中' * 100, 'LPT1/x', 'Readme/x', 'ß', '*', '中' * 85 + '/' + '文' * 85, 'a/' * 11 + 'b',
    '-', '"', '| a', 'a.']))


def taken(call, *arguments, **named):
    """What the wiki makes of what was typed, or None if it refuses that."""
    try:
        return call(*arguments, **named)
    except ValueError:
        return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(st.tuples(PATHS, WORDS, st.lists(WORDS, max_size=3), WORDS), max_size=6))
def test_whatever_a_wiki_can_hold(typed):
    drafts = [taken(checks.draft, path, title, content, words=','.join(words))
              for path, title, words, content in typed]
    wiki = {draft.key: draft for draft in drafts if draft}
    with tempfile.TemporaryDirectory() as folder:
        for draft in wiki.values():
            file = Path(folder, names.file_of(draft.path))
            file.parent.mkdir(parents=True, exist_ok=True)
            assert not file.exists()
            file.write_bytes(export.as_text(draft.path, draft.title, draft.tags, draft.content).encode())
        assert read(folder) == {draft.path: (draft.title, list(draft.tags), draft.content)
                                for draft in wiki.values()}


@given(PATHS)
def test_a_file_name_is_one_that_every_system_can_hold(path):
    path = taken(text.normalize_path, path)
    for segment in names.file_of(path).split('/') if path else ():
        assert 0 < len(segment.encode()) <= 200
        assert not set('<>:"\\|?*\0') & set(segment) and segment[0] not in '. ' and segment[-1] not in '. '
        assert segment.split('.')[0].lower() not in {'con', 'prn', 'aux', 'nul', 'com1', 'lpt1'}


def test_the_largest_text_fits_and_a_larger_one_does_not(tmp_path):
    for content in ('x' * CONTENT_LIMIT, '\r\n' * 200_000, 'x' * (CONTENT_LIMIT + 1)):
        (tmp_path / 'a.md').write_bytes(export.as_text('a', 'a', ['t' * 50] * 20, content).encode())
        sources, broken = files.find(tmp_path)
        if len(content) > CONTENT_LIMIT:
            assert 'larger than' in broken[0].reason
        else:
            stored = front_matter.split(files.read(sources[0].file)).content
            assert checks.draft('a', 'a', stored).content == content


@pytest.mark.parametrize('content', ['\n\nfirst', '', '\n', '\ufefftext', '\r\n', '\r\r\n', '\r', '---\n'])
def test_not_a_byte_of_a_text_is_lost(content):
    stored = front_matter.split(export.as_text('a', 'a', [], content).replace('\r\n', '\n')).content
    assert checks.draft('a', 'a', stored).content == content


# Where to

def test_a_folder_that_holds_something_is_refused(site, tmp_path):
    site.page('Tea')
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out/.git').mkdir()
    export_folder(tmp_path / 'out')
    with pytest.raises(Refused, match='is not empty'):
        export_folder(tmp_path / 'out')
    with pytest.raises(Refused, match='is no folder'):
        export_folder(tmp_path / 'out/Tea.md')
    with pytest.raises(Refused, match='cannot be written to'):
        export_folder('/proc/nowhere')


def test_how_it_is_told(site, tmp_path, capsys):
    site.page('Tea')
    export_folder(tmp_path / 'out')
    says = f'1 page is in {tmp_path}/out; the command import makes the same of it.\n'
    assert capsys.readouterr().out == says
