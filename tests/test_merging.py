"""Two edits of one text: what is merged, what is a conflict, and that no line is lost in either case."""
import random
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuma_lite.wiki.merging import Version, merge, merge_tags, merge_texts

BASE = 'a\nb\nc\nd\ne\n'


@pytest.mark.parametrize('mine, theirs, merged', [
    ('A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n', 'A\nb\nc\nd\nE\n'),
    ('x\na\nb\nc\nd\ne\n', 'a\nb\nc\nd\ne\ny\n', 'x\na\nb\nc\nd\ne\ny\n'),
    ('b\nc\nd\ne\n', 'a\nb\nc\n', 'b\nc\n'),
    ('a\nb\nC\nd\ne\n', 'a\nb\nC\nd\ne\n', 'a\nb\nC\nd\ne\n'),
    ('a\nb\nc\nd\ne', 'A\nb\nc\nd\ne\n', 'A\nb\nc\nd\ne'),
    (BASE, '', ''), ('', BASE, '')])
def test_what_is_merged(mine, theirs, merged):
    assert merge_texts(BASE, mine, theirs) == (merged, [])


@pytest.mark.parametrize('mine, theirs, part', [
    ('a\nb\nMINE\nd\ne\n', 'a\nb\nTHEIRS\nd\ne\n', ('c', 'MINE', 'THEIRS')),
    ('a\nb\nd\ne\n', 'a\nb\nTHEIRS\nd\ne\n', ('c', '', 'THEIRS')),
    (f'{BASE}mine', f'{BASE}theirs', ('', 'mine', 'theirs')),
    ('a\nB\nc\nd\ne\n', 'a\nb\nC\nd\ne\n', ('b\nc', 'B\nc', 'b\nC'))])
def test_what_is_a_conflict_holds_mine(mine, theirs, part):
    merged, parts = merge_texts(BASE, mine, theirs)
    assert (merged, list(map(tuple, parts))) == (mine, [part])


LINES = st.lists(st.sampled_from(['', 'a', 'b', 'c', '<<<<<<< a', '=======', 'd ', 'e\r']), max_size=12)
TEXTS = LINES.map('\n'.join)


@given(TEXTS, TEXTS)
def test_one_side_alone_is_taken_as_it_is(base, other):
    assert merge_texts(base, other, base) == merge_texts(base, base, other) == (other, [])
    assert merge_texts(base, other, other) == (other, [])


def new_lines(base, text):
    return Counter(text.split('\n')) - Counter(base.split('\n'))


@given(TEXTS, TEXTS, TEXTS)
def test_every_line_that_was_typed_is_in_the_text_or_shown(base, mine, theirs):
    merged, parts = merge_texts(base, mine, theirs)
    shown = Counter(merged.split('\n')) + Counter('\n'.join(part.theirs for part in parts).split('\n'))
    assert new_lines(base, mine).keys() <= Counter(merged.split('\n')).keys()
    assert new_lines(base, theirs).keys() <= shown.keys()
    assert set(merged.split('\n')) <= set('\n'.join([base, mine, theirs]).split('\n')), 'nothing is added'


@given(TEXTS, TEXTS, TEXTS)
def test_who_comes_first_does_not_matter(base, mine, theirs):
    merged, parts = merge_texts(base, mine, theirs)
    turned, turned_parts = merge_texts(base, theirs, mine)
    assert [(before, mine, theirs) for before, theirs, mine in turned_parts] == list(map(tuple, parts))
    assert parts or merged == turned


@given(st.lists(st.integers(), unique=True, min_size=3, max_size=30), st.data())
def test_changes_with_a_line_between_them_are_merged(numbers, data):
    lines = [str(number) for number in numbers]
    place = data.draw(st.integers(1, len(lines) - 2))
    mine, theirs, both = lines.copy(), lines.copy(), lines.copy()
    mine[:place], theirs[place + 1:] = ['mine'], ['theirs']
    both = ['mine', lines[place], 'theirs']
    assert merge_texts(*map('\n'.join, (lines, mine, theirs))) == ('\n'.join(both), [])


def test_titles_and_tags_are_merged_field_by_field():
    base = Version('Tea', BASE, ('hot', 'drink'))
    mine = base._replace(tags=('drink', 'mine'))
    theirs = Version('Teas', f'{BASE}f\n', ('hot', 'drink', 'theirs'))
    merged = merge(base, mine, theirs)
    assert merged.is_clean and merged.version == Version('Teas', f'{BASE}f\n', ('drink', 'mine', 'theirs'))
    torn = merge(base, mine._replace(title='My tea'), theirs)
    assert torn.titles_differ and torn.version.title == 'My tea' and not torn.parts


TAGS = st.lists(st.sampled_from('abcdef'), unique=True).map(tuple)


@given(TAGS, TAGS, TAGS)
def test_tags_that_either_adds_stay_and_that_either_removes_go(base, mine, theirs):
    merged = set(merge_tags(base, mine, theirs))
    assert merged == (set(mine) & set(theirs)) | (set(mine) ^ set(theirs)) - set(base)


def unrelated(seed, size=300_000):
    chosen = random.Random(seed)
    lines = []
    while size > 0:
        lines.append(' '.join(f'w{chosen.randrange(2000)}' for _ in range(chosen.randrange(1, 12))))
        size -= len(lines[-1]) + 1
    return '\n'.join(lines)


@pytest.mark.parametrize('texts', [
    [unrelated(1), unrelated(2), unrelated(3)], ['a\n' * 90_000, 'b\n' * 90_000, 'a\nb\n' * 45_000],
    ['x' * 900_000, 'x' * 900_001, 'y' + 'x' * 900_000]], ids=['unrelated', 'few words', 'one line'])
def test_large_texts_take_no_time_and_lose_nothing(texts):
    started = time.process_time()
    merged, parts = merge_texts(*texts)
    assert time.process_time() - started < 2
    shown = {*merged.split('\n'), *(line for part in parts for line in part.theirs.split('\n'))}
    assert parts and shown >= {*texts[1].split('\n'), *texts[2].split('\n')}
