"""Every answer, whatever it is, carries the headers that keep browsers out of trouble."""
import pytest

from kuma_lite import config
from kuma_lite.web.headers import POLICY

ADDRESSES = ['/page', '/nowhere', '/boom', '/%FF', '/static/kuma.css', '/favicon.ico',
             '/api/v1/who', '/api/v1/nowhere']


@pytest.mark.parametrize('path', ADDRESSES)
def test_every_answer_has_them(small, path):
    headers = small.get(path, expect_errors=True).headers
    assert headers['Content-Security-Policy'] == POLICY
    assert headers['X-Content-Type-Options'] == 'nosniff'
    assert headers['Referrer-Policy'] == 'same-origin'
    assert len(headers['X-Request-Id']) == 16
    assert len(headers.getall('Cache-Control')) == len(headers.getall('Content-Type')) == 1


@pytest.mark.parametrize('path', ADDRESSES)
def test_every_answer_says_in_which_characters_it_is_written(small, path):
    kind = small.get(path, expect_errors=True).headers['Content-Type']
    assert kind.lower().endswith('; charset=utf-8')


@pytest.mark.parametrize('method', ['GET', 'OPTIONS', 'POST'])
def test_no_other_origin_may_read_anything(small, method):
    asked = {'Origin': 'https://evil.example', 'Access-Control-Request-Method': 'PUT'}
    for path in ('/page', '/api/v1/who'):
        headers = small.request(path, method=method, headers=asked, expect_errors=True).headers
        assert not [name for name in headers if name.lower().startswith('access-control')]
        assert headers['Cross-Origin-Resource-Policy'] == 'same-origin'


def test_the_policy_lets_nothing_from_elsewhere_in():
    assert "'unsafe" not in POLICY and 'http' not in POLICY and '*' not in POLICY
    for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'",
                 "form-action 'self'"):
        assert part in POLICY


def test_under_https_browsers_are_told_to_stay_there(small):
    assert 'Strict-Transport-Security' not in small.get('/page').headers
    config.settings.site.base_url = 'https://wiki.example.org'
    assert small.get('/page').headers['Strict-Transport-Security'] == 'max-age=31536000'


def test_the_id_of_a_request_is_ours_and_new_each_time(small):
    given = {'X-Request-Id': 'mine'}
    ids = {small.get('/page', headers=given).headers['X-Request-Id'] for _ in range(3)}
    assert len(ids) == 3 and 'mine' not in ids
