"""Errors wear the look of the site, or are JSON for programs; none shows the inside."""
import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from kuma_lite.web import pages, session, templates
from web_base import log_in


def test_an_unknown_address_is_a_page_of_the_site(small):
    answer = small.get('/nowhere', status=404)
    assert answer.html.find('header', class_='site-header') and 'nothing at this address' in answer.text


@pytest.mark.parametrize('method', ['TRACE', 'OPTIONS'])
def test_a_method_that_nobody_needs_is_refused_and_shows_no_header(small, method):
    answer = small.request('/page', method=method, headers={'X-Mine': 'a mark'}, expect_errors=True)
    assert answer.status_int == 405 and 'a mark' not in answer.text


def test_a_wrong_method_names_the_right_one(small):
    assert small.delete('/page', status=405).headers['Allow'] == 'GET'


def test_a_bug_is_a_page_with_a_number_that_the_log_has(small, caplog):
    answer = small.get('/boom', status=500)
    number = answer.headers['X-Request-Id']
    assert number in answer.text and 'inside of the wiki' not in answer.text
    assert 'the inside of the wiki' in caplog.text and f'Request {number} failed' in caplog.text


def test_a_view_that_exits_is_a_bug_like_any_other(small, caplog):
    assert 'by the number below' in small.get('/leave', status=500).text
    assert 'SystemExit: enough' in caplog.text


def test_no_address_plays_tricks_in_the_log(small, caplog):
    small.get('/boom%E2%80%AE%E2%80%A8x', status=500)
    assert 'GET /boom\ufffd\ufffdx' in caplog.text and '\u202e' not in caplog.text


@pytest.mark.parametrize('path, headers', [
    ('/api/v1/nowhere', {}), ('/nowhere', {'Accept': 'application/json'})])
def test_programs_get_json(small, path, headers):
    answer = small.get(path, headers=headers, status=404)
    assert answer.json == {'error': 'There is nothing at this address.'}


def test_a_head_request_gets_no_body(small):
    answer = small.head('/nowhere', status=404)
    assert answer.body == b'' and int(answer.headers['Content-Length']) > 500


def test_a_broken_template_for_errors_still_answers(small, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(templates, 'FOLDER', templates.FOLDER / 'nowhere')
    templates._template.cache_clear()
    answer = small.get('/nowhere', status=404)
    assert answer.text == 'There is nothing at this address.\n'
    templates._template.cache_clear()


def test_a_person_who_cannot_be_looked_up_does_not_break_the_error_page(small):
    log_in(small)
    session.configure(lambda token: 1 / 0)
    assert 'Something went wrong' in small.get('/page', status=500).text
    assert 'Something went wrong' in small.get('/boom', status=500).text


def test_somebody_unknown_is_offered_to_log_in(small):
    link = small.post('/form', {'content': 'x'}, status=403).html.find('a', string='Log in', target='_blank')
    assert link['href'] == '/login?next=%2Fform'
    answer = small.post('/password', {'content': 'x'}, status=403)
    assert answer.html.find('a', href='/login', target='_blank')      # no page there to come back to


@pytest.mark.parametrize('path, back', [
    ('/page', '/page'), ('/page?a=b&c=%C3%BC', '/page?a=b&c=%C3%BC'), ('/nowhere/%C3%BC', '/nowhere/ü')])
def test_the_log_in_of_the_header_leads_back(small, path, back):
    link = small.get(path, expect_errors=True).html.header.find('a', string='Log in')['href']
    assert parse_qs(urlsplit(link).query) == {'next': [back]}


@pytest.mark.parametrize('path', ['/page?' + 'x' * 8190, '/login'])
def test_it_leads_nowhere_where_that_cannot_be(small, path):
    assert small.get(path, expect_errors=True).html.header.find('a', string='Log in')['href'] == '/login'


@pytest.mark.parametrize('payload', ['"><script>alert(1)</script>', "'onfocus=alert(1) autofocus='",
                                     '</textarea><img src=x onerror=alert(1)>' + 'x' * 90])
def test_what_was_typed_is_shown_and_never_run(small, payload):
    answer = small.post('/form', {payload: payload, 'content': payload}, status=403)
    assert not answer.html.find_all('img', onerror=True)
    assert all(script['src'].startswith('/static/') for script in answer.html.find_all('script'))
    field = answer.html.find(id='typed-1')
    assert (field.get('value') or field.text.strip('\n')) == payload


def test_plain_text_stays_plain(small):
    assert pages.plain('<b>').content_type == 'text/plain; charset=utf-8'
