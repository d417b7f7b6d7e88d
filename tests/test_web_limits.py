"""Requests that nobody means are refused before a route is looked for."""
import pytest

from kuma_lite.config import settings
from kuma_lite.web import Refused, limits
from web_base import attacks

HOSTS = attacks('host-headers.json') or {'legit': [], 'poisoned': []}
HEADERS = attacks('crlf-header-injection.json') or {'url_paths': []}
PATHS = ['/%FF', '/%C3%28', '/%ED%A0%80', '/a%00b', '/a%0Ab', '/a%0D%0ASet-Cookie:a=b', '/a%7Fb',
         '/a%C2%9B31mb', '/%1b[31m']


@pytest.mark.parametrize('path', PATHS)
def test_a_path_that_is_no_text_is_refused_and_not_cut(small, path):
    assert 'This address' in small.get(path, status=400).text


def test_a_long_path_or_query_is_refused(small):
    small.get('/' + 'x' * 5000, status=414)
    small.get('/echo?q=' + 'x' * 9000, status=414)
    small.get('/' + 'x/' * 300, status=404)


@pytest.mark.parametrize('path', [*attacks('path-traversal-strings.txt'), '../../etc/passwd', '%2e%2e/a'])
def test_no_path_leads_out(small, path):
    for place in ('/', '/static/'):
        answer = small.get(place + path.lstrip('/').encode('ascii', 'ignore').decode(), expect_errors=True)
        assert 400 <= answer.status_int < 500 and 'root:' not in answer.text


@pytest.mark.parametrize('path', [*HEADERS['url_paths'], '/%0d%0aSet-Cookie:a=b', '/%E5%98%8ASet-Cookie:a=b'])
def test_no_path_adds_a_header(small, path):
    assert 'Set-Cookie' not in small.get(path, expect_errors=True).headers


@pytest.mark.parametrize('host', [*HOSTS['poisoned'], 'a@b', 'a/b', 'a b', 'a:80:90', '[::1', '<b>', 'a"b'])
def test_a_host_that_is_none_is_refused_and_not_repeated(small, host):
    answer = small.get('/page', headers={'Host': host}, status=400)
    assert host not in answer.text and host not in str(answer.headers)


@pytest.mark.parametrize('host', [*HOSTS['legit'], 'localhost', 'wiki_1:8000', '127.0.0.1:80', '[::1]:80'])
def test_any_real_host_is_served_and_appears_nowhere(small, host):
    settings.server.host = '0.0.0.0'
    answer = small.get('/page', headers={'Host': host})
    assert host not in answer.text


@pytest.mark.parametrize('base_url, listens, host', [
    ('', '127.0.0.1', 'localhost:8000'), ('', '127.0.0.1', '127.0.0.1'), ('', '::1', '[::1]:80'),
    ('', '0.0.0.0', 'any.example'), ('', '192.0.2.1', 'wiki.lan'),
    ('https://wiki.example.org', '127.0.0.1', 'Wiki.Example.org.:443'),
    ('http://wiki.lan:8000/', '0.0.0.0', 'wiki.lan:80'), ('http://wiki.lan', '0.0.0.0', 'localhost')])
def test_the_site_answers_to_its_own_names(small, base_url, listens, host):
    settings.site.base_url, settings.server.host = base_url, listens
    small.get('/page', headers={'Host': host})


@pytest.mark.parametrize('base_url, listens, host', [
    ('', '127.0.0.1', 'evil.example'), ('', 'localhost', 'localhost.evil.example'),
    ('', '::1', '127.0.0.1.nip.io'),
    ('https://wiki.example.org', '0.0.0.0', 'evil.example'), ('http://wiki.lan', '0.0.0.0', 'notwiki.lan')])
def test_it_does_not_answer_to_the_name_of_a_stranger(small, base_url, listens, host):
    """DNS rebinding: evil.example leads to the machine of somebody who has its page open."""
    settings.site.base_url, settings.server.host = base_url, listens
    answer = small.get('/page', headers={'Host': host}, status=421)
    assert 'base_url' in answer.text and host not in answer.text


def test_an_encoding_that_waitress_left_standing_is_refused(small):
    """It decodes what HTTP/1.1 sends in chunks; HTTP/1.0 has no such thing, and proxies differ about it."""
    small.post('/form', b'x', headers={'Transfer-Encoding': 'chunked'}, status=400)


@pytest.mark.parametrize('length', ['-1', 'x', '1e3', '+5', '9' * 20, '9999999999'])
def test_a_content_length_that_is_no_good_is_refused(small, length):
    with pytest.raises(Refused) as refusal:
        limits.allow_body({'CONTENT_LENGTH': length}, limits.BODY)
    assert refusal.value.status in (400, 413)
