"""Pages for programs: GET and PUT /api/v1/pages/<path>."""
import pytest

from kuma_lite.accounts import sessions
from kuma_lite.config import settings
from kuma_lite.wiki import actions
from kuma_lite.wiki.models import Page, Revision

TEA = '/api/v1/pages/Drinks/Tea'


class Client:
    """A program with the token of one of the cast."""

    def __init__(self, site, name):
        self.app = site.browser()
        self.app.authorization = ('Bearer', sessions.create_token(getattr(site.people, name)))

    def get(self, address=TEA, status=200):
        return self.app.get(address, status=status).json

    def put(self, address=TEA, status=None, **fields):
        return self.app.put_json(address, fields, status=status).json


@pytest.fixture
def edda(site):
    return Client(site, 'edda')


def test_a_page_is_created_read_and_changed(site, edda):
    made = edda.put(title='Tea', content='Hot.\r\n', comment='A start', status=201)
    assert edda.get() == made
    assert {name: made[name] for name in ('title', 'content', 'comment', 'author', 'path')} == {
        'title': 'Tea', 'content': 'Hot.\n', 'comment': 'A start', 'author': 'edda', 'path': 'Drinks/Tea'}
    changed = edda.put(content='Cold.', base_revision=made['revision'], status=200)
    assert (changed['title'], changed['based_on']) == ('Tea', made['revision'])
    assert 'Cold.' in site.app.get('/docs/Drinks/Tea')


def test_a_page_without_a_title_gets_one_from_its_path(site, edda):
    assert edda.put('/api/v1/pages/Big_cup', content='', status=201)['title'] == 'Big cup'


def test_the_same_text_again_makes_no_revision(site, edda):
    made = edda.put(content='Hot.', status=201)
    assert edda.put(content='Hot.', base_revision=made['revision'], status=200) == made
    assert Revision.select().count() == 1


def test_an_older_base_gets_the_current_revision(site, edda):
    first = edda.put(content='Hot.', status=201)['revision']
    second = edda.put(content='Cold.', base_revision=first, status=200)['revision']
    for base in (first, None, 10 ** 30):
        answer = edda.put(content='Mine.', base_revision=base, status=409)
        assert answer['revision'] == second and answer['error'].endswith('.')
    assert edda.get()['content'] == 'Cold.'


def test_programs_may_ask_for_a_merge(site, edda):
    first = edda.put(content='One\n\nTwo\n', tags=['a', 'b'], status=201)['revision']
    second = edda.put(content='One!\n\nTwo\n', tags=['b', 'c'], base_revision=first, status=200)['revision']
    mine = {'content': 'One\n\nTwo?\n', 'base_revision': first}
    assert edda.put(**mine, status=409)['revision'] == second
    made = edda.put(**mine, merge=True, tags=['b', 'd'], status=200)
    assert (made['content'], made['based_on'], made['tags']) == ('One!\n\nTwo?\n', second, ['b', 'd', 'c'])
    for base in (first, None, 999, -1, 10 ** 30):
        answer = edda.put(content='Three\n', base_revision=base, merge=True, status=409)
        assert answer['revision'] == made['revision']
    assert edda.get() == made


def test_tags_and_minor(site, edda):
    made = edda.put(content='Hot.', tags=['Green tea', 'hot', 'Hot'], minor=True, status=201)
    assert (made['tags'], made['minor']) == (['Green tea', 'hot'], True)
    changed = edda.put(content='Cold.', base_revision=made['revision'], status=200)
    assert (changed['tags'], changed['minor']) == (['Green tea', 'hot'], False)
    assert edda.put(content='Cold.', tags=[], base_revision='latest', status=200)['tags'] == []


def test_latest_without_a_title_takes_no_new_title_back(site, edda, monkeypatch):
    """Somebody renames the page just before it is written."""
    edda.put(title='Tea', content='Hot.', status=201)
    write = actions.write

    def slow(edit, base):
        monkeypatch.setattr(actions, 'write', write)
        site.page('Drinks/Tea', 'Hot.', title='Tee')
        return write(edit, base)
    monkeypatch.setattr(actions, 'write', slow)
    changed = edda.put(content='Cold.', base_revision='latest', status=200)
    assert (changed['title'], changed['content']) == ('Tee', 'Cold.')


def test_latest_overwrites(site, edda):
    edda.put(content='Hot.', status=201)
    edda.put(content='Cold.', base_revision='latest', status=200)
    edda.put('/api/v1/pages/New', content='x', base_revision='latest', status=201)


def test_a_base_without_a_page_is_a_conflict(site, edda):
    assert edda.put(content='x', base_revision=1, status=409)['revision'] is None


@pytest.mark.parametrize('fields, status', [
    ({'content': 'x', 'foo': 1}, 422), ({'content': 'x', 'Title': 'x'}, 422),
    ({}, 422), ({'content': None}, 422), ({'content': 5}, 422), ({'content': 'x', 'title': ''}, 422),
    ({'content': 'x', 'title': ['x']}, 422), ({'content': 'x', 'title': 'x' * 256}, 422),
    ({'content': 'x', 'title': 'two\nlines'}, 422), ({'content': 'x', 'comment': 'x' * 256}, 422),
    ({'content': 'x', 'tags': 'hot'}, 422), ({'content': 'x', 'tags': ['a,b']}, 422),
    ({'content': 'x', 'tags': [1]}, 422), ({'content': 'x', 'tags': ['x' * 51]}, 422),
    ({'content': 'x', 'tags': ['a\nb\x07']}, 422), ({'content': 'x', 'tags': ['\ud800']}, 422),
    ({'content': 'x', 'minor': 1}, 422), ({'content': 'x', 'merge': 'yes'}, 422),
    ({'content': 'x' * 1_000_001}, 413), ({'content': 'x', 'base_revision': 'newest'}, 422),
    ({'content': 'x', 'base_revision': 1.5}, 422), ({'content': 'x', 'base_revision': True}, 422),
    ({'content': '>' * 200_000 + 'x'}, 422), ({'content': 'a\0b'}, 400), ({'content': '\ud800'}, 400)])
def test_what_cannot_be_saved_is_said_in_a_sentence(site, edda, fields, status):
    assert edda.put(status=status, **fields)['error'].endswith('.')
    assert not Page.select().exists()


@pytest.mark.parametrize('body', [b'', b'{', b'[]', b'"x"', b'\xff', b'{"content": NaN}', b'[' * 100_000])
def test_what_is_no_json_object_is_refused(site, edda, body):
    answer = edda.app.put(TEA, body, content_type='application/json', status=400)
    assert answer.json['error']


def test_only_json_is_taken(site, edda):
    edda.app.put(TEA, 'content=x', content_type='application/x-www-form-urlencoded', status=415)


def test_who_asks_decides_what_is_answered(site, edda):
    Client(site, 'mallory').put(content='x', status=403)
    answer = site.app.put_json(TEA, {'content': 'x'}, status=401)
    assert answer.json['error'] and answer.headers['WWW-Authenticate'] == 'Bearer'
    site.app.authorization = ('Bearer', 'kuma_nobody')
    assert site.app.get(TEA, status=401).json['error']
    assert not Page.select().exists()


def test_a_cookie_is_no_token(site):
    """Else a page on another site could write in the name of whoever opens it."""
    site.login('edda').put_json(TEA, {'content': 'x'}, status=401)


def test_a_private_wiki_is_read_with_a_token_only(site, edda):
    site.page('Drinks/Tea')
    settings.site.read = 'members'
    site.app.get(TEA, status=401)
    assert edda.get()['title'] == 'Tea'


def test_without_a_page_there_is_a_sentence(site, edda):
    assert edda.get(status=404)['error']
    assert edda.get('/api/v1/pages/a$b', status=404)['error']
    assert edda.put('/api/v1/pages/../x', content='x', status=422)['error']
    assert edda.put(f'/api/v1/pages/{"/".join("x" * 300)}', content='x', status=422)['error']
    edda.app.delete(TEA, status=405)
