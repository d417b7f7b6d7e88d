"""A wiki of 7,425 pages exported, imported into an empty wiki and exported again: equal byte by byte?

    python tests/benchmarks/export_pages.py [FOLDER …]

The folders are those of import_pages.py, all of them in one wiki. Compared are path, title, tags and text of
every page of both wikis, and every file of both exports.
"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import import_pages

from base import settings_for
from kuma_lite import app, db
from kuma_lite.wiki.models import Page, Revision
from process import CHECKOUT


def main(folders):
    """Returns how many pages there were; fails if anything differs."""
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        for folder in folders or import_pages.unpacked(work) or import_pages.made_up(work):
            run('import', folder, '--under', Path(folder).name, '--data', work / 'first')
        run('export', work / 'out', '--data', work / 'first')
        run('import', work / 'out', '--data', work / 'second')
        run('export', work / 'again', '--data', work / 'second')
        first, second = pages(work / 'first'), pages(work / 'second')
        files, again = contents(work / 'out'), contents(work / 'again')
    print(f'{len(first):,} pages; {sum(first.get(path) != found for path, found in second.items())} differ, '
          f'{len(first.keys() ^ second.keys())} are in one wiki only')
    print(f'{len(files):,} files, {sum(map(len, files.values())):,} bytes; the second export is '
          f'{"the same" if files == again else "another"}')
    assert first == second and files == again and len(files) == len(first)
    return len(first)


def run(command, *arguments):
    began = time.monotonic()
    done = subprocess.run([sys.executable, CHECKOUT / 'kuma_lite.py', command, *arguments], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    seconds = time.monotonic() - began
    print(f'{command} {Path(arguments[0]).name}: {seconds:.1f} s; {done.stdout.splitlines()[0]}', flush=True)


def pages(data):
    """{path: (title, tags, text)}"""
    app.configure(settings_for(data))
    with db.connection():
        found = (Page.select(Page.path, Revision.title, Revision.tags, Revision.content)
                 .join(Revision, on=Revision.id == Page.current_id).tuples())
        return {path: rest for path, *rest in found}


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob('*') if path.is_file()}


if __name__ == '__main__':
    main(sys.argv[1:])
