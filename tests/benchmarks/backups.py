"""What a backup of 50,000 pages costs those who save meanwhile, and how long it takes.

    python tests/benchmarks/backups.py [ROUNDS [SIZE]]

A site is made as many_pages.py does, and served. In each round pages are saved through the API: alone, as
long as the site makes a backup itself (as each night), alone again, and as long as the command makes one, in
another process. Each is compared with what was measured alone right before and after it, so that a machine
that does something else meanwhile slows both. Told are the median over the rounds of the ratio of the
medians, with the least and the greatest, and the slowest of a hundred; the bar is 1.2. In the end the last
backup is checked and restored.
"""
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from base import settings_for
from kuma_lite import app, db
from kuma_lite.accounts import sessions
from kuma_lite.accounts.models import Person
from kuma_lite.backup.tasks import back_up
from kuma_lite.queue.tables import Task
from kuma_lite.wiki.models import Page
from process import CHECKOUT, Process

BAR = 1.2
ALONE = 10              # seconds
KUMA = [sys.executable, str(CHECKOUT / 'kuma_lite.py')]


def main(rounds=3, size=50_000):
    with tempfile.TemporaryDirectory() as work:
        data = Path(work) / 'data'
        pages = Path(__file__).with_name('many_pages.py')
        subprocess.run([sys.executable, pages, '--one', 'make', data, str(size)], check=True)
        paths, token = prepare(data)
        print(f'{size:,} pages, {(data / "wiki.db").stat().st_size >> 20:,} MB; '
              f'CPUs {sorted(os.sched_getaffinity(0))}, {rounds} rounds')
        turns = [('alone', alone), ('the site makes a backup', by_site), ('alone', alone),
                 ('the command makes one', by_command)] * rounds + [('alone', alone)]
        with Process(data, KUMA_BACKUP_KEEP='1') as site:
            saver = Saver(site, paths, token)
            saver.save_while(lambda: len(saver.times) < 50)     # warm
            measured = []
            for what, beside in turns:
                with beside(data) as goes_on:
                    measured.append((what, saver.save_while(goes_on)))
        show(measured)
        restore(data)


def prepare(data):
    """([path, …], a token of somebody who may edit)"""
    app.configure(settings_for(data))
    with db.connection():
        paths = [path for path, in Page.select(Page.path).order_by(Page.id).limit(5_000).tuples()]
        token = sessions.create_token(Person.get(Person.role == 'moderator'))
    db.database.close_all()
    return paths, token


class Saver:
    """Saves one page after the other, twenty a second, as many people together might."""

    def __init__(self, site, paths, token):
        self.paths, self.number, self.times = paths, 0, []
        self.headers = {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'}
        self.connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=30)

    def save_while(self, goes_on):
        """Returns the seconds that each took."""
        self.times = []
        while goes_on():
            self.times.append(self._save())
            time.sleep(0.05)
        return self.times

    def _save(self):
        self.number += 1
        path = self.paths[self.number * 7 % len(self.paths)]
        text = f'Edit {self.number}.\n\n' + 'Some *words* of it. ' * 100
        body = json.dumps({'title': path, 'content': text, 'base_revision': 'latest'})
        began = time.perf_counter()
        self.connection.request('PUT', f'/api/v1/pages/{path}', body, self.headers)
        answer = self.connection.getresponse()
        words = answer.read()
        assert answer.status in (200, 201), words
        return time.perf_counter() - began


@contextlib.contextmanager
def alone(data):
    until = time.monotonic() + ALONE
    yield lambda: time.monotonic() < until


@contextlib.contextmanager
def by_site(data):
    """The task of each night, called now."""
    for path in (data / 'backups').glob('nightly-*'):
        path.unlink()
    with db.connection(), db.atomic():
        number = back_up().id
    began = time.monotonic()

    def goes_on():
        with db.connection():
            return Task.get_by_id(number).state in ('queued', 'running')
    yield goes_on
    print(f'the site made a backup in {time.monotonic() - began:.1f} s', flush=True)
    assert list((data / 'backups').glob('nightly-*'))


@contextlib.contextmanager
def by_command(data):
    path, began = data.with_name('a.tar.gz'), time.monotonic()
    path.unlink(missing_ok=True)
    process = subprocess.Popen([*KUMA, 'backup', str(path), '--data', str(data)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    yield lambda: process.poll() is None
    assert process.returncode == 0
    seconds, size = time.monotonic() - began, path.stat().st_size
    print(f'the command made one in {seconds:.1f} s, {size >> 20:,} MB', flush=True)


def show(measured):
    """`measured` is [(what, [seconds, …]), …], every other one of them alone."""
    for what in dict(measured):
        turns = [number for number, (name, _) in enumerate(measured) if name == what]
        times = [seconds for number in turns for seconds in measured[number][1]]
        median, slow = statistics.median(times), statistics.quantiles(times, n=100)[98]
        ratios = '' if what == 'alone' else told([ratio(measured, turn) for turn in turns])
        print(f'{what:24} {len(times):>5} saves; ms: {median * 1000:6.1f} at the median, {slow * 1000:6.1f} '
              f'at 99 of 100{ratios}')


def ratio(measured, turn):
    beside = measured[turn - 1][1] + measured[turn + 1][1]
    return statistics.median(measured[turn][1]) / statistics.median(beside)


def told(ratios):
    middle = statistics.median(ratios)
    return f'; {middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f}){" !" if middle > BAR else ""}'


def restore(data):
    for words in (['--verify'], ['--data', str(data.with_name('restored'))]):
        began = time.monotonic()
        subprocess.run([*KUMA, 'restore', str(data.with_name('a.tar.gz')), *words], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f'restore {words[0]}: {time.monotonic() - began:.1f} s')


if __name__ == '__main__':
    main(*map(int, sys.argv[1:]))
