"""People who read and save all the while a fault lasts, and what became of each of their saves."""
import http.client
import http.cookiejar
import json
import re
import statistics
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import counts
import noting_site
from peewee import fn

from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.queue.tables import Attempt, Task
from kuma_lite.watch import actions as watching
from kuma_lite.web.session import SESSION
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision

ABOUT_REQUESTS = re.compile('kuma_lite.web|waitress.queue')


class Person:
    """Somebody who may edit, with a browser and with a program; `name` is also that of their page."""

    def __init__(self, name, session, token):
        self.name = name
        self.cookie = {'Cookie': f'{SESSION}={session}'}
        self.bearer = {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'}

    def put(self, site, content):
        """(status, headers, text) of saving by the API."""
        body = json.dumps({'title': self.name, 'content': content, 'base_revision': 'latest'}).encode()
        return send(f'{site.url}/api/v1/pages/{self.name}', self.bearer, body, 'PUT')

    def submit(self, site, content):
        """The same by the form."""
        address = f'{site.url}/docs/{self.name}$edit'
        status, headers, text = send(address, self.cookie)
        if status != 200:
            return status, headers, text
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text.split('<main')[1])
        fields = {**dict(hidden), 'title': self.name, 'content': content, 'comment': '', 'tags': ''}
        return send(address, self.cookie, urllib.parse.urlencode(fields).encode(), 'POST')


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


opener = urllib.request.build_opener(Stay())


def send(address, headers=None, body=None, method='GET'):
    """(status, headers, text) of a request; redirects are not followed."""
    request = urllib.request.Request(address, body, headers or {}, method=method)
    try:
        with opener.open(request, timeout=40) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def prepare(data, count):
    """A site with that many people, each with a page of their own that somebody watches."""
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        db.database.create_tables([noting_site.Noted])
        watcher = accounts.create_person('wanda', 'wanda@example.org', 'reader', 'a good long one')
        people = [_person(f'person{number}', watcher) for number in range(count)]
    db.database.close_all()
    return people


def _person(name, watcher):
    person = accounts.create_person(name, f'{name}@example.org', 'editor', 'a good long one')
    wiki.save(name, name, 'nothing yet', person)
    watching.watch(watcher, Page.at(name))
    return Person(name, sessions.start_session(person), sessions.create_token(person))


class Rush:
    """All of them save again and again, by the form and by the API in turn, and two more read."""

    def __init__(self, site, people, size=100):
        self._site, self._filling, self._stopping = site, ' word' * (size // 5), threading.Event()
        self.acknowledged, self.refused, self.unknown, self.wrong, self.views = [], [], [], [], []
        self._threads = [threading.Thread(target=self._save, args=[person]) for person in people]
        self._threads += [threading.Thread(target=self._read, args=[people[0].name]) for _ in range(2)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _save(self, person):
        number = 0
        while not self._stopping.wait(0.2):
            number += 1
            content = f'{person.name} {id(self)} {number}{self._filling}'
            try:
                self._note(content, *(person.submit if number % 2 else person.put)(self._site, content))
            except (OSError, http.client.HTTPException):
                self.unknown.append(content)

    def _note(self, content, status, headers, text):
        if status in (200, 303):
            self.acknowledged.append(content)
        elif status == 503 and _says_so(headers, text, content):
            self.refused.append(content)
        else:
            self.wrong.append((status, text))

    def _read(self, path):
        while not self._stopping.wait(0.02):
            started = time.monotonic()
            status, _, text = send(f'{self._site.url}/docs/{path}')
            self.views.append(time.monotonic() - started)
            if status != 200 or path not in text:
                self.wrong.append((status, text))

    def report(self):
        views = sorted(self.views)
        return (f'{len(views)} views, median {statistics.median(views) * 1000:.0f} ms, '
                f'p99 {views[len(views) * 99 // 100] * 1000:.0f} ms, longest {views[-1] * 1000:.0f} ms')


def _says_so(headers, text, content):
    """A refusal says when to come again, that nothing was saved, and, in a form, gives the text back."""
    if 'Nothing was saved' not in text or not headers['Retry-After']:
        return False
    return headers['Content-Type'].startswith('application/json') or content in text


def at_rest(data):
    """Whether all tasks have ended; asked beside the running site."""
    db.open_file(data / 'wiki.db')
    with db.connection():
        return not Task.select().where(Task.state.in_(['queued', 'running'])).exists()


def check_log(log, seconds):
    """One line for each refused request; for all else a few lines a second, and nothing unexpected."""
    other = [line for line in log.splitlines() if not ABOUT_REQUESTS.search(line)]
    print(f'{len(other)} lines in the log besides those about requests, in {seconds} s')
    assert 'Traceback' not in log and len(other) < 20 + 5 * seconds, '\n'.join(other)


def judge(fault, data, *rushes):
    """What the database holds in the end: all that was acknowledged, nothing that was refused."""
    db.open_file(data / 'wiki.db')
    with db.connection():
        stored, effects = {row.content for row in Revision.select()}, noting_site.effects()
        # One that came back to the queue while its twin waited there: the twin does its work.
        others = Task.select().where(~Task.error.startswith('superseded by'))
        states = dict(others.select(Task.state, fn.COUNT()).group_by(Task.state).tuples())
        done = Attempt.select().where(Attempt.outcome == 'done')
        twice = done.group_by(Attempt.task).having(fn.COUNT() > 1).count()
        integrity = db.database.execute_sql('PRAGMA integrity_check').fetchall()
    db.database.close_all()
    said = {what: [text for rush in rushes for text in getattr(rush, what)]
            for what in ('acknowledged', 'unknown', 'refused')}
    keys = {what: [text[:noting_site.KEY] for text in texts] for what, texts in said.items()}
    counts.judge(fault, effects=effects, **keys, tasks=sum(states.values()))
    wrong = [answer for rush in rushes for answer in rush.wrong]
    assert not wrong, wrong[0]
    assert stored.issuperset(said['acknowledged']) and stored.isdisjoint(said['refused'])
    assert not twice and integrity == [('ok',)] and set(states) == {'done'}
