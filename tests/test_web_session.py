"""Who is asking: found by the session cookie, and under /api/ by the token first."""
import bottle
import pytest

from kuma_lite.queue import context
from kuma_lite.web import session
from web_base import EDDA, log_in


@pytest.fixture(autouse=True)
def request_context():
    """Whom a test asks for here is not known to the next one."""
    with context.use():
        yield


def in_request(cookie='', path='/', authorization=''):
    bottle.request.bind({'HTTP_COOKIE': cookie, 'PATH_INFO': path, 'HTTP_AUTHORIZATION': authorization})


def test_the_session_cookie_names_the_person(small):
    assert small.get('/who').text == 'nobody'
    log_in(small)
    assert small.get('/who').text == 'Edda'
    small.set_cookie('kuma_session', 'unknown')
    assert small.get('/who').text == 'nobody'


def test_the_person_is_looked_up_once_and_named_in_the_context(small):
    asked = []
    session.configure(lambda token: asked.append(token) or EDDA)
    in_request('kuma_session=edda-token')
    with context.use(request_id='r'):
        assert session.person() is session.person() is EDDA
        assert context.current().user == 'Edda'
    assert asked == ['edda-token']


def test_a_visitor_costs_no_look_up(small):
    session.configure(lambda token: 1 / 0)
    assert small.get('/who').text == 'nobody'


def test_an_api_token_counts_under_api_only(small):
    bearer = {'Authorization': 'Bearer edda-token'}
    assert small.get('/api/v1/who', headers=bearer).text == 'Edda'
    assert small.get('/who', headers=bearer).text == 'nobody'


def test_an_unknown_api_token_is_refused_even_with_a_good_cookie(small):
    log_in(small)
    answer = small.get('/api/v1/who', headers={'Authorization': 'Bearer stolen'}, status=401)
    assert answer.headers['WWW-Authenticate'] == 'Bearer'
    assert 'not known' in answer.json['error']


def test_start_and_end_take_effect_in_the_same_request(small):
    in_request('kuma_session=unknown')
    session.start('edda-token')
    assert session.person() is EDDA
    session.end()
    assert session.person() is None and session.token() == ''
    assert bottle.request.environ['kuma.cookies']['kuma_session'].startswith('kuma_session=; ')


def test_what_is_made_for_one_person_is_not_kept(small):
    assert small.get('/page').headers['Cache-Control'] == 'no-cache'
    log_in(small)
    assert small.get('/page').headers['Cache-Control'] == 'no-store'
