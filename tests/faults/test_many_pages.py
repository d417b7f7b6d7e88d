"""Ten times as many pages are not ten times the work: for each view, list and search, SQLite takes about as
many steps as with a tenth of them. Steps are counted, not seconds, so that this is true on any machine."""
import sys
from pathlib import Path

import pytest

from kuma_lite import db
from kuma_lite.accounts.models import Person
from kuma_lite.wiki import recent

sys.path.append(str(Path(__file__).parents[1] / 'benchmarks'))

import many_pages

FEW, MANY, BAR = 500, 5_000, 1.5
EACH = 50           # steps between two looks at the count
LAST = many_pages.path(FEW - 1)
ADDRESSES = {
    'view': f'/docs/{LAST}', 'history': f'/docs/{LAST}$history', 'links': f'/docs/{LAST}$links',
    'edit form': f'/docs/{LAST}$edit', 'children': '/docs/Area_3/Folder_0$children', 'tree': '/all',
    'list': '/all/list', 'list further on': '/all/list?after=area_1', 'person': '/users/edda',
    'recent': '/recent', 'recent below': '/recent?under=Area_3', 'recent of one': '/recent?by=edda',
    'tags': '/tags', 'tag': '/tag/Tag%20002', 'tag further on': '/tag/Tag%20002?after=300',
    'revisions': '/dashboards/revisions', 'search': '/search?q=%22only77%22',
    'feed': '/feeds/atom/all', 'feed of a tag': '/feeds/atom/tag/Tag%20002',
    'feed below': '/feeds/atom/under/Area_3'}


@pytest.fixture
def counted(site_in):
    """A function (size) that gives {what: steps of SQLite} for a signed-in reader of a wiki of that size."""
    def count(size):
        with site_in('inline', f'data{size}') as site:
            with db.atomic():
                many_pages.insert(size, Person.get(name='edda'))
                many_pages.index()
            mona = site.login('mona')
            return {what: steps(mona, address) for what, address in ADDRESSES.items()}
    return count


def steps(browser, address):
    """Those of one answer, after a first one that may find out more."""
    browser.get(address)
    connection, found = db.database.connection(), [0]

    def note():
        found[0] += EACH
        return 0
    connection.progress(note, EACH)
    try:
        browser.get(address)
    finally:
        connection.progress(None, 0)
    return found[0]


def test_ten_times_as_many_pages_cost_no_more(counted, monkeypatch):
    # Where fewer pages have a tag, or stand below a place, all their changes are gathered.
    monkeypatch.setattr(recent, 'FEW', 40)
    few, many = counted(FEW), counted(MANY)
    for what in few:
        print(f'{what:24}{few[what]:>10,}{many[what]:>10,}')
    assert min(few.values()) > 0
    assert not {what: (few[what], many[what]) for what in few if many[what] > BAR * few[what] + 10 * EACH}
