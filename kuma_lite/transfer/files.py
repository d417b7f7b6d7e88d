"""The Markdown files of a folder, and the page that each of them becomes. Writes nothing."""
import os
import posixpath
import unicodedata
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from kuma_lite import text
from kuma_lite.config import settings
from kuma_lite.transfer import front_matter
from kuma_lite.wiki.checks import CONTENT_LIMIT

MOST = 2 * CONTENT_LIMIT + 100_000      # bytes of a file, of which some do not reach its page
SUFFIXES = {'.md', '.markdown'}
FOLDER_PAGES = ('index', 'readme')    # what a file that stands for its folder is called, first the better


class Unusable(ValueError):
    """A file that cannot become a page; the message is a sentence that says why."""


class Source(NamedTuple):
    file: Path
    name: str    # its path below the folder, with '/', as people know it
    path: str    # of the page


class Broken(NamedTuple):
    name: str
    reason: str


def find(root, under=''):
    """All Markdown files below `root`: `([Source, …], [Broken, …])`, in the order of their pages."""
    root = Path(root).resolve()
    sources, broken = {}, []
    found = [(file, name, complaint, '' if complaint else _own_path(file))
             for file, name, complaint in _walk(root)]
    for file, name, complaint, own in sorted(found, key=lambda found: _order(found[1], under, found[3])):
        try:
            source = Source(file, name, _page_of(name, under, own))
            _check(source, complaint, root, sources)
        except OSError as error:
            broken.append(Broken(name, f'It cannot be read: {error.strerror}.'))
        except Unusable as error:
            broken.append(Broken(name, str(error)))
        else:
            sources[text.path_key(source.path)] = source
    return list(sources.values()), broken


def read(file):
    """The text of a file. Raises Unusable and OSError."""
    try:
        content = file.read_bytes().decode('utf-8-sig')
    except UnicodeDecodeError as error:
        raise Unusable(f'It is not UTF-8 text (byte {error.start + 1}); save it as UTF-8.') from None
    return content.replace('\r\n', '\n')


def _walk(root):
    """`(file, name, complaint)` of each Markdown file, and of each folder that cannot be looked into.

    Without recursion, for folders may be nested deeper than Python's stack. A folder that begins
    with a dot belongs to somebody's tools.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            inside = list(folder.iterdir())
        except OSError as error:
            yield folder, _name(folder, root), f'It cannot be opened: {error.strerror}.'
            continue
        for path in inside:
            if not os.path.isdir(path):
                if path.suffix.lower() in SUFFIXES:
                    yield path, _name(path, root), ''
            elif path.is_symlink():
                yield path, _name(path, root), 'It is a link to a folder, and those are not followed.'
            elif not path.name.startswith('.'):
                waiting.append(path)


def _name(path, root):
    return path.relative_to(root).as_posix()


def _own_path(file):
    """The page that an exported file names in its first lines, or ''."""
    if not file.is_file():
        return ''
    try:
        with open(file, 'rb') as stream:
            head = stream.read(4 * front_matter.LARGEST)
    except OSError:
        return ''       # told when the whole of it is read
    return front_matter.path(head.decode('utf-8', 'replace').replace('\r\n', '\n'))


def _order(name, under, own):
    """By page; of files that would be the same page the plain one comes first, then `index`."""
    stem = PurePosixPath(name).stem.lower()
    rank = 1 + FOLDER_PAGES.index(stem) if stem in FOLDER_PAGES and not own else 0
    try:
        return text.path_key(_page_of(name, under, own)), rank, name
    except Unusable:
        return '', rank, name


def _page_of(name, under, own):
    file = PurePosixPath(name)
    last = [] if file.stem.lower() in FOLDER_PAGES else [file.stem]
    path = '/'.join([*filter(None, [under]), *([own] if own else [*file.parent.parts, *last])])
    try:
        return text.normalize_path(path or settings.site.home)
    except ValueError as error:
        raise Unusable(f'It has a name that no page can have: {error}') from None


def _check(source, complaint, root, taken):
    """Raise Unusable, or OSError, where it can be known before the first page is written."""
    if complaint:
        raise Unusable(complaint)
    if not source.file.resolve().is_relative_to(root):
        raise Unusable('It is a link that leads out of the folder.')
    if not source.file.is_file():
        raise Unusable('It is no file that can be read.')
    other = taken.get(text.path_key(source.path))
    if other:
        raise Unusable(f'It would be the same page as {other.name}.')
    size = source.file.stat().st_size
    if size > MOST or _size(read(source.file)) > CONTENT_LIMIT:
        raise Unusable(f'It is larger than {CONTENT_LIMIT:,} bytes; divide it.')


def _size(content):
    """Bytes that the page has, as it will be saved."""
    if len(content) > CONTENT_LIMIT // 4:       # below that it cannot be too much
        content = front_matter.split(content).content.replace('\r\n', '\n')
    return len(content.encode())


class Addresses:
    """Which page a link from one file to another leads to."""

    def __init__(self, sources):
        self._paths = {}
        for source in sources:
            self._paths[_spelling(source.name)] = source.path
            if PurePosixPath(source.name).stem.lower() in FOLDER_PAGES:
                self._paths[_spelling(posixpath.dirname(source.name) or '.')] = source.path

    def target(self, name, link):
        """The path of the page that `link`, a relative path written in the file `name`, means; or None."""
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
        return self._paths.get(_spelling(whole))


def _spelling(name):
    """Neither case nor the form of an accent decides whether a link finds its file."""
    return unicodedata.normalize('NFC', name).casefold()
