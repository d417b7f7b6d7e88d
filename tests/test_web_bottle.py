"""Traps of Bottle, each met in practice, and how we stay out of them."""
import re
from pathlib import Path

import bottle
import pytest
from webtest import TestApp

import kuma_lite
from kuma_lite import db
from kuma_lite.queue import context
from kuma_lite.web import render, wsgi
from web_base import token

SOURCES = [path for path in Path(kuma_lite.__file__).parent.rglob('*.py')]
FORBIDDEN = re.compile(r'''
    bottle\.(redirect|template|abort|view|run)\b | import\ redirect | set_cookie\( | SimpleCookie
    | request\.(forms|params|POST|GET|json|cookies|files|get_cookie|url|urlparts|remote_addr|remote_route)\b
    | add_hook\(['"]after_request''', re.VERBOSE)


@pytest.mark.parametrize('path', SOURCES, ids=lambda path: path.name)
def test_nothing_uses_what_bottle_gets_wrong(path):
    assert not FORBIDDEN.search(path.read_text(encoding='utf-8'))


def test_a_text_is_never_run_as_a_template(small):
    for text in ('{{1 + 1}}', '% import os', '../base.html', '/etc/passwd', 'a\n{{1}}', 'base.html\n'):
        with pytest.raises(ValueError):
            render(text)


def test_templates_escape(small):
    small.get('/page')
    html = render('web/error.html', title='<b>', sentence='', login='', request_id='', typed=[])
    assert '<h1>&lt;b&gt;</h1>' in html


def test_a_value_for_a_template_may_have_any_name(small):
    small.get('/page')
    values = dict.fromkeys(['title', 'sentence', 'login', 'request_id', 'typed'], '')
    assert render('web/error.html', name='Edda', template='x', **values)


def test_no_connection_is_left_for_the_next_visitor(small):
    for path in ('/page', '/boom', '/nowhere', '/%FF', '/who'):
        small.get(path, expect_errors=True)
        assert db.database.is_closed()
    small.post('/form', {'content': 'x'}, status=403)
    assert db.database.is_closed()


def test_the_context_of_a_request_ends_with_it(small):
    small.get('/page')
    assert context.current() == context.Context()


def test_a_view_knows_its_request_and_the_real_address(small):
    seen = []
    views = bottle.Bottle()
    views.get('/docs/<path:path>')(lambda path: seen.append(context.current()) or '')
    TestApp(wsgi.make_app([views])).get('/docs/Z%C3%BCrich', headers={'X-Forwarded-For': '6.6.6.6'},
                                        extra_environ={'REMOTE_ADDR': '192.0.2.7'})
    assert seen[0].cause == 'GET /docs/Zürich' and seen[0].address == '192.0.2.7' and seen[0].request_id


def test_the_check_of_forms_reaches_merged_apps(small):
    views = bottle.Bottle()
    views.post('/merged')(lambda: 'done')
    views.post('/open', csrf=False)(lambda: 'done')
    app = TestApp(wsgi.make_app([bottle.Bottle(), views]))
    app.post('/merged', status=403)
    assert app.post('/open').text == 'done'


def test_a_cookie_is_not_lost_when_a_view_returns_an_answer_of_its_own(small):
    answer = small.post('/go', {'csrf': token(small), 'next': '/page'})
    assert answer.headers['Set-Cookie'].startswith('kuma_notice=')
