"""kill -9 of everything, at random moments, while people edit: what was acknowledged is there, and
its mail left.

KUMA_KILLS sets how often (10 by default, which takes about half a minute).
"""
import http.client
import json
import os
import random
import threading
import time
import urllib.request

import smtp
from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.config import settings
from kuma_lite.mail.models import Message
from kuma_lite.queue.tables import Task
from kuma_lite.watch import actions as watching
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision
from process import Process, fetch, wait_for

KILLS = int(os.environ.get('KUMA_KILLS', 10))
PAGES = ['A', 'B', 'C']


def prepare(data):
    """A site with an editor, a watcher and the watched pages. Returns the editor's API token."""
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        editor = accounts.create_person('edda', 'edda@example.org', 'editor', 'a good long one')
        watcher = accounts.create_person('wanda', 'wanda@example.org', 'reader', 'a good long one')
        for path in PAGES:
            wiki.save(path, path, 'nothing yet', editor)
            watching.watch(watcher, Page.at(path))
        token = accounts.create_token(editor)
    db.database.close_all()
    return token


class Editor(threading.Thread):
    """Edits one page after the other and notes what the site has acknowledged."""

    def __init__(self, site, token, path):
        super().__init__(daemon=True)
        self.site, self.token, self.path = site, token, path
        self.acknowledged, self.unknown, self.stopping = {}, [], False

    def run(self):
        number = 0
        while not self.stopping:
            number += 1
            self._edit(f'{self.path} {number}')

    def _edit(self, content):
        body = json.dumps({'title': self.path, 'content': content, 'base_revision': 'latest'}).encode()
        headers = {'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json'}
        address = f'{self.site.url}/api/v1/pages/{self.path}'
        request = urllib.request.Request(address, body, headers, method='PUT')
        try:
            status, text = fetch(request, timeout=5)
        except (OSError, http.client.HTTPException):     # killed before or in the middle of its answer
            self.unknown.append(content)
            time.sleep(0.02)
            return
        assert status == 200, text
        self.acknowledged[json.loads(text)['revision']] = content


def test_nothing_acknowledged_is_lost_and_every_mail_leaves(tmp_path):
    data = tmp_path / 'data'
    token = prepare(data)
    with smtp.Server() as server:
        site = Process(data, KUMA_MAIL_HOST='127.0.0.1', KUMA_MAIL_PORT=str(settings.mail.port)).start()
        editors = [Editor(site, token, path) for path in PAGES]
        for editor in editors:
            editor.start()
        for _ in range(KILLS):
            time.sleep(random.uniform(0.05, 1.0))
            site.kill()
            if random.random() < 0.5:
                os.kill(site.valkey_pid(), 9)
            site.start()
        for editor in editors:
            editor.stopping = True
            editor.join()
        wait_for(lambda: at_rest(data), timeout=120)
        site.stop()
        judge(data, editors, server)


def at_rest(data):
    db.open_file(data / 'wiki.db')
    with db.connection():
        return not Task.select().where(Task.state.in_(['queued', 'running'])).exists()


def judge(data, editors, server):
    acknowledged = {number: text for editor in editors for number, text in editor.acknowledged.items()}
    unknown = [text for editor in editors for text in editor.unknown]
    db.open_file(data / 'wiki.db')
    with db.connection():
        stored = dict(Revision.select(Revision.id, Revision.content).tuples())
        edits = set(Revision.select(Revision.id).where(Revision.based_on_id.is_null(False)).tuples())
        mailed = set(Message.select(Message.key).tuples())
        dead = list(Task.select().where(Task.state == 'dead'))
        integrity = db.database.execute_sql('PRAGMA integrity_check').fetchall()
    delivered = {mail['Message-ID'] for mail in server.mails}
    print(f'\nkills {KILLS}, acknowledged {len(acknowledged)}, unknown {len(unknown)}, '
          f'revisions {len(stored)}, mails {len(server.mails)}, '
          f'doubled {len(server.mails) - len(delivered)}, dead {len(dead)}')
    assert {number: stored.get(number) for number in acknowledged} == acknowledged, 'lost edits'
    assert {f'revision:{number}' for number, in edits} <= {key for key, in mailed}, 'edits without a mail'
    assert len(delivered) == len(mailed), 'mails that never left, or for edits that never were'
    assert not dead and integrity == [('ok',)]
    assert len(acknowledged) > KILLS
