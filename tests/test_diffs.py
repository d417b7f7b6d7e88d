"""Differences of two texts: what is matched, marked, moved, folded and left out, and how long that takes."""
import difflib
import random
import time
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kuma_lite import diffs
from kuma_lite.diffs import moves, plain, sides, words

ODD_TEXT = st.text(st.one_of(st.characters(), st.sampled_from(' \t\r\n\n\n\x0b\x0c\x85\u2028abc김日\u0301')))
LINES = st.lists(st.sampled_from(['a', 'b', 'a b', 'a  b', '', ' ', 'One two', 'Two three']), max_size=14)
TWO_LIKE = LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines)))
TEXTS = st.one_of(st.tuples(ODD_TEXT, ODD_TEXT),
                  st.one_of(TWO_LIKE, st.tuples(LINES, LINES)).map(lambda two: tuple(map('\n'.join, two))))


def said(line):
    """A line with brackets around the words that changed."""
    return ''.join(f'[{text}]' if changed else text for changed, text in line.pieces)


def shown(old, new, **options):
    """All rows, those in folds too."""
    return [row for stretch in diffs.compare(old, new, **options).stretches for row in stretch.rows]


def rows(old, new, **options):
    """The rows that are not the same on both sides, as ([old lines], [new lines])."""
    return [([said(line) for line in row.old], [said(line) for line in row.new])
            for row in shown(old, new, **options) if not row.same]


def numbered(count, word='Line'):
    return [f'{word} {number}' for number in range(count)]


def test_lines_and_words_that_changed_are_found():
    assert rows('# Tea\n\nA small red cup.\nEnd', '# Tea\n\nNew!\nA small blue cup.\nEnd') == [
        ([], ['New!']), (['A small [red] cup.'], ['A small [blue] cup.'])]


@pytest.mark.parametrize('old, new, removed, added', [
    ('Two', 'Two and a half', 'Two', 'Two[ and a half]'),
    ('Hot tea', 'Cold, sweet water', 'Hot tea', 'Cold, sweet water'),
    ('', 'x', '', 'x'),
    ('one red old cup', 'one blue new cup', 'one [red old] cup', 'one [blue new] cup'),
    ('日本語のテキスト', '日本語テキスト', '日本語[の]テキスト', '日本語テキスト'),
    ('김치를 먹다', '김치를 먹었다', '김치를 [먹다]', '김치를 [먹었다]'),
    ('one cup', 'one\u200b cup', 'one cup', 'one[\\u200b] cup'),
    ('a b', 'a\tb', 'a[·]b', 'a[→]b'),
    ('a b\r', 'a b', 'a b[␍]', 'a b'),
])
def test_words_that_changed_are_marked_and_can_be_seen(old, new, removed, added):
    assert rows(old, new) == [([removed], [added])]


def test_a_line_stands_beside_what_became_of_it():
    old = 'Pour the water.\nWait for a while.'
    new = 'Boil it!\nPour the hot water.\nStir?\nWait for a minute.'
    assert rows(old, new) == [([], ['Boil it!']), (['Pour the water.'], ['Pour the [hot ]water.']),
                              ([], ['Stir?']), (['Wait for a [while].'], ['Wait for a [minute].'])]


def test_unified_all_removed_lines_come_before_all_added_ones():
    assert rows('red cup\nold pot', 'red glass\nold pan', unified=True) == [
        (['red [cup]', 'old [pot]'], ['red [glass]', 'old [pan]'])]


@pytest.mark.parametrize('old, new', [
    ('One  two\nthree', 'One two\n\nthree '), ('a\r\nb', 'a\nb'), ('a\n', 'a'),
    ('a\n' * 9_000, 'a\r\n' * 9_000),
])
def test_a_change_of_spaces_alone_is_told(old, new):
    assert diffs.compare(old, new).kind == 'spaces'


def test_a_line_of_which_only_spaces_changed_is_told():
    assert [row.new[0].spaced for row in shown('a  b\nred cup', 'a b\nblue cup')] == [True, False]


def test_equal_texts_are_the_same():
    found = diffs.compare('a\nb', 'a\nb')
    assert (found.kind, found.stretches, found.removed, found.added) == ('same', [], 0, 0)


BLOCK = ['## Milk', '', 'Cold milk.', 'Warm milk.']


def moved(old, new):
    """{number: number} of the lines that moved, by both sides."""
    found = shown('\n'.join(old), '\n'.join(new))
    lines = [[line for row in found for line in row[side] if line.moved] for side in (0, 1)]
    return [{line.number: line.moved for line in side} for side in lines]


def test_a_block_that_moved_is_known_on_both_sides():
    rest = numbered(10)
    away, here = moved(BLOCK + rest, rest + BLOCK)
    assert away == {1: 11, 2: 12, 3: 13, 4: 14} and here == {11: 1, 12: 2, 13: 3, 14: 4}
    found = shown('\n'.join(BLOCK + rest), '\n'.join(rest + BLOCK))
    assert [line.number for row in found for line in row.old if line.leads] == [1]


@pytest.mark.parametrize('block', [BLOCK[:2], ['', '', '', ''], ['}', '---', '* *', 'Cold milk.']])
def test_a_few_lines_that_moved_may_be_chance(block):
    assert moved(block + numbered(10), numbered(10) + block) == [{}, {}]


def test_unchanged_lines_are_folded():
    old = numbered(100)
    found = diffs.compare('\n'.join(old), '\n'.join([*old[:50], 'New', *old[51:]]))
    assert [(stretch.folded, len(stretch.rows)) for stretch in found.stretches] == [
        (47, 47), (0, 3), (0, 1), (0, 3), (46, 46)]


def test_very_many_unchanged_lines_cannot_be_unfolded():
    old = numbered(5_000)
    found = diffs.compare('\n'.join(old), '\n'.join([*old[:1_000], 'New', *old[1_000:]]))
    assert [(stretch.folded, len(stretch.rows)) for stretch in found.stretches][0] == (997, 997)
    assert found.stretches[-1] == sides.Stretch(3_997, [])


def test_texts_that_have_little_in_common_are_too_different():
    old, new = '\n'.join(numbered(2_000)), '\n'.join(numbered(2_000, 'Other'))
    found = diffs.compare(old, new)
    assert (found.kind, found.stretches) == ('too different', [])
    assert (found.old, found.new) == ((2_000, len(old)), (2_000, len(new)))


@pytest.mark.parametrize('place', [1, 1_000, 3_000, 100_000])
def test_of_a_long_line_that_part_is_shown_which_changed(place):
    [[[removed], [added]]] = rows(*('same ' * place + word + ' also' * place for word in ('before', 'after')))
    assert '[before]' in removed and '[after]' in added
    assert max(len(removed), len(added)) <= words.MAX_LINE + 10


def test_of_a_long_line_all_changes_are_shown():
    old = [f'word{number}' for number in range(5_000)]
    new = [f'new{word}' if word in ('word9', 'word2500', 'word4990') else word for word in old]
    [[removed], [added]] = rows(' '.join(old), ' '.join(new))[0]
    assert [f'[{word}]' in removed for word in ('word9', 'word2500', 'word4990')] == [True] * 3
    assert added.count('[new') == 3 and len(added) < words.MAX_LINE


def of(old, new, found):
    """Both texts as they can be read from the opcodes; equal lines are taken from the old one."""
    before = [line for _, start, stop, _, _ in found for line in old[start:stop]]
    after = [line for tag, i, i_stop, j, j_stop in found
             for line in (old[i:i_stop] if tag == 'equal' else new[j:j_stop])]
    return before, after


@given(TEXTS)
@example(('a', 'a\n'))
@example(('\r', '\n\r'))
def test_a_difference_makes_the_new_text_of_the_old_one(texts):
    old, new = (text.split('\n') for text in texts)
    assert of(old, new, diffs.Matcher(None, old, new).get_opcodes()) == (old, new)


@given(TEXTS, st.booleans())
def test_every_line_is_shown_once(texts, one_above_the_other):
    if texts[0] == texts[1]:
        return
    found = shown(*texts, unified=one_above_the_other)
    for side, text in enumerate(texts):
        lines = [line for row in found for line in row[side]]
        assert [line.number for line in lines] == list(range(1, text.count('\n') + 2))
        for line, wanted in zip(lines, text.split('\n'), strict=True):
            assert any(piece.changed for piece in line.pieces) or said(line) == wanted.replace('\r', '')


@given(ODD_TEXT, ODD_TEXT)
def test_marking_words_keeps_every_letter(old, new):
    assert tuple(''.join(piece.text for piece in line) for line in words.marked(old, new)) == (old, new)


@given(TEXTS)
def test_both_texts_can_be_read_from_the_plain_form(texts):
    old, new = texts
    lines = diffs.unified(old, new, 'old', 'new', context=10_000)[3:]
    if lines:
        assert '\n'.join(line[1:] for line in lines if line[0] in ' -') == old
        assert '\n'.join(line[1:] for line in lines if line[0] in ' +') == new
    else:
        assert old == new


def test_the_plain_form_is_a_unified_diff():
    old, new = list('abcdefghi'), list('abcdxfghij')
    wanted = list(difflib.unified_diff(old, new, 'old', 'new', lineterm=''))
    assert diffs.unified('\n'.join(old), '\n'.join(new), 'old', 'new') == wanted
    assert diffs.unified('a\nb', 'a\nb', 'old', 'new') == []


def shuffled(items, seed=1):
    return random.Random(seed).sample(items, len(items))


def prose(seed, size):
    """Lines of words of a small vocabulary; a fifth of them is empty."""
    choose, vocabulary = random.Random(seed), numbered(999, 'w')
    lines = [' '.join(choose.choices(vocabulary, k=choose.randint(0, 12))) for _ in range(size // 40)]
    return '\n'.join(line if choose.random() < .8 else '' for line in lines)


def letters(seed, count, among='ab'):
    return '\n'.join(random.Random(seed).choices(among, k=count))


HARD = {
    'unrelated': (prose(1, 300_000), prose(2, 300_000)),
    'few changes': (prose(1, 300_000), prose(1, 300_000).replace('w 77 ', 'seventy ')),
    'one line': (prose(1, 1_000_000).replace('\n', ' '), prose(2, 1_000_000).replace('\n', ' ')),
    'one line, few changes': ('same ' * 200_000, 'same ' * 90_000 + 'other ' + 'same ' * 100_000),
    'short lines shuffled': ('\n'.join(numbered(700, '') * 7), '\n'.join(shuffled(numbered(700, '') * 7))),
    'own lines shuffled': ('\n'.join(numbered(5_000)), '\n'.join(shuffled(numbered(5_000)))),
    'two lines shuffled': (letters(1, 400_000), letters(2, 400_000)),
    'as many as are matched': (letters(1, 14_000, 'abcdefgh'), letters(2, 14_000, 'abcdefgh')),
    'blank lines': ('\n' * 900_000, '\n' * 800_000 + 'x'),
    'reversed': ('\n'.join(numbered(100_000, '')), '\n'.join(numbered(100_000, '')[::-1])),
    'all changed': ('ab\n' * 300_000, 'ba\n' * 300_000),
    'signs': ('ś!' * 300_000, '!ś' * 300_000),
    'words of 1,400 lines': tuple('\n'.join(f'{start} {number} ' + 'a b c ' * 99 for number in range(1_400))
                                  for start in ('The', 'One')),
    'blocks shuffled': tuple('\n'.join(f'Line {n} of {block}' for block in blocks for n in range(9))
                             for blocks in (range(150), shuffled(range(150)))),
}


def in_time(function, *arguments):
    start = time.thread_time()
    result = function(*arguments)
    assert time.thread_time() - start < 2
    return result


@pytest.mark.parametrize('name', HARD)
def test_nothing_takes_long(name):
    old, new = HARD[name]
    found = in_time(diffs.compare, old, new)
    lines = in_time(diffs.unified, old, new, 'old', 'new')
    assert found.kind != 'same' and sum(len(stretch.rows) for stretch in found.stretches) < 8_000
    assert lines and len(lines) < plain.MAX_LINES + 5 and max(map(len, lines)) < plain.MAX_LINE + 5


def test_nothing_takes_much_memory():
    """Of what Python knows of, here for 360 KB; rapidfuzz adds MAX_CELLS bits, 25 MB."""
    texts = [text[:180_000] for text in HARD['all changed']]
    tracemalloc.start()
    diffs.compare(*texts)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 30_000_000


def test_a_line_is_not_moved_twice():
    found = moves.moves(BLOCK, BLOCK + BLOCK, range(4), range(8))
    assert found.old == {0: 0, 1: 1, 2: 2, 3: 3} and found.new == {0: 0, 1: 1, 2: 2, 3: 3}
