"""Paths, differences and times in words."""
import difflib
import random
import time
import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuma_lite import text

NOON = 1_795_089_600.0      # 2026-11-19 12:00:00 UTC
ODD = st.sampled_from('aAß /_.．／℀ﬁİıſΣςǺ＄？❤\ufe0f\u0345\u1e9e\ufdfa')
ANY_PATH = st.text(st.one_of(st.characters(), ODD), max_size=40)
PLAIN_PATH = st.text('abcÄöÅΣς김치éñ /_ﬁ', min_size=1, max_size=30)


def key(path):
    """The key, or None for what is no path."""
    try:
        return text.path_key(path)
    except ValueError as refusal:
        assert str(refusal).endswith('.')
        return None


@pytest.mark.parametrize('given_, kept', [
    ('A b/C', 'A_b/C'), (' A  _ b ', 'A_b'), ('/a//b/', 'a/b'), ('a / b', 'a/b'), ('a\u00a0b', 'a_b'),
    ('__init__', 'init'), ('Cafe\u0301', 'Café'), ('김치', '김치'), ('❤\ufe0f', '❤\ufe0f'), ('C++', 'C++'),
    ('100%', '100%'), ('...', '...'),
])
def test_a_path_is_kept_like_this(given_, kept):
    assert text.normalize_path(given_) == kept


@pytest.mark.parametrize('path', [
    '', ' ', '/', '_', '.', '..', 'a/../b', '．', '．．/a', 'a／b', '℀', 'a$edit', 'a?', 'a#b', 'a\\b', '<a>',
    '"a"', 'a＄edit', 'a\n', 'a\tb', 'a\0', 'a\x7f', 'a\u200bb', 'a\u202eb', 'a\u2066b', 'a\ufeff',
    '\ud800', 'a\u3164b', '\u2800', 'a\ue000', 'a\ufffd', 'x' * 101, 'x/' * 12 + 'x',
    '/'.join(['x' * 60] * 5), '\ufdfa' * 10, ' ' * 100_000, 'x' * 1_000_000,
])
def test_what_is_no_path_is_refused(path):
    assert key(path) is None


@pytest.mark.parametrize('one, other', [
    ('Tea', 'TEA'), ('Straße', 'STRASSE'), ('ﬁn', 'FIN'), ('Å', 'A\u030a'), ('Ｔｅａ', 'tea'),
    ('❤', '❤\ufe0f'),
    ('ΣΟΦΟΣ', 'σοφος'),
    ('a b', 'A_B'), ('a＿b', 'a_b'), ('²', '2'),
])
def test_spellings_of_one_page_have_one_key(one, other):
    assert key(one) == key(other)


def test_letters_that_only_look_alike_have_two_keys():
    assert key('Pie') != key('Рie')


@given(ANY_PATH)
def test_a_path_that_is_kept_stays_as_it_is(path):
    if key(path):
        kept = text.normalize_path(path)
        assert text.normalize_path(kept) == kept
        assert key(kept) == key(path)


@given(ANY_PATH)
def test_a_key_is_a_path_and_its_own_key(path):
    folded = key(path)
    if folded:
        assert key(folded) == folded == text.normalize_path(folded)
        assert folded.count('/') == text.normalize_path(path).count('/')


@given(PLAIN_PATH)
def test_case_blanks_and_forms_make_no_other_page(path):
    wanted = key(path)
    forms = [partial(unicodedata.normalize, form) for form in ('NFC', 'NFD', 'NFKC', 'NFKD')]
    blanks = [lambda path: path.replace(' ', '__')]
    for change in [str.upper, str.lower, str.title, str.casefold, *blanks, *forms]:
        assert key(change(path)) == wanted


def test_the_title_is_the_last_part():
    assert text.title_from_path('A_b/First_steps') == 'First steps'


def test_a_difference_is_shown_as_a_unified_diff():
    old, new = list('abcdefghi'), list('abcdxfghij')
    wanted = list(difflib.unified_diff(old, new, 'old', 'new', lineterm=''))
    assert text.unified_diff('\n'.join(old), '\n'.join(new), 'old', 'new') == wanted


def test_equal_texts_have_no_difference():
    assert text.unified_diff('a\nb', 'a\nb', 'old', 'new') == []


def marked(old, new):
    """The two sides of a difference of one line, with brackets around the words that changed."""
    lines = text.changed_words(text.unified_diff(old, new, 'old', 'new')[3:])
    return [''.join(f'[{piece}]' if changed else piece for changed, piece in line) for line in lines]


@pytest.mark.parametrize('old, new, removed, added', [
    ('A small red cup.', 'A small blue cup.', '-A small [red] cup.', '+A small [blue] cup.'),
    ('Two', 'Two and a half', '-Two', '+Two[ and a half]'),
    ('Hot tea', 'Cold, sweet water', '-Hot tea', '+Cold, sweet water'),
    ('', 'x', '-', '+x'),
])
def test_words_that_changed_are_marked_where_the_rest_is_the_same(old, new, removed, added):
    assert marked(old, new) == [removed, added]


def test_lines_without_a_partner_are_not_marked():
    assert marked('one cup\nanother', 'one pot') == ['-one [cup]', '-another', '+one [pot]']
    assert marked('a\nb', 'a\nb\nc') == [' a', ' b', '+c']


@pytest.mark.parametrize('place', [0, 1_000, 3_000, 400_000])
def test_of_a_long_line_that_part_is_shown_which_changed(place):
    old, new = ('same ' * place + word + ' also' * place for word in ('before', 'after'))
    removed, added = text.unified_diff(old, new, 'old', 'new')[3:]
    assert 'before' in removed and 'after' in added
    assert max(len(removed), len(added)) <= text.MAX_DIFF_LINE + 3


def test_comparing_words_does_not_take_long():
    words = random.Random(3).choices('abcdefghij', k=4_000_000)
    lines = [' '.join(words[start:start + 800]) for start in range(0, len(words), 800)]
    diff = [f'-{line}' for line in lines[::2]] + [f'+{line}' for line in lines[1::2]]
    start = time.thread_time()
    text.changed_words(diff)
    assert time.thread_time() - start < 2


LINES = st.lists(st.sampled_from('abcd'), max_size=12).map('\n'.join)


@given(LINES, LINES)
def test_both_texts_can_be_read_from_their_difference(old, new):
    lines = text.unified_diff(old, new, 'old', 'new', context=99)[3:]
    if lines:
        assert '\n'.join(line[1:] for line in lines if line[0] in ' -') == old
        assert '\n'.join(line[1:] for line in lines if line[0] in ' +') == new
    else:
        assert old == new


def shuffled(seed):
    return '\n'.join(random.Random(seed).choices('ab', k=400_000))


@pytest.mark.parametrize('old, new', [
    ('\n' * 900_000, '\n' * 800_000 + 'x'),
    ('a' * 1_000_000, 'b' * 1_000_000),
    ('\n'.join(map(str, range(100_000))), '\n'.join(map(str, range(100_000, 0, -1)))),
    ('ab\n' * 300_000, 'ba\n' * 300_000),
    (shuffled(1), shuffled(2)),
], ids=['blank lines', 'one line', 'reversed', 'all changed', 'two lines shuffled'])
def test_no_difference_takes_long(old, new):
    start = time.thread_time()
    lines = text.unified_diff(old, new, 'old', 'new')
    assert time.thread_time() - start < 2
    assert lines and len(lines) < text.MAX_DIFF_LINES + 5 and max(map(len, lines)) < text.MAX_DIFF_LINE + 5


@pytest.mark.parametrize('seconds, words', [
    (0, 'just now'), (59, 'just now'), (60, '1 minute ago'), (239, '3 minutes ago'), (3600, '1 hour ago'),
    (86_400 * 2, '2 days ago'), (86_400 * 45, '1 month ago'), (86_400 * 800, '2 years ago'),
    (-30, 'in a moment'), (-7200, 'in 2 hours'),
])
def test_how_long_ago(seconds, words):
    assert text.ago(NOON - seconds, NOON) == words


def test_exact_times():
    assert text.exact(NOON, 'UTC') == '2026-11-19 12:00:00 UTC'
    assert text.exact(NOON, 'Europe/Berlin') == '2026-11-19 13:00:00 CET'
    assert text.iso(NOON) == '2026-11-19T12:00:00Z'
