"""How long a search takes, how large the index is, and how long it takes to make.

    python tests/benchmarks/search.py [PAGES …]         without numbers: 500, all of the corpus, 50,000

The pages are those of tldr-en and tldr-ko of ../shared/corpus together (more than there are: the same once
more under other paths), or texts made up here. The questions are words of random pages. "find" is the
search itself, "answer" the whole request /search with its snippets and its page of HTML.
"""
import json
import os
import random
import statistics
import sys
import tarfile
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import webtest

from base import settings_for
from kuma_lite import app, db, markup
from kuma_lite.search import finding, indexing, words
from kuma_lite.wiki.models import Page

CORPUS = Path(__file__).parents[3] / 'shared/corpus'
ASKED = 300         # questions of each kind
MANY = 50_000
SHADOWS = {'search_index_data': 'block', 'search_index_docsize': 'sz', 'search_word': 'word',
           'search_entry': 'title'}


def main(sizes):
    print(f'CPUs {sorted(os.sched_getaffinity(0))}; {ASKED} questions of each kind')
    with tempfile.TemporaryDirectory() as work:
        pages = list(corpus(work)) or list(made_up())
        for size in sizes or (500, len(pages), MANY):
            random.seed(1)
            measure(chosen(pages, size), Path(work) / f'data-{size}')


def corpus(work):
    """(title, headings, HTML) of each page in the two archives, rendered."""
    for name in ('tldr-en', 'tldr-ko'):
        if (CORPUS / f'{name}.tar.xz').exists():
            with tarfile.open(CORPUS / f'{name}.tar.xz') as tar:
                tar.extractall(Path(work) / name, filter='data')
    for file in sorted(Path(work).rglob('*.md')):
        yield rendered(file.stem, file.read_text('utf-8'))


def made_up():
    for number in range(5_000):
        some = ' '.join(f'word{random.randrange(20_000)}' for _ in range(100))
        yield rendered(f'Page {number}', f'# Page {number}\n\n{some} 명령어를 표시')


def rendered(title, text):
    html, headings, _ = markup.render(text, lambda keys: {})
    return headings[0][2] if headings else title, json.dumps(headings, ensure_ascii=False), html


def chosen(pages, size):
    some = random.sample(pages, min(size, len(pages)))
    return (some * (size // len(some) + 1))[:size]


def measure(pages, data):
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        insert(pages)
        print(f'\n{len(pages):,} pages, {sum(len(html) for _, _, html in pages) / 1e6:.1f} MB of HTML')
        print(f'  indexed: {build()}; the index has {size_of_index() / 1e6:.1f} MB')
        site = webtest.TestApp(app.make_app())
        print(f'  {"milliseconds":24}{"find p50":>10}{"p99":>8}{"answer p50":>12}{"p99":>8}  pages found')
        for what, questions in asked([words.plain(html) for _, _, html in pages]).items():
            show(what, [ask(site, question) for question in questions])
        suggested = sorted(timed(site.get, '/search/suggest', {'q': title[:4]})[0]
                           for title, _, _ in random.choices(pages, k=ASKED))
        print(f'  {"suggestions":24}{"":>18}{statistics.median(suggested):12.2f}{percentile(suggested):8.2f}')


def insert(pages):
    fields = [Page.path, Page.key, Page.title, Page.created_at, Page.updated_at, Page.headings, Page.html]
    rows = [(f'P{number}', f'p{number}', title, 0, 0, headings, html)
            for number, (title, headings, html) in enumerate(pages)]
    with db.atomic():
        for start in range(0, len(rows), 500):
            Page.insert_many(rows[start:start + 500], fields).execute()


def build():
    """Index all pages, one transaction each as the tasks do."""
    [ends] = indexing.chunks(MANY)
    took = sorted(timed(indexing.refresh, page_id)[0] for page_id in indexing.pages_between(*ends))
    return (f'{sum(took) / 1000:.1f} s, {1000 * len(took) / sum(took):,.0f} a second; a page takes '
            f'{statistics.median(took):.2f} ms (p99 {percentile(took):.2f}, at most {took[-1]:.0f})')


def size_of_index():
    sizes = [db.database.execute_sql(f'SELECT sum(length(CAST({column} AS BLOB))) FROM {table}').fetchone()[0]
             for table, column in SHADOWS.items()]
    return sum(sizes)


def asked(texts):
    """{kind: questions}, from words that stand in the texts."""
    latin = [found for found in ([word for word in text.split() if word.isalpha() and word.isascii()]
                                 for text in texts) if len(found) > 8]
    korean = [word for text in random.choices(texts, k=20_000) for word in text.split()
              if word.isalpha() and words.is_unspaced(words.fold(word)) and len(word) > 2]
    return {
        'one word': [random.choice(found) for found in sample(latin)],
        'two words': [' '.join(random.sample(found, 2)) for found in sample(latin)],
        'four words': [' '.join(random.sample(found, 4)) for found in sample(latin)],
        'a phrase': [f'"{" ".join(piece(text.split(), 3))}"' for text in sample(texts)],
        'a part of a word': [random.choice(found)[:3] for found in sample(latin)],
        'inside of a word': [random.choice(found)[1:5] for found in sample(latin)],
        'a misspelt word': [misspelt(max(found, key=len)) for found in sample(latin)],
        'two Korean syllables': [word[:2] for word in sample(korean)],
        'two Korean words': [' '.join(random.sample(korean, 2)) for _ in sample(korean)],
        'the most frequent': ['the https more a'.split()[number % 4] for number in range(ASKED)],
    }


def sample(items):
    return random.choices(items, k=ASKED) if items else []


def piece(found, size):
    start = random.randrange(max(1, len(found) - size))
    return found[start:start + size]


def misspelt(word):
    return word[:2] + word[3:4] + word[2:3] + word[4:]


def ask(site, question):
    find, found = timed(finding.find, question)
    answer, _ = timed(site.get, '/search', {'q': question})
    return find, answer, len(found.page_ids)


def timed(call, *args):
    """(milliseconds, what came of it)"""
    started = time.perf_counter()
    result = call(*args)
    return (time.perf_counter() - started) * 1000, result


def show(what, measured):
    if measured:
        finds, answers, counts = map(sorted, zip(*measured, strict=True))
        print(f'  {what:24}{statistics.median(finds):10.2f}{percentile(finds):8.2f}'
              f'{statistics.median(answers):12.2f}{percentile(answers):8.2f}{statistics.median(counts):13.0f}')


def percentile(values):
    return values[int(len(values) * .99)]


if __name__ == '__main__':
    main([int(argument) for argument in sys.argv[1:]])
