"""A whole site for a test: its data folder, its people, its web application, its tasks."""
import copy
import functools
import re
from types import SimpleNamespace

import webtest

from kuma_lite import app, config
from kuma_lite.accounts import passwords, sessions
from kuma_lite.accounts.models import Person
from kuma_lite.queue import modes
from kuma_lite.web import ratelimits
from kuma_lite.web.session import SESSION
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page

# The standing cast: one edits, one watches, one moderates, one attacks; and one runs the site.
CAST = {'edda': 'editor', 'wanda': 'reader', 'mona': 'moderator', 'mallory': 'reader', 'ada': 'admin'}


def password(name):
    return f'correct horse {name}'


class Form(webtest.Form):
    """A form whose fields all stand in it, none elsewhere on the page."""

    def _parse_fields(self):
        page, self.response = self.response, self
        super()._parse_fields()
        self.response = page


class Answer(webtest.TestResponse):
    """An answer that parses its forms without the page around them, which took most of the time."""

    def _parse_forms(self):
        assert ' form="' not in self.testbody, 'a field outside its form: parse the whole page again'
        self._forms_indexed = {}
        for number, text in enumerate(re.findall('<form.*?</form>', self.testbody, re.DOTALL)):
            form = Form(self, text, self.parser_features)
            self._forms_indexed.update({number: form, **({form.id: form} if form.id else {})})


class Request(webtest.TestRequest):
    ResponseClass = Answer


class Browser(webtest.TestApp):
    RequestClass = Request


class Site:
    """What tests hold. `site.app` is a browser without an account; `site.login('edda')` one with."""

    def __init__(self, people):
        self.people = SimpleNamespace(**people)
        self._wsgi = app.make_app()
        self.app = self.browser()

    def browser(self):
        return Browser(self._wsgi, extra_environ={'REMOTE_ADDR': '192.0.2.7'})

    def login(self, name):
        """A browser in which this member of the cast is logged in."""
        browser = self.browser()
        browser.set_cookie(SESSION, sessions.start_session(getattr(self.people, name)))
        return browser

    def settle(self):
        """Wait until every task that is due has run."""
        modes.settle(timeout=60)

    def page(self, path='Home', content='Hello.', title=None, author='edda', **options):
        """Save a page; returns it as it stands then."""
        wiki.save(path, title or path.split('/')[-1], content, getattr(self.people, author),
                  base=options.pop('base', 'latest'), **options)
        return Page.at(path)


def settings_for(data):
    """The settings of a test: the defaults, whatever the environment says, and no limits on requests."""
    settings = copy.deepcopy(_common_settings())
    settings.server.data = str(data)
    return settings


@functools.cache
def _common_settings():
    limits = {('limits', kind): 0 for kind in ratelimits.KINDS}
    return config.load(environ={}, flags={('site', 'base_url'): 'http://wiki.test', **limits})


def create_cast():
    """The people of the cast in the database, with cheap hashes of their passwords."""
    return {name: Person.create(name=name, key=name, email=f'{name}@example.org', role=role,
                                password_hash=passwords.make(password(name)))
            for name, role in CAST.items()}
