"""The sitemap (sitemaps.org): files that name some thousand pages each, and an index that names the files.

They lie in the data folder, are replaced whole, and hold what strangers may read, nothing else.
"""
import os
import re
from pathlib import Path
from xml.sax.saxutils import escape

from kuma_lite import text
from kuma_lite.config import settings
from kuma_lite.web.addresses import absolute, docs_url
from kuma_lite.wiki import access, protection
from kuma_lite.wiki.models import Page

SIZE = 5_000        # pages in one file, which one task writes; 50,000 are allowed
INDEX = 'sitemap.xml'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'


def folder():
    return Path(settings.server.data).absolute() / 'sitemaps'


def sections():
    """[(after, until), …]: the ids between which the pages of each file lie; at least one file."""
    found, after = [], 0
    while True:
        rest = Page.standing_ids().where(Page.id > after)
        until = rest.offset(SIZE - 1).limit(1).scalar()
        found.append((after, until))
        if until is None:
            return found
        after = until


def write_section(number, after, until):
    """Write the file of the pages with ids above `after` and up to `until` (None: to the end)."""
    pages = Page.select(Page.path, Page.updated_at).where(Page.id > after, Page.key.is_null(False),
                                                          protection.readable(None))
    if until is not None:
        pages = pages.where(Page.id <= until)
    may_read = access.may(None, access.VIEW)
    addresses = [(docs_url(page.path), page.updated_at) for page in pages.order_by(Page.id) if may_read]
    _write(name(number), 'urlset', 'url', [('/', None), *addresses] if number == 1 else addresses)


def write_index(count):
    """Write the file that names the first `count` files, and remove what was more than these."""
    files = [name(number) for number in range(1, count + 1)]
    rows = [(f'/sitemaps/{file}', (folder() / file).stat().st_mtime) for file in files]
    _write(INDEX, 'sitemapindex', 'sitemap', rows)
    _remove_all_but({INDEX, *files})


def remove():
    """Remove all of them: strangers may not read this wiki any more."""
    if folder().exists():
        _remove_all_but(set())


def name(number):
    return f'pages-{number}.xml'


def _remove_all_but(kept):
    for file in folder().iterdir():
        if file.name not in kept and re.fullmatch(r'sitemap\.xml|pages-[0-9]+\.xml', file.name):
            file.unlink(missing_ok=True)


def _write(file, root, element, rows):
    """A file of (address, time or None); whoever reads gets the old one or the new one whole."""
    folder().mkdir(mode=0o700, exist_ok=True)
    target = folder() / file
    partial = target.with_suffix(f'.{os.getpid()}')
    with open(partial, 'w', encoding='utf-8') as out:
        out.write(HEAD.format(name=root))
        out.writelines(_row(element, *row) for row in rows)
        out.write(f'</{root}>\n')
    os.replace(partial, target)


def _row(element, address, at):
    changed = '' if at is None else f'<lastmod>{text.iso(at)}</lastmod>'
    return f'<{element}><loc>{escape(absolute(address))}</loc>{changed}</{element}>\n'
