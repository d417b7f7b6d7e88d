"""What SECURITY.md says about each item of the ASVS and each mistake of another wiki: one row for each, and
tests and places that exist."""
import functools
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / 'SECURITY.md').read_text('utf-8')
KINDS = ('tested', 'docs', 'in part', 'not met', 'does not apply')

# Of OWASP ASVS 5.0.0, levels 1 and 2, those that can apply to a wiki.
ITEMS = '''
1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.3.3 1.3.4 1.3.5 1.3.6 1.3.7 1.3.10 1.3.11 1.5.1
1.5.2 2.1.3 2.2.1 2.2.2 2.3.1 2.3.2 2.3.3 2.4.1 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3
3.4.4 3.4.5 3.4.6 3.5.1 3.5.2 3.5.3 3.7.2 4.1.1 4.1.3 4.2.1 5.1.1 5.2.1 5.2.2 5.2.3 5.3.1 5.3.2 5.4.1
5.4.2 6.1.1 6.1.2 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11 6.2.12 6.3.1 6.3.2
6.3.4 6.4.1 6.4.2 6.4.3 6.5.1 6.5.3 6.5.5 7.1.1 7.1.2 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2
7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 8.1.1 8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 11.2.1 11.2.3 11.4.1 11.4.2 11.5.1
13.1.1 13.2.2 13.2.3 13.2.4 13.3.1 13.3.2 13.4.1 13.4.2 13.4.3 13.4.4 13.4.5 14.2.1 14.2.2 14.2.3 14.3.1
14.3.2 15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.2.3 15.3.1 15.3.2 15.3.3 15.3.4 15.3.5 15.3.7 16.1.1 16.2.1
16.2.2 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.5.1 16.5.2 16.5.3
'''.split()
# Of public lists of holes; those of MediaWiki and DokuWiki by their own numbers.
MISTAKES = '''
CVE-2026-0798 CVE-2026-20800 CVE-2026-109844 CVE-2026-59766 CVE-2026-97626 CVE-2026-110324 CVE-2026-67577
CVE-2026-68964 CVE-2026-20706 CVE-2026-56654 CVE-2026-56443 CVE-2026-70406 CVE-2026-78433 CVE-2026-20912
CVE-2026-20736 GO-2026-6036 GO-2026-6033 GO-2026-6032 GO-2026-6028 CVE-2026-22874 CVE-2026-21885
CVE-2023-27591 CVE-2023-27592 CVE-2026-40105 CVE-2023-48241 CVE-2021-32732 CVE-2022-36100 CVE-2025-23025
CVE-2020-26211 CVE-2021-25993 GHSA-4893-pj5w-3hq9 CVE-2020-15275 CVE-2020-25074 CVE-2012-6080
CVE-2016-7146 dokuwiki#4267 CVE-2014-9253 MediaWiki_T151735 MediaWiki_T109140 MediaWiki_T150044
MediaWiki_T108138 MediaWiki_T125177
'''
MISTAKES = [known.replace('_', ' ') for known in MISTAKES.split()]


@functools.cache
def rows(heading):
    """[[cell, …], …] of the table below a heading of SECURITY.md."""
    part = TEXT.partition(f'\n## {heading}\n')[2].partition('\n## ')[0]
    table = [line.strip('|').split(' | ') for line in part.splitlines() if line.startswith('| ')]
    return [[cell.strip() for cell in row] for row in table[1:]]


def hows():
    return [(row[0], row[-1]) for heading in ('The ASVS, item by item', 'Mistakes that other wikis made')
            for row in rows(heading)]


@functools.cache
def names_in(file, pattern):
    path = ROOT / file
    return set(re.findall(pattern, path.read_text('utf-8'), re.M)) if path.is_file() else set()


def test_each_item_has_one_row():
    assert [row[0] for row in rows('The ASVS, item by item')] == ITEMS and len(set(ITEMS)) == 142
    assert [row[0] for row in rows('Mistakes that other wikis made')] == MISTAKES
    assert all(len(row) == 4 and row[1] in '12' for row in rows('The ASVS, item by item'))


@pytest.mark.parametrize('kind', KINDS)
def test_each_row_says_how(kind):
    for item, how in hows():
        found, _, rest = how.partition(': ')
        assert found in KINDS and rest, item
        if found == kind:
            assert bool(named(how)) == (kind in ('tested', 'in part')) or kind == 'does not apply', item
            assert bool(places(how)) or kind != 'docs', item
            assert ('; not met: ' in how) == (kind == 'in part'), item


def test_every_named_test_exists():
    missing = {(item, file, name) for item, how in hows() for file, name in named(how)
               if name not in names_in(file, r'^def (test_\w+)\(')}
    assert not missing


def test_every_named_place_exists():
    found = {place for _, how in hows() for place in places(how)}
    assert found and not {(file, heading) for file, heading in found
                          if heading not in names_in(file, '^#+ (.+)$')}


def test_the_numbers_are_right():
    count = Counter(how.partition(':')[0] for _, how in hows()[:len(ITEMS)])
    said = ('{tested} are tested, {docs} are documented, {in part} hold in part, {not met} are not met, '
            '{does not apply} does not apply.').format(**count)
    assert said in TEXT and sum(count.values()) == len(ITEMS)


def named(how):
    return re.findall(r'`(tests/[\w/]+\.py)::(test_\w+)`', how)


def places(how):
    return re.findall(r'([\w/]+\.md), “([^”]+)”', how)
