"""kill -9 of everything, at random moments, while people edit: what was acknowledged is there, its
tasks have run, its mail left, and an edit that failed has left nothing.

For thirty seconds, or ten minutes, which make more than 20,000 edits.
"""
import contextlib
import http.client
import json
import os
import random
import threading
import time
from collections import Counter
from types import SimpleNamespace
from urllib.parse import urlsplit

import counts
import noting_site
from length import either
from noting_site import PROGRAM, ROLL_BACK, Noted

import smtp
from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.config import settings
from kuma_lite.mail.models import Message
from kuma_lite.queue.tables import Task
from kuma_lite.watch import actions as watching
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision
from process import Process, wait_for

EDITS = 20_000                              # at least, in ten minutes
SECONDS = either(30, 600)
ENOUGH = SECONDS / 600 * EDITS / 4
LONGEST = 3 if SECONDS < 60 else 6         # seconds between two kills
WATCHED, UNWATCHED = ['A'], ['B', 'C', 'D']
PAGES = WATCHED + UNWATCHED


def prepare(data):
    """A site with an editor, a watcher and a watched page. Returns the editor's API token."""
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        db.database.create_tables([Noted])
        editor = accounts.create_person('edda', 'edda@example.org', 'editor', 'a good long one')
        watcher = accounts.create_person('wanda', 'wanda@example.org', 'reader', 'a good long one')
        for path in PAGES:
            wiki.save(path, path, 'nothing yet', editor)
        for path in WATCHED:
            watching.watch(watcher, Page.at(path))
        token = sessions.create_token(editor)
    db.database.close_all()
    return token


class Editor(threading.Thread):
    """Edits one page again and again, and notes by their texts what the site said to its edits.

    Each fifth edit is one that fails in its transaction.
    """

    def __init__(self, site, token, path):
        super().__init__(daemon=True)
        self.site, self.token, self.path = site, token, path
        self.acknowledged, self.refused, self.unknown, self.odd = [], [], [], []
        self.stopping = False

    def run(self):
        number = 0
        while not self.stopping:
            number += 1
            self._edit(f'{self.path} {number}' + (f' {ROLL_BACK}' if number % 5 == 0 else ''))

    def _edit(self, text):
        try:
            status, answer = self._put(text)
        except ConnectionRefusedError:      # nobody has seen it
            time.sleep(0.05)
        except (OSError, http.client.HTTPException):    # killed before or in the middle of its answer
            self.unknown.append(text)
        else:
            said = {200: self.acknowledged, 500: self.refused}.get(status)
            said.append(text) if said is not None else self.odd.append((text, status, answer))

    def _put(self, text):
        body = json.dumps({'title': self.path, 'content': text, 'base_revision': 'latest'})
        headers = {'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json'}
        connection = http.client.HTTPConnection(urlsplit(self.site.url).netloc, timeout=10)
        with contextlib.closing(connection):
            connection.request('PUT', f'/api/v1/pages/{self.path}', body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()


def test_nothing_acknowledged_is_lost_and_nothing_rolled_back_runs(tmp_path):
    data = tmp_path / 'data'
    token = prepare(data)
    with smtp.Server() as server:
        site = Process(data, program=PROGRAM, KUMA_MAIL_HOST='127.0.0.1',
                       KUMA_MAIL_PORT=str(settings.mail.port)).start()
        editors = [Editor(site, token, path) for path in PAGES]
        for editor in editors:
            editor.start()
        kills = torment(site, editors)
        for editor in editors:
            editor.stopping = True
            editor.join()
        wait_for(lambda: at_rest(data), timeout=60 + SECONDS)
        site.stop()
        judge(kills, said(editors), found(data, server))


def torment(site, editors):
    """Kill the application, Valkey or both at random moments, also as they start; returns how often each.

    On a busy machine it takes longer until there are enough edits.
    """
    kills, until = Counter(), time.monotonic() + SECONDS
    while time.monotonic() < until or (len(said(editors)['acknowledged']) <= ENOUGH
                                       and time.monotonic() < until + 3 * SECONDS):
        time.sleep(random.uniform(0.05, LONGEST))
        victims = random.choice([('application',), ('valkey',), ('application', 'valkey')])
        kills.update(victims)
        if 'application' in victims:
            site.kill()
        if 'valkey' in victims:
            kill_valkey(site)
        if 'application' in victims:
            kills['as it started'] += start_again(site)
    return kills


def kill_valkey(site):
    with contextlib.suppress(TypeError, ProcessLookupError):     # it is just being started again
        os.kill(site.valkey_pid(), 9)


def start_again(site):
    """Each third start is killed too; returns how many were."""
    died = 0
    while True:
        early = threading.Timer(random.uniform(0.1, 1), site.kill)
        if random.random() < 1 / 3:
            early.start()
        try:
            site.start()
            if early.is_alive():
                early.join()
            if site.popen.poll() is None:
                return died
        except RuntimeError:
            early.join()
        died += 1


def at_rest(data):
    db.open_file(data / 'wiki.db')
    with db.connection():
        return not Task.select().where(Task.state.in_(['queued', 'running'])).exists()


def said(editors):
    """What the editors were told, all of them together."""
    return {what: [text for editor in editors for text in getattr(editor, what)]
            for what in ('acknowledged', 'refused', 'unknown', 'odd')}


def found(data, server):
    """What is there in the end."""
    db.open_file(data / 'wiki.db')
    with db.connection():
        edits = list(Revision.select().where(Revision.based_on_id.is_null(False)))
        watched = {Page.at(path).id for path in WATCHED}
        return SimpleNamespace(
            stored=noting_site.stored(), effects=noting_site.effects(), runs=noting_site.runs(),
            wanted_mails={f'revision:{edit.id}' for edit in edits if edit.page_id in watched},
            messages={message.key for message in Message.select()},
            mails=[mail['Message-ID'] for mail in server.mails],
            dead=Task.select().where(Task.state == 'dead').count(),
            integrity=db.database.execute_sql('PRAGMA integrity_check').fetchall())


def judge(kills, said, found):
    stored = set(found.stored)
    never = [text for text in said['unknown'] if text not in stored]
    counts.judge('kills', said['acknowledged'], found.effects, said['unknown'], said['refused'] + never,
                 kills=kills.total(), as_it_started=kills['as it started'],
                 run_twice=len(found.runs) - len(set(found.runs)),
                 mails=len(set(found.mails)), sent_again=len(found.mails) - len(set(found.mails)))
    assert stored == set(found.effects), 'also those that nobody got an answer about'
    assert (said['odd'], found.dead, len(found.stored)) == ([], 0, len(stored))
    assert not [text for text in stored if ROLL_BACK in text]
    assert found.messages == found.wanted_mails and len(set(found.mails)) == len(found.messages)
    assert found.integrity == [('ok',)]
    assert len(said['acknowledged']) > ENOUGH and said['refused']
    assert SECONDS < 600 or len(said['acknowledged']) + len(said['refused']) >= EDITS
