"""A wiki exported, imported into an empty one and exported again, by the commands: the same, byte by byte.

The short form of tests/benchmarks/export_pages.py, with odd texts, names, titles and tags.
"""
import json
import sys
from pathlib import Path

from web_base import attacks

sys.path.append(str(Path(__file__).parents[1] / 'benchmarks'))

import export_pages

PAGES = 300
OWN = ['---\ntitle: no\n---\nx', '\n\n  a\n', 'a\rb', '# One #\n', '```\n---\n```', '[a](b.md) [[b|c]]\t\n',
       'é ㅎ 😀']
NAMES = ['Plain', 'With some words', 'über/Größe', 'CON', 'a.b', "it's", '한국어/문서', 'deep/deeper/deepest']


def texts():
    found = [row['markdown'] for row in attacks('commonmark-0.31.2.json')]
    return [text for text in (OWN + found) if '\0' not in text] or OWN


def write(folder):
    """Files as people write them, and some with what is said of a page above its text."""
    some = texts()
    for number in range(PAGES):
        file = folder / f'{NAMES[number % len(NAMES)]} {number}.md'
        file.parent.mkdir(parents=True, exist_ok=True)
        title, tags = json.dumps(f'Title "{number}": \\ # é'), json.dumps(['Tea', f'No {number}', "it's"])
        head = f'---\ntitle: {title}\ntags: {tags}\n---\n' if number % 3 else ''
        file.write_bytes((head + some[number % len(some)]).encode('utf-8'))


def test_nothing_is_lost_or_changed(tmp_path):
    folder = tmp_path / 'notes'
    write(folder)
    assert export_pages.main([str(folder)]) == PAGES
