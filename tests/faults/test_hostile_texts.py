"""Two people save, compare and merge the worst texts that are known, one after the other, and all of it is
rendered and indexed. Who reads and saves other pages meanwhile waits for no more than a moment."""
import itertools
import json
import statistics
import threading
import time

import length
import pytest
from test_diffs import HARD
from test_markup_attacks import PATHOLOGICAL
from visitors import prepare, send

from process import Process

MOMENT = 3          # seconds: the longest that anybody may wait, on a slow machine, too
LIMIT = 900_000     # bytes of a text that is sent
# It was saved, there was a conflict, it was too much, or another long text has its turn; nothing else.
RIGHT = {200, 201, 409, 413, 422, 503}


class Hostile(threading.Thread):
    """Somebody who sends `pairs` of texts: one, another one, and a third to be merged with both."""

    def __init__(self, site, person, pairs):
        super().__init__()
        self._site, self._person, self._pairs = site, person, pairs
        self.wrong, self.statuses = [], []

    def run(self):
        for old, new in self._pairs:
            first, second = self._put(old, 'latest'), self._put(new, 'latest')
            if first and second:
                self._put(f'{old}\nmine', first)
                address = f'{self._site.url}/docs/{self._person.name}$compare?from={first}&to={second}'
                self._note('compare', *send(address, self._person.cookie))

    def _put(self, content, base):
        """The number of the revision, or None."""
        body = {'title': 'A', 'content': _cut(content), 'base_revision': base, 'merge': True}
        address = f'{self._site.url}/api/v1/pages/{self._person.name}'
        answer = send(address, self._person.bearer, json.dumps(body).encode(), 'PUT')
        status, text = self._note('put', *answer)
        return json.loads(text)['revision'] if status in (200, 201) else None

    def _note(self, what, status, headers, text):
        self.statuses.append(status)
        if status not in RIGHT:
            self.wrong.append((what, status, text[:500]))
        return status, text


def _cut(text):
    return text.encode()[:LIMIT].decode('utf-8', 'ignore').replace('\0', '')


def waits(site, person, goes_on):
    """The seconds that views and saves of another page took."""
    found, number = [], 0
    while goes_on(number):
        number += 1
        for ask in (lambda: send(f'{site.url}/docs/{person.name}', person.cookie),
                    lambda number=number: person.put(site, f'{number} words')):
            began = time.monotonic()
            status, _, text = ask()
            found.append(time.monotonic() - began)
            assert status == 200, text
    return found


@pytest.mark.alone
def test_nobody_else_waits(tmp_path):
    other, *people = prepare(tmp_path / 'data', 3)
    with Process(tmp_path / 'data') as site:
        waits(site, other, lambda number: number < 5)        # it warms up
        before = waits(site, other, lambda number: number < 30)
        texts = itertools.pairwise([text for _, text in PATHOLOGICAL[::length.either(6, 1)]])
        hostile = [Hostile(site, people[0], HARD.values()), Hostile(site, people[1], texts)]
        for thread in hostile:
            thread.start()
        meanwhile = waits(site, other, lambda number: any(thread.is_alive() for thread in hostile))
    statuses = [status for thread in hostile for status in thread.statuses]
    print(f'\n{len(statuses)} hostile requests, statuses {sorted(set(statuses))}; {len(meanwhile)} others, '
          f'median {statistics.median(meanwhile):.3f} s (alone {statistics.median(before):.3f}), '
          f'longest {max(meanwhile):.3f} s (alone {max(before):.3f})')
    assert not [answer for thread in hostile for answer in thread.wrong][:1]
    assert statuses.count(200) > len(HARD) and max(meanwhile) < MOMENT
