"""Long lists come in parts, newest first, and each row comes once even while rows are added."""
import bottle
import pytest
from peewee import AutoField

from kuma_lite import db
from kuma_lite.web import Refused, limit, part_of


class Leaf(db.BaseModel):
    id = AutoField()


@pytest.fixture
def leaves(tmp_path):
    db.open_file(tmp_path / 'wiki.db')
    with db.connection():
        Leaf.create_table()
        Leaf.insert_many([{'id': number} for number in range(1, 8)]).execute()
        yield


def part(query=''):
    bottle.request.bind({'QUERY_STRING': query})
    found = part_of(Leaf.select(), Leaf.id, size=3)
    return [leaf.id for leaf in found.rows], found.next


def test_parts_follow_each_other(leaves):
    assert part() == ([7, 6, 5], 5)
    Leaf.create(id=8)
    assert part('after=5') == ([4, 3, 2], 2)
    assert part('after=2') == ([1], None)
    assert part('after=1') == ([], None)


@pytest.mark.parametrize('query', ['after=abc', 'after=-1', 'after=', 'after=1&after=2'])
def test_a_bad_start_is_refused(leaves, query):
    with pytest.raises(Refused):
        part(query)


def test_a_limit_is_a_number_and_bounded():
    for query, rows in (('', 50), ('limit=7', 7), ('limit=100000', 200)):
        bottle.request.bind({'QUERY_STRING': query})
        assert limit() == rows
    bottle.request.bind({'QUERY_STRING': 'limit=abc'})
    with pytest.raises(Refused):
        limit()
