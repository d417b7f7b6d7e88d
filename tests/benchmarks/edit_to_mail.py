"""From pressing Save to the mail at the mail server, and what faults add to it.

    python3 kuma_lite.py test --benchmarks      or      python tests/benchmarks/edit_to_mail.py [ROUNDS]

One site, one watcher, a real browser session's POST of the edit form. The conditions take turns in
each round: a mail server that accepts, one that refuses for now, one that hangs, and Valkey stopped
(SIGSTOP). Printed: median (min–max) in ms of the POST, its ratio to "accepts", and of the mail after
the POST began; for the faults, the mail after the fault was over.
"""
import http.cookiejar
import os
import re
import signal
import statistics
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import smtp
from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.config import settings
from kuma_lite.watch import actions as watching
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page
from process import Process, wait_for

CONDITIONS = ('accepts', 'refuses', 'hangs', 'no Valkey')
PASSWORD = 'a good long one'
TEXT = 'A paragraph of ordinary words, some of them *emphasized*.\n\n' * 80     # about 5 KB


def main(rounds=15):
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / 'data'
        prepare(data)
        with smtp.Server() as server, site_with_mail(data) as site:
            browser = Browser(site.url)
            browser.log_in()
            posts, mails = measure(browser, server, site, rounds)
    report(posts, mails)


def site_with_mail(data):
    return Process(data, KUMA_MAIL_HOST='127.0.0.1', KUMA_MAIL_PORT=str(settings.mail.port),
                   KUMA_MAIL_TIMEOUT='3')


def prepare(data):
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        editor = accounts.create_person('edda', 'edda@example.org', 'editor', PASSWORD)
        watcher = accounts.create_person('wanda', 'wanda@example.org', 'reader', PASSWORD)
        wiki.save('Tea', 'Tea', TEXT, editor)
        watching.watch(watcher, Page.at('Tea'))
    db.database.close_all()


class Browser:
    """Cookies and forms, as a person's browser sends them."""

    def __init__(self, url):
        self.url = url
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def log_in(self):
        self.post('/login', {**self.hidden('/login'), 'name': 'edda', 'password': PASSWORD})

    def hidden(self, path):
        html = self._opener.open(self.url + path).read().decode()
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html.split('<main')[1]))

    def post(self, path, form):
        """Seconds until the answer to the POST itself (its redirect is not followed)."""
        request = urllib.request.Request(self.url + path, urllib.parse.urlencode(form).encode())
        started = time.perf_counter()
        try:
            urllib.request.build_opener(*self._opener.handlers, Stay()).open(request)
        except urllib.error.HTTPError as answer:
            assert answer.code == 303, answer.read().decode()
        return time.perf_counter() - started

    def edit(self, content):
        fields = {**self.hidden('/docs/Tea$edit'), 'title': 'Tea', 'content': content, 'comment': '',
                  'tags': ''}
        return self.post('/docs/Tea$edit', fields)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def measure(browser, server, site, rounds):
    posts, mails = {name: [] for name in CONDITIONS}, {name: [] for name in CONDITIONS}
    for number in range(-1, rounds):       # the first round warms up
        for name in CONDITIONS:
            post, mail = one_edit(browser, server, site, name, f'{TEXT}{number} {name}')
            if number >= 0:
                posts[name].append(post * 1000)
                mails[name].append(mail * 1000)
    return posts, mails


def one_edit(browser, server, site, name, content):
    """(seconds of the POST, seconds until the mail, counted from the POST or from the end of the fault)."""
    had = len(server.mails)
    valkey = site.valkey_pid()
    server.mode = {'refuses': 'later', 'hangs': 'hang'}.get(name, 'accept')
    if name == 'no Valkey':
        os.kill(valkey, signal.SIGSTOP)
    started = time.perf_counter()
    post = browser.edit(content)
    if name != 'accepts':
        time.sleep(0.5)
        server.mode = 'accept'
        os.kill(valkey, signal.SIGCONT)
        started = time.perf_counter()
    wait_for(lambda: len(server.mails) > had, timeout=60)
    return post, time.perf_counter() - started


def report(posts, mails):
    base = statistics.median(posts['accepts'])
    print(f'{"":12}{"POST ms":>24}{"ratio":>8}{"mail ms":>28}')
    for name in CONDITIONS:
        print(f'{name:12}{spread(posts[name]):>24}{statistics.median(posts[name]) / base:>8.2f}'
              f'{spread(mails[name]):>28}')


def spread(values):
    return f'{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})'


if __name__ == '__main__':
    main(*(int(argument) for argument in sys.argv[1:]))
