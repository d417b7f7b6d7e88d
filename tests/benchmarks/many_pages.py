"""What 5,000 and 50,000 pages cost against 500: views, history, lists, search and saves.

    python tests/benchmarks/many_pages.py [ROUNDS [SIZE …]]

A site of each size is made once: the rows of pages, revisions, links and tags are inserted in bulk by the
models, with the text of each page as its HTML (no Markdown is rendered for that), and the search index in
one statement: these texts are already what the index would make of them. Then all sites take turns in each
round, each time as a process of its own; it asks the WSGI application for every row below REPEATS times,
each time for another page, and tells the median. Tasks wait while it saves. The affinity is printed: all
sizes have the same. A ratio above 1.5, marked by "!", ends with status 1.
"""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from peewee import chunked, fn

from base import create_cast, settings_for
from kuma_lite import app, clock, db, text
from kuma_lite.accounts import sessions
from kuma_lite.accounts.models import Person
from kuma_lite.queue import modes
from kuma_lite.web.session import SESSION
from kuma_lite.wiki import actions, contributors
from kuma_lite.wiki.models import Link, Page, PageTag, Revision, Tag

BAR = 1.5
REPEATS = 30
AREAS, FOLDER = 10, 50      # how many there are, and pages of each
BIG, TAGS = 5, 200          # tags: those that many pages have, and all
WORDS = [f'{a}{b}{c}' for a in ('ka', 'lo', 'mi', 'tu', 'ne') for b in ('ran', 'vel', 'sor', 'dim', 'pag')
         for c in ('a', 'es', 'or', 'ing', 'ed', 'um', 'is', 'et')]


def main(rounds=5, *sizes):
    sizes = sizes or (500, 5_000, 50_000)
    with tempfile.TemporaryDirectory() as work:
        sites = {size: Path(work) / f'{size}' for size in sizes}
        for size, data in sites.items():
            begun = time.monotonic()
            apart('make', data, size)
            print(f'{size:,} pages made in {time.monotonic() - begun:.0f} s', flush=True)
        found = {size: [] for size in sizes}
        for _ in range(rounds):
            for size, data in sites.items():
                found[size].append(json.loads(apart('measure', data, size)))
        worst = show(found, rounds)
        shutil.rmtree(work)
    return int(worst > BAR)


def apart(what, data, size):
    command = [sys.executable, __file__, '--one', what, str(data), str(size)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def show(found, rounds):
    """Returns the worst ratio."""
    (first, *others), worst = found, 0
    print(f'CPUs {sorted(os.sched_getaffinity(0))}, {rounds} rounds of {REPEATS}; ms at the median')
    print(f'{"":26}' + ''.join(f'{size:>10,}' for size in found) + f'{f"/ {first:,}":>9}' * len(others))
    for row in found[first][0]:
        times = {size: [run[row] for run in runs] for size, runs in found.items()}
        ratios = [ratio(times[size], times[first]) for size in others]
        print(f'{row:26}' + ''.join(f'{statistics.median(runs):>10.2f}' for runs in times.values())
              + ''.join(f'{number:>9.2f}' for number in ratios) + (' !' if max(ratios) > BAR else ''))
        worst = max(worst, *ratios)
    return worst


def ratio(times, others):
    return statistics.median(a / b for a, b in zip(times, others, strict=True))


def make(data, size):
    db.migrate()
    with db.connection():
        create_cast()
        with db.atomic():
            insert(size, Person.get(name='edda'))
            index()


def insert(size, author):
    now, numbers = clock.now(), range(size)
    many(Page, (page_row(n, now) for n in numbers))
    many(Revision, (revision_row(n, now, author) for n in numbers))
    many(Link, ({'page': n + 1, 'target': path(other).casefold()} for n in numbers
                for other in {0, (n + 1) % size, (n + 7) % size} - {n}))
    many(Tag, ({'key': f'tag {tag:03}', 'name': f'Tag {tag:03}'} for tag in range(TAGS)))
    many(PageTag, ({'page': n + 1, 'tag': tag + 1} for n in numbers for tag in tags(n)))
    Tag.update(uses=PageTag.select(fn.count()).where(PageTag.tag == Tag.id)).execute()


def page_row(number, now):
    return {'path': path(number), 'key': path(number).casefold(), 'title': title(number),
            'name': text.title_key(title(number)), 'current_id': number + 1, 'created_at': now,
            'updated_at': now, 'headings': '[]', 'html': f'<p>{words(number)}</p>'}


def revision_row(number, now, author):
    return {'page': number + 1, 'author': author, 'created_at': now, 'title': title(number), 'size': 1000,
            'tags': json.dumps([f'Tag {tag:03}' for tag in tags(number)]), 'content': words(number)}


def index():
    execute = db.database.execute_sql
    execute("INSERT INTO search_index (rowid, title, headings, text) "
            "SELECT id, '¶' || replace(lower(title), ' ', ' ¶') || ' ' || lower(title), '', "
            "substr(html, 4, length(html) - 7) FROM page")
    execute('INSERT INTO search_entry (page_id, title) SELECT id, lower(title) FROM page')
    execute('INSERT INTO search_word (word) SELECT value FROM json_each(?)', (json.dumps(WORDS),))


def many(model, rows):
    for some in chunked(rows, 1000):
        model.insert_many(some).execute()


def path(number):
    """Folders of 50 pages in 10 areas; the first page of each stands for it."""
    number, area = divmod(number, AREAS)
    folder, page = divmod(number, FOLDER)
    if not page:
        return f'Area_{area}/Folder_{folder}' if folder else f'Area_{area}'
    return f'Area_{area}/Folder_{folder}/Page_{page}'


def tags(number):
    return number % BIG, BIG + number % (TAGS - BIG)


def title(number):
    return f'{WORDS[number % len(WORDS)]} {number}'.capitalize()


def words(number):
    """A kilobyte of text, always the same for a number."""
    return ' '.join(random.Random(number).choices(WORDS, k=150)) + f' only{number}'


def measure(data, size):
    dice = random.Random(size)
    site, numbers = Asked(), [dice.randrange(size) for _ in range(REPEATS)]
    paths = [path(number) for number in numbers]
    modes.start_manual()
    for number in numbers:
        contributors.names.compute(number + 1)      # now its bar is there, and the page may be kept
        site.get(f'/docs/{path(number)}')
    print(json.dumps({**dict(reads(site, paths, numbers)), **dict(writes(numbers, size))}))


def reads(site, paths, numbers):
    yield 'view, from memory', times(lambda n: site.get(f'/docs/{paths[n]}'))
    yield 'view, signed in', times(lambda n: site.get(f'/docs/{paths[n]}', signed_in=True))
    yield 'history', times(lambda n: site.get(f'/docs/{paths[n]}$history'))
    yield 'what links here', times(lambda n: site.get(f'/docs/{path(0)}$links', f'after={10 ** 9 - n}'))
    yield 'what is below', times(lambda n: site.get(f'/docs/Area_{n % AREAS}/Folder_0$children'))
    yield 'recent changes', times(lambda n: site.get('/recent'))
    yield '… below one path', times(lambda n: site.get('/recent', f'under={paths[n].split("/")[0]}'))
    yield '… of one person', times(lambda n: site.get('/recent', 'by=edda'))
    yield 'all pages, tree', times(lambda n: site.get('/all'))
    yield 'all pages, list', times(lambda n: site.get('/all/list', f'after=area_{n % 5}'))
    yield 'tags', times(lambda n: site.get('/tags'))
    yield 'pages of a tag', times(lambda n: site.get(f'/tag/Tag {n % BIG:03}'))
    yield 'search, a rare word', times(lambda n: site.get('/search', f'q=only{numbers[n]}'))
    yield 'search, a word on half', times(lambda n: site.get('/search', f'q={WORDS[n]}'))
    yield 'search, words on half', times(lambda n: site.get('/search', f'q={WORDS[n]}+{WORDS[n + 50]}'))


def writes(numbers, size):
    people = {person.name: person for person in Person.select()}

    def save(number, where, author='edda'):
        links = f'[[{path(0)}]] [[{path((number + 3) % size)}]] [[{title((number + 5) % size)}]]'
        content = f'{words(number)} {links} {time.time()}'
        actions.save(where, title(number), content, people[author], base='latest')
    yield 'save, an edit', times(lambda n: save(numbers[n], path(numbers[n])))
    yield 'save, a new page', times(lambda n: save(numbers[n], f'{path(numbers[n])}/New {time.time_ns()}'))


def times(ask):
    """Milliseconds at the median, after a first time that does not count."""
    found = []
    for number in [0, *range(REPEATS)]:
        begun = time.perf_counter()
        ask(number)
        found.append((time.perf_counter() - begun) * 1000)
    return statistics.median(found[1:])


class Asked:
    """The WSGI application, asked without a server between."""

    def __init__(self):
        self._app = app.make_app()
        self._cookie = f'{SESSION}={sessions.start_session(Person.get(name="mona"))}'

    def get(self, where, query='', signed_in=False):
        environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': where, 'QUERY_STRING': query, 'SERVER_NAME': 'x',
                   'SERVER_PORT': '80', 'HTTP_HOST': 'wiki.test', 'wsgi.url_scheme': 'http',
                   'REMOTE_ADDR': '192.0.2.7', **({'HTTP_COOKIE': self._cookie} if signed_in else {})}
        body = b''.join(self._app(environ, self._start))
        assert self.status == '200 OK', (where, self.status, body)

    def _start(self, status, headers, exc_info=None):
        self.status = status


def one(what, data, size):
    app.configure(settings_for(data))
    if what == 'make':
        make(data, int(size))
        return
    with db.connection():
        measure(data, int(size))


if __name__ == '__main__':
    if sys.argv[1:2] == ['--one']:
        one(*sys.argv[2:])
    else:
        sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
