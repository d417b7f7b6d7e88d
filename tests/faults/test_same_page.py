"""Sixteen people save the same page in the same second, by the API and by the form, again and again.

No edit is unknown: an answer that does not come ends its writer, and then the test. Rolled back are those
that were told of a conflict.
"""
import html
import itertools
import json
import re
import threading
import urllib.parse
from typing import NamedTuple

import counts
import pytest
from visitors import send

from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.web.session import SESSION
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision
from process import Process

PEOPLE, ROUNDS = 16, 5
START = 'Begin\n' + ''.join(f'\nline of person{number}\n' for number in range(PEOPLE)) + '\nshared\n'


class Change(NamedTuple):
    """Of one line, which begins with `line`: those words are put after that."""
    line: str
    new: str

    def __call__(self, text):
        return re.sub(rf'^{self.line}\b.*$', f'{self.line} {self.new}', text, flags=re.M)


class Writer:
    """Somebody who reads the page, waits for all others, and saves; and what came of it."""

    def __init__(self, number):
        self.name, self.by_form = f'person{number}', number % 2
        person = accounts.create_person(self.name, f'{self.name}@example.org', 'editor', 'a good long one')
        self._cookie = {'Cookie': f'{SESSION}={sessions.start_session(person)}'}
        self._bearer = {'Authorization': f'Bearer {sessions.create_token(person)}',
                        'Content-Type': 'application/json'}
        self.acknowledged, self.told, self.wrong = [], [], []

    def write(self, url, line, ready):
        for number in range(ROUNDS):
            change = Change(line(self), f'{self.name} wrote {number}')
            (self._by_form if self.by_form else self._by_api)(url, change, ready)

    def _by_api(self, url, change, ready):
        address = f'{url}/api/v1/pages/Tea'
        page = json.loads(send(address, self._bearer)[2])
        body = {'content': change(page['content']), 'base_revision': page['revision'], 'merge': True}
        ready.wait()
        status, _, text = send(address, self._bearer, json.dumps(body).encode(), 'PUT')
        is_right = status == 200 or json.loads(text)['revision'] > page['revision']
        self._note(change.new, status, is_right, text)

    def _by_form(self, url, change, ready):
        address = f'{url}/docs/Tea$edit'
        form = send(address, self._cookie)[2].split('id="edit-form"')[1]
        fields = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', form))
        content = html.unescape(re.search(r'<textarea[^>]*>\n(.*?)</textarea>', form, re.S)[1])
        fields.pop('minor')
        fields['content'] = change(content)
        ready.wait()
        status, _, text = send(address, self._cookie, urllib.parse.urlencode(fields).encode(), 'POST')
        self._note(change.new, status, status == 303 or change.new in text, text)

    def _note(self, new, status, is_right, text):
        if not is_right or status not in (200, 303, 409):
            self.wrong.append((status, text))
        (self.told if status == 409 else self.acknowledged).append(new)


@pytest.fixture
def writers(tmp_path):
    app.configure(settings_for(tmp_path / 'data'))
    db.migrate()
    with db.connection():
        wiki.save('Tea', 'Tea', START, None)
        writers = [Writer(number) for number in range(PEOPLE)]
    db.database.close_all()
    return writers


def all_write(data, writers, line):
    """Returns the texts of all revisions, the oldest first."""
    with Process(data) as site:
        ready = threading.Barrier(PEOPLE, timeout=60)
        threads = [threading.Thread(target=writer.write, args=[site.url, line, ready]) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    db.open_file(data / 'wiki.db')
    with db.connection():
        texts = [row.content for row in Revision.select().order_by(Revision.id)]
        page = Page.at('Tea')
        shown, current = page.html, page.current().content
    db.database.close_all()
    assert not [answer for writer in writers for answer in writer.wrong][:1]
    # The page is the last text that somebody was told is saved, and so is what readers see.
    assert current == texts[-1] and html.unescape(current.split('\n')[-2]) in html.unescape(shown)
    return texts


def judge(fault, writers, texts):
    """Each revision has one edit on top of all before it; nobody is told "saved" who is not among them."""
    acknowledged = [new for writer in writers for new in writer.acknowledged]
    told = [new for writer in writers for new in writer.told]
    by_form = sum(len(writer.acknowledged) for writer in writers if writer.by_form)
    counts.judge(fault, acknowledged, list(added(texts)), refused=told, by_form=by_form)
    assert len(acknowledged) + len(told) == PEOPLE * ROUNDS


def added(texts):
    """What was written in each revision but the first."""
    for before, text in itertools.pairwise(texts):
        [new] = set(text.split('\n')) - set(before.split('\n'))
        yield re.search(r'person\d+ wrote \d+$', new)[0]


def test_the_same_paragraph(tmp_path, writers):
    """One wins each time."""
    texts = all_write(tmp_path / 'data', writers, lambda writer: 'shared')
    judge('same paragraph', writers, texts)
    assert len(texts) > ROUNDS


def test_each_their_own_paragraph(tmp_path, writers):
    """All are merged: nobody is refused, and the last text holds what each of them wrote last."""
    texts = all_write(tmp_path / 'data', writers, lambda writer: f'line of {writer.name}')
    judge('own paragraphs', writers, texts)
    assert len(texts) == 1 + PEOPLE * ROUNDS
    for writer in writers:
        assert f'\nline of {writer.name} {writer.name} wrote {ROUNDS - 1}\n' in texts[-1]
