"""A redirect stays on this site, whatever somebody writes into `next`."""
from urllib.parse import urljoin, urlsplit

import pytest

from kuma_lite import config
from kuma_lite.web import absolute, docs_url, local
from web_base import attacks, send, token

OWN = ['//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '/\n/evil.example',
       'https://evil.example', 'evil.example', 'javascript:alert(1)', '/a\r\nSet-Cookie: a=b', '/a\x00',
       '', ' /a', '/\u2028/a', '/\u200b/evil.example', '/' + 'x' * 9000]
KEPT = ['/', '/docs/A/B', '/docs/Zürich', '/docs/A$edit', '/echo?q=a&b=c', '/docs/A#part', '/a:b', '/%2F',
        '/a//b']


def strings():
    found = attacks('open-redirect.json') or {}
    return [text for key, texts in found.items() if isinstance(texts, list) for text in texts]


def leaves(location):
    """Whether a browser would leave: read strictly, and read as browsers do (\\ is /, tabs are dropped)."""
    browser = ''.join(char for char in location if char > ' ').replace('\\', '/')
    return any(urlsplit(urljoin('http://own.test/x', text)).netloc != 'own.test'
               for text in (location, browser))


@pytest.mark.parametrize('target', [*OWN, *strings()])
def test_no_target_leaves_the_site(target):
    location = local(target)
    assert location.startswith('/') and location.isascii() and location.isprintable() and not leaves(location)


@pytest.mark.parametrize('target', OWN)
def test_a_target_elsewhere_becomes_the_home_page(target):
    assert local(target) == '/'


@pytest.mark.parametrize('target', KEPT)
def test_a_local_target_is_kept(target):
    assert local(target) == target.replace('ü', '%C3%BC')


def test_a_form_is_answered_with_see_other_and_a_local_path(small):
    answer = small.post('/go', {'csrf': token(small), 'next': '/echo?q=ok'})
    assert answer.status_int == 303 and answer.headers['Location'] == '/echo?q=ok'
    assert small.post('/go', {'csrf': token(small), 'next': '//evil'}).headers['Location'] == '/'


def test_whole_addresses_come_from_the_settings(small):
    assert absolute(docs_url('A b/ü', 'edit')) == 'http://127.0.0.1:8000/docs/A%20b/%C3%BC$edit'
    config.settings.site.base_url = 'https://wiki.example.org/'
    assert absolute('/docs/A') == 'https://wiki.example.org/docs/A'


def test_forwarded_headers_are_not_believed(small):
    headers = {'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '6.6.6.6'}
    answer = small.post('/go', {'csrf': token(small), 'next': '/echo'}, headers=headers)
    assert 'evil' not in str(answer.headers) and 'evil' not in send(small, content='').text
