"""Paths, and times in words."""
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


@pytest.mark.parametrize('seconds, words', [
    (1, '1 minute'), (60, '1 minute'), (61, '2 minutes'), (900, '15 minutes')])
def test_a_time_to_wait_is_rounded_up(seconds, words):
    assert text.minutes(seconds) == words
