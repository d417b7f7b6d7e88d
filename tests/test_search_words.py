"""What a word is: folding, pairs of letters, what was typed, and what is shown of a text."""
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kuma_lite.search import queries, snippets, words

TEXTS = st.text(alphabet=st.characters(max_codepoint=0xffff)) | st.text('ab -"“명령ßé\0*:^()')


@pytest.mark.parametrize('written, folded', [
    ('Größe', 'grosse'), ('ＧＩＴ', 'git'), ('ﬁne', 'fine'), ('Crème', 'creme'), ('İzmir', 'izmir'),
    ('ΣΊΣΥΦΟΣ', 'σισυφοσ'), ('명령', '명령'), ('ｶﾞ', 'ガ'), ('Wörter\u00adbuch', 'worterbuch'),
    ('كِتَاب', 'كتاب'),
    ('हिन्दी', 'हिन्दी'),
])
def test_what_does_not_count_is_gone(written, folded):
    assert words.fold(written) == folded


@settings(deadline=None)      # a busy machine may take long for one of them
@given(TEXTS)
def test_folding_twice_changes_nothing(text):
    assert words.fold(words.fold(text)) == words.fold(text)


@pytest.mark.parametrize('text, tokens', [
    ('List all_files: C++!', ['list', 'all', 'files', 'c']),
    ('명령어를 git', ['명령', '령어', '어를', '를', 'git']),
    ('git명령', ['git', '명령', '령']),
    ('色', ['色']), ('東京タワー', ['東京', '京タ', 'タワ', 'ワー', 'ー']),
    ('¶tea', ['tea']), ('हिन्दी भाषा।', ['हिन्दी', 'भाषा']), ('“”…😀\0', []), ('a' * 100, ['a' * 64]),
])
def test_a_text_is_cut_into_tokens(text, tokens):
    assert words.tokens(text) == tokens


@settings(deadline=None)
@given(st.text('명령어목록가나', min_size=1), st.data())
def test_any_part_of_a_run_is_found_in_it(run, data):
    start = data.draw(st.integers(0, len(run) - 1))
    part = run[start:data.draw(st.integers(start + 1, len(run)))]
    sought, there = words.tokens_sought(part), words.tokens(run)
    places = range(len(there) - len(sought) + 1)
    assert any(there[at:at + len(sought) - 1] == sought[:-1]
               and there[at + len(sought) - 1].startswith(sought[-1]) for at in places)


@pytest.mark.parametrize('html, text', [
    ('<p>p<b>ag</b>e</p><ul><li>one</li><li>two</li></ul>', 'page one two'),
    ('<td>a</td><td>b</td>a<br>b &lt;b&gt; &amp;amp;', 'a b a b <b> &amp;'),
    ('<a title="a > b" href="/x">x</a>', 'x'),
])
def test_the_text_that_readers_see(html, text):
    assert words.plain(html) == text


@pytest.mark.parametrize('typed, terms, without', [
    ('git add', ['git', 'add'], []), ('"git add" -commit', ['git add'], ['commit']),
    ('tar --exclude -l', ['tar', '--exclude', '-l'], []), ('a -"b c" “d e”', ['a', 'd e'], ['b c']),
    ('foo-bar', ['foo-bar'], []), ('"open end', ['open end'], []), ('* ( ) - "" ^', [], []),
    ('-색', [], ['색']),
])
def test_what_was_typed(typed, terms, without):
    query = queries.parse(typed)
    assert ([term.text for term in query.terms], [term.text for term in query.without]) == (terms, without)


def test_of_a_long_search_the_beginning_counts():
    query = queries.parse('word ' * 10_000)
    assert query.is_cut and len(query.terms) == queries.MOST
    assert queries.parse('명' * 100_000).is_cut


@pytest.mark.parametrize('word, meant', [('gti', 'git'), ('mardkown', 'markdown'), ('dockr', 'docker'),
                                         ('приевт', 'привет'), ('tarr', 'tar'), ('tr', 'tar')])
def test_slips_of_the_finger(word, meant):
    assert meant in words.slips(word)


def marked(text, typed, inside=False):
    marker = snippets.Marker(queries.parse(typed).terms, inside)
    return ''.join(f'[{piece}]' if is_marked else piece for is_marked, piece in marker.snippet(text))


@pytest.mark.parametrize('text, typed, shown', [
    ('Größe und größer', 'GROSSE', 'Größe und größer'),        # ß is two letters: it is found, but not marked
    ('Crème brûlée', 'creme', '[Crème] brûlée'), ('Cre\u0300me', 'creme', '[Crème]'),
    ('the page of pages', 'page', 'the [page] of [page]s'), ('a cat and a c', 'c', 'a cat and a [c]'),
    ('git-add, then git  add', '"git add"', '[git-add], then [git  add]'), ('pages', '"page"', 'pages'),
    ('이 명령어를', '명령', '이 [명령]어를'), ('<b>&amp; x', 'amp', '<b>&[amp]; x'), ('', 'x', ''),
])
def test_words_are_marked(text, typed, shown):
    assert marked(text, typed) == shown


def test_parts_inside_of_words_are_marked_when_they_were_sought():
    assert marked('use markdown', 'arkdow', inside=True) == 'use m[arkdow]n'


def test_the_piece_with_most_of_the_words_is_shown():
    text = 'tea ' + 'x ' * 500 + 'black tea with milk ' + 'y ' * 500
    shown = marked(text, 'tea milk black')
    assert '[black] [tea] with [milk]' in shown and shown.startswith('… ') and shown.endswith(' …')
    assert len(shown) < 250


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_snippet_is_a_piece_of_the_text(text, typed):
    terms = queries.parse(typed).terms
    pieces = snippets.Marker(terms).marked(text)
    assert ''.join(piece for _, piece in pieces) == text
    snippets.Marker(terms, inside=True).snippet(text)
