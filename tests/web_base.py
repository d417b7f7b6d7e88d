"""A site of a few views that do nothing but answer: what `web` does by itself, without the wiki."""
import json
import re
from pathlib import Path
from types import SimpleNamespace

import bottle
import pytest
from webtest import TestApp

from base import settings_for
from kuma_lite import config, db, web
from kuma_lite.web import csrf, limits, session, signing, wsgi

ATTACKS = Path(__file__).parents[1].parent / 'shared/attacks'
EDDA = SimpleNamespace(name='Edda', at_least=lambda role: False)

views = bottle.Bottle()


@views.get('/form')
def form():
    return web.plain(csrf.field())


@views.post('/form', body=limits.BODY)
def save():
    title = web.line('title', '')
    return web.json({'title': title, 'content': web.text('content')})


@views.post('/password')
def password():
    raise web.Refused(400, 'No.')


@views.get('/who')
@views.get('/api/v1/who')
def who():
    return web.plain(session.person().name if session.person() else 'nobody')


@views.put('/api/v1/json', body=limits.BODY)
def put():
    data = web.json_body()
    return web.json({'text': web.json_text(data, 'text', '')})


@views.get('/boom<tail:re:.*>')
def boom(tail):
    raise RuntimeError('the inside of the wiki')


@views.get('/leave')
def leave():
    raise SystemExit('enough')


@views.get('/page')
def page():
    return web.page('web/error.html', title='A page', sentence='Hello.', login='', request_id='', typed=[])


@views.post('/go')
def go():
    return web.see_other(web.text('next'), notice='Done & dusted.')


@views.get('/echo')
def echo():
    return web.plain(web.query('q') + bottle.request.path)


@pytest.fixture
def small(tmp_path):
    """The application behind a TestApp; Edda's session token and API token are both `edda-token`."""
    config.settings.replace(settings_for(tmp_path))
    config.settings.site.base_url = ''
    db.open_file(tmp_path / 'wiki.db')
    signing.configure(b'a secret of sixteen bytes or more')
    people = {'edda-token': EDDA}
    session.configure(people.get, people.get)
    yield TestApp(wsgi.make_app([views]))
    config.settings.replace(config.Settings())


def log_in(app):
    app.set_cookie('kuma_session', 'edda-token')


def token(app):
    """A CSRF token for the browser `app`."""
    return re.search(r'value="([^"]+)"', app.get('/form').text)[1]


def send(app, status=None, **fields):
    """Send the form at /form, with its token."""
    return app.post('/form', {'csrf': token(app), **fields}, status=status)


def attacks(name):
    """The cases of a file of ../shared/attacks; empty where that folder is absent."""
    path = ATTACKS / name
    if not path.exists():
        return []
    text = path.read_text(encoding='utf-8')
    return json.loads(text) if path.suffix == '.json' else text.splitlines()
