"""A site process and Debian's Chromium. Each test gets a site of its own, in which some people have accounts.

What is asked right after a click may be asked of the old page: use `press` for a click that leads to another
one, and `expect` for what comes in its time.
"""
import json
import shutil
import subprocess
import sys
import urllib.request
from typing import NamedTuple
from urllib.parse import quote

import filled
import pictures
import pytest
from playwright.sync_api import expect, sync_playwright

from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.web.session import SESSION
from process import CHECKOUT, Process, fetch

QUIET = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
         '--disable-sync']
PASSWORD = 'a good long passphrase'
PEOPLE = {'Ada': 'admin', 'edda': 'editor', 'mona': 'editor'}
expect.set_options(timeout=30_000)      # milliseconds, as `click` and its like wait


class Wiki(NamedTuple):
    """A data folder, and how its people get in."""
    folder: str
    sessions: dict      # {name: token for the cookie}
    tokens: dict        # {name: token for the API}


@pytest.fixture(scope='session')
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which('chromium'), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope='session')
def wiki(tmp_path_factory):
    """A wiki without pages, to be copied for each test."""
    return make_wiki(tmp_path_factory.mktemp('wiki') / 'data')


@pytest.fixture(scope='session')
def filled_wiki(tmp_path_factory):
    """One in which something has happened everywhere; see filled.py."""
    return make_wiki(tmp_path_factory.mktemp('filled') / 'data', filled.fill)


def make_wiki(folder, fill=lambda people: None):
    """A wiki in which PEOPLE have accounts; `fill(people)` may write more, with a connection to it."""
    app.configure(settings_for(folder))
    db.migrate()
    with db.connection():
        people = {name: accounts.create_person(name, f'{name.lower()}@example.org', role, PASSWORD)
                  for name, role in PEOPLE.items()}
        made = Wiki(folder, *({name: start(person) for name, person in people.items()}
                              for start in (sessions.start_session, sessions.create_token)))
        fill(people)
    db.database.close_all()
    return made


@pytest.fixture
def data(wiki, tmp_path):
    """The data folder of the test."""
    return shutil.copytree(wiki.folder, tmp_path / 'data')


@pytest.fixture
def environ():
    """Settings of the site, as variables. A file of tests may have its own."""
    return {}


@pytest.fixture
def process(data, wiki, environ):
    with Process(data, **environ) as site:
        site.wiki = wiki
        yield site


@pytest.fixture
def open_browser(chromium, process):
    """A function that opens a browser of its own; whatever the page's console complains of fails the test."""
    with Browsers(chromium, process.url) as browsers:
        yield browsers.open


class Browsers:
    """Each with cookies of its own. `complaints` are those of all their consoles."""

    def __init__(self, chromium, url):
        self._chromium, self._url = chromium, url
        self._contexts, self.complaints = [], []

    def open(self, **options):
        context = self._chromium.new_context(**{'base_url': self._url, **options})
        context.on('console', lambda message: self.complaints.append(message.text)
                   if message.type == 'error' and 'Failed to load resource' not in message.text else None)
        context.on('weberror', lambda error: self.complaints.append(str(error.error)))
        self._contexts.append(context)
        return context.new_page()

    def __enter__(self):
        return self

    def __exit__(self, kind, *error):
        for context in self._contexts:
            context.close()
        assert kind or self.complaints == []


@pytest.fixture(params=[True, False], ids=['scripts', 'no scripts'])
def page(request, open_browser):
    """A browser with and one without JavaScript."""
    return open_browser(java_script_enabled=request.param)


@pytest.fixture
def sound(request):
    """`pictures.sound`, where scripts run: axe is one."""
    return (lambda page, name: None) if 'no scripts' in request.node.name else pictures.sound


def press(page, selector):
    """Click on what leads to another page, and wait until that is loaded."""
    with page.expect_navigation():
        page.click(selector)


def enter(page, process, name='Ada'):
    """Somebody is logged in in this browser, as if they had come by the form some time ago."""
    page.context.add_cookies([{'name': SESSION, 'value': process.wiki.sessions[name], 'url': process.url}])


def log_in(page, name='Ada', password=PASSWORD):
    """Log in by the form."""
    page.goto('/login')
    page.fill('#login [name=name]', name)
    page.fill('#login [name=password]', password)
    press(page, '#login button')


def put(process, path, content, title=None, name='Ada'):
    """Somebody saves a page elsewhere."""
    body = {'title': title or path.rpartition('/')[2].replace('_', ' '), 'content': content,
            'base_revision': 'latest'}
    headers = {'Authorization': f'Bearer {process.wiki.tokens[name]}', 'Content-Type': 'application/json'}
    status, text = fetch(urllib.request.Request(f'{process.url}/api/v1/pages/{quote(path)}', method='PUT',
                                                data=json.dumps(body).encode(), headers=headers))
    assert status in (200, 201), text


def write(page, path, content, title=None):
    """Save a page by its form."""
    page.goto(f'/docs/{path}$edit')
    if title:
        page.fill('#title', title)
    page.fill('#text', content)
    save(page)


def save(page):
    press(page, SAVE)


SAVE = '#edit-form button:not([type=button], [formaction])'


def command(process, *words, **options):
    """Run a command beside the site."""
    subprocess.run([sys.executable, str(CHECKOUT / 'kuma_lite.py'), *words, '--data', str(process.data)],
                   check=True, stdout=subprocess.DEVNULL, **options)
