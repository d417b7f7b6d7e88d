"""All pages as a folder of Markdown files, of which an import makes the same pages: path, title, tags and
text. History, people and files stay behind; those are what a backup is for."""
from pathlib import Path

from peewee import chunked

from kuma_lite.transfer import front_matter, names
from kuma_lite.wiki.models import Page, Revision

SOME = 200      # pages read at once


class Refused(Exception):
    """The folder cannot be written to; the message is a sentence."""


def prepare(folder):
    """Make the folder if there is none; returns how many pages there are. Raises Refused and OSError."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise Refused(f'{folder} is no folder; name one that is empty, or that is to be made.')
    folder.mkdir(parents=True, exist_ok=True)
    if any(not path.name.startswith('.') for path in folder.iterdir()):     # .git may be there
        raise Refused(f'{folder} is not empty; name one that is, or that is to be made.')
    return Page.standing_ids().count()


def write_pages(folder):
    """Write a file for each page; yields its path below the folder. Pages may change meanwhile: each is
    written as it is when its turn comes."""
    for ids in chunked([page_id for page_id, in Page.standing_ids().tuples()], SOME):
        for path, revision in _pages(ids):
            name = names.file_of(path)
            file = Path(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            content = as_text(path, revision.title, revision.tag_names(), revision.content)
            file.write_bytes(content.encode())
            yield name


def _pages(ids):
    """(path, current Revision) of those pages that are still there."""
    found = (Revision.select(Revision.title, Revision.tags, Revision.content, Page.path)
             .join(Page, on=Revision.id == Page.current_id)
             .where(Page.id.in_(ids), Page.key.is_null(False)))
    return [(revision.page.path, revision) for revision in found]


def as_text(path, title, tag_names, content):
    """The text of the file of a page."""
    # An import twice takes "\r\n" for the end of a line: as a file of Windows, and as what a form sent.
    return front_matter.join(path, title, tag_names) + content.replace('\r\n', '\r\r\r\n')
