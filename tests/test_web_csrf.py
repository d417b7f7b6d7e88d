"""Every change needs proof that it was sent from a page of ours to this very browser."""
import pytest
from webtest import TestApp

from kuma_lite import config
from web_base import log_in, send, token


def test_a_form_with_its_token_is_accepted(small):
    assert send(small, content='Hello').json['content'] == 'Hello'
    log_in(small)
    assert send(small, content='Hello').json['content'] == 'Hello'


@pytest.mark.parametrize('given', ['', 'x', 'é', '0' * 64, None])
def test_without_it_the_form_is_refused_and_the_text_kept(small, given):
    token(small)
    fields = {'content': 'My long text'} | ({} if given is None else {'csrf': given})
    answer = small.post('/form', fields, status=403)
    assert 'has expired' in answer.text and 'My long text' in answer.text
    assert answer.headers['Cache-Control'] == 'no-store'


def test_the_token_of_another_session_is_refused(small):
    mine = token(small)
    other = TestApp(small.app)
    token(other)
    other.post('/form', {'csrf': mine, 'content': 'x'}, status=403)
    log_in(other)
    other.post('/form', {'csrf': mine, 'content': 'x'}, status=403)


def test_a_token_from_before_the_log_in_is_refused(small):
    before = token(small)
    log_in(small)
    small.post('/form', {'csrf': before, 'content': 'x'}, status=403)


def test_a_browser_without_any_cookie_is_refused(small):
    TestApp(small.app).post('/form', {'csrf': token(small), 'content': 'x'}, status=403)


@pytest.mark.parametrize('headers', [
    {'Sec-Fetch-Site': 'cross-site'}, {'Sec-Fetch-Site': 'same-site'}, {'Origin': 'null'},
    {'Origin': 'http://evil.example'}, {'Origin': 'http://localhost:80.evil.example'},
    {'Sec-Fetch-Site': 'cross-site', 'Origin': 'http://localhost:80'}])
def test_a_form_from_another_site_is_refused_whatever_its_token(small, headers):
    small.post('/form', {'csrf': token(small), 'content': 'x'}, headers=headers, status=403)


@pytest.mark.parametrize('headers', [
    {'Sec-Fetch-Site': 'same-origin'}, {'Sec-Fetch-Site': 'none'}, {'Origin': 'https://wiki.example.org'}])
def test_a_form_of_our_own_origin_is_accepted(small, headers):
    config.settings.site.base_url = 'http://wiki.example.org'    # a proxy may speak HTTPS to the browser
    small.post('/form', {'csrf': token(small), 'content': 'x'}, headers=headers)


def test_the_host_header_names_our_origin_only_while_no_setting_does(small):
    own = {'Origin': 'http://localhost:80'}
    small.post('/form', {'csrf': token(small), 'content': 'x'}, headers=own)
    config.settings.site.base_url = 'http://wiki.example.org'
    small.post('/form', {'csrf': token(small), 'content': 'x'}, headers=own, status=403)


def test_the_token_may_come_in_a_header(small):
    small.put_json('/api/v1/json', {'text': 'x'}, headers={'X-CSRF-Token': token(small)})
    small.put_json('/api/v1/json', {'text': 'x'}, status=403)


def test_a_program_with_an_api_token_needs_none(small):
    bearer = {'Authorization': 'Bearer edda-token'}
    assert small.put_json('/api/v1/json', {'text': 'x'}, headers=bearer).json == {'text': 'x'}
    small.post('/form', {'content': 'x'}, headers=bearer, status=403)    # not under /api/: no exemption


def test_an_unknown_address_is_not_found_rather_than_forbidden(small):
    small.post('/nowhere', {'a': 'b'}, status=404)
    small.post('/page', {'a': 'b'}, status=405)
