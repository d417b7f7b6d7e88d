"""The Cookie header is read by a small parser that nothing in it can upset or slow down."""
import time

import pytest

from kuma_lite import config
from kuma_lite.web.cookies import parse
from web_base import attacks, log_in

OWN = [
    'a="unclosed; b=c', 'a=b;;;;=;', '=', ';', 'kuma_session_old=x', 'xkuma_session=x',
    'a=\x00\xff', 'a="' + '\\"' * 60000 + '"', 'a=' + 'x;' * 50000,
]


def headers():
    for case in attacks('cookie-headers.json'):
        yield case.get('header') or ''.join(part * count for part, count in case['recipe'])


@pytest.mark.parametrize('header', [*OWN, *headers()], ids=lambda header: header[:40])
def test_the_session_cookie_is_found_among_anything(header):
    began = time.thread_time()
    assert parse(f'{header}; kuma_session=good', 'kuma_session') == 'good'
    assert parse(f'kuma_session=good; {header}', 'kuma_session') == 'good'
    assert time.thread_time() - began < 0.1


@pytest.mark.parametrize('value', ['"open', 'a b', 'a,b', 'é', 'a\x00b', 'x' * 4000])
def test_a_value_that_we_would_not_write_counts_as_none(value):
    assert parse(f'kuma_session={value}', 'kuma_session') == ''


def test_a_name_is_compared_whole_and_the_first_cookie_counts():
    assert parse('akuma_session=1; kuma_session=2; kuma_session=3', 'kuma_session') == '2'


def test_a_browser_with_a_broken_cookie_is_still_logged_in(small):
    log_in(small)
    answer = small.get('/who', headers={'Cookie': 'prefs={"a":1}; a b=1; kuma_session=edda-token'})
    assert answer.text == 'Edda'


def test_cookies_are_kept_from_scripts_and_other_sites(small):
    cookie = small.get('/form').headers['Set-Cookie']
    assert cookie.startswith('kuma_visitor=')
    assert cookie.endswith('; Path=/; HttpOnly; SameSite=Lax')


def test_under_https_cookies_are_secure_and_bound_to_the_host(small):
    config.settings.site.base_url = 'https://wiki.example.org'
    cookie = small.get('/form').headers['Set-Cookie']
    assert cookie.startswith('__Host-kuma_visitor=') and cookie.endswith('; Secure')
    assert small.get('/who', headers={'Cookie': '__Host-kuma_session=edda-token'}).text == 'Edda'
    assert small.get('/who', headers={'Cookie': 'kuma_session=edda-token'}).text == 'nobody'
