"""How fast a folder of Markdown comes in, and whether what is shown is what was in the files.

    python3 kuma_lite.py test --benchmarks      or      python tests/benchmarks/import_pages.py [FOLDER …]

Without folders: the archives of ../shared/corpus, or 2,000 pages made up here. Each is imported into
an empty wiki, then once more; then a hundred random pages are opened and their words compared with
those that the Markdown parser makes of the file.
"""
import random
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import html_tree

from kuma_lite import markup
from kuma_lite.transfer import files
from kuma_lite.web import docs_url
from process import CHECKOUT, Process

CORPUS = CHECKOUT.parent / 'shared/corpus'
OPENED = 100


def main(folders):
    with tempfile.TemporaryDirectory() as work:
        for folder in map(Path, folders or unpacked(work) or made_up(work)):
            measure(folder, Path(work) / f'data-{folder.name}')


def unpacked(work):
    """The folders of the English archives, if they are here."""
    archives = [CORPUS / 'tldr-en.tar.xz', CORPUS / 'rust-by-example.tar.xz']
    for archive in filter(Path.exists, archives):
        with tarfile.open(archive) as tar:
            tar.extractall(work, filter='data')
    return [Path(work) / name for name in ('tldr', 'rust-by-example') if (Path(work) / name).exists()]


def made_up(work):
    folder = Path(work) / 'made-up'
    for number in range(2000):
        page = folder / f'{number % 20}' / f'page {number}.md'
        page.parent.mkdir(parents=True, exist_ok=True)
        other = (number + 1) % 2000
        page.write_text(f'# Page {number}\n\nSee [that](../{other % 20}/page%20{other}.md).\n\n'
                        + 'Some *words* and `code`.\n\n' * 20)
    return [folder]


def measure(folder, data):
    sources, broken = files.find(folder)
    for what in ('first import', 'once more'):
        started = time.perf_counter()
        load(folder, data)
        seconds = time.perf_counter() - started
        print(f'{folder.name:16} {what:14} {len(sources):>6,} pages in {seconds:5.1f} s, '
              f'{len(sources) / seconds:6,.0f} a second; {len(broken)} left out')
    with Process(data) as site:
        chosen = random.sample(sources, min(OPENED, len(sources)))
        wrong = [source.name for source in chosen if not is_shown(site, source)]
    print(f'{folder.name:16} {len(chosen) - len(wrong)} of {len(chosen)} random pages show their file')
    assert not wrong, wrong


def load(folder, data):
    command = [sys.executable, str(CHECKOUT / 'kuma_lite.py'), 'import', str(folder), '--data', str(data)]
    subprocess.run(command, check=True, capture_output=True, cwd=data.parent)


def is_shown(site, source):
    status, page = site.get(docs_url(source.path))
    meant = markup.to_html(files.read(source.file))
    return status == 200 and words(page, './/article') == words(meant, '.')


def words(html, path):
    """The text between the tags of the part of a document that `path` finds."""
    html = re.sub('<!--.*?-->', '', html, flags=re.DOTALL)
    part = html_tree.page(html).find('body').find(path)
    return ''.join(part.itertext()).split()


if __name__ == '__main__':
    main(sys.argv[1:])
