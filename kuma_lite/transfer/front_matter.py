"""What some programs keep at the start of a Markdown file, between two lines "---": title, tags, and more."""
import re
from typing import NamedTuple

BLOCK = re.compile(r'---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)\n*', re.DOTALL | re.MULTILINE)
LINE = re.compile(r'|[ \t#-].*|[\w.-]+[ \t]*:.*')      # of YAML, as people write it
TITLE = re.compile(r'^title[ \t]*:(.*)$', re.MULTILINE | re.IGNORECASE)
TAGS = re.compile(r'^tags[ \t]*:[ \t]*(.*)\n?((?:[ \t]*- .*\n?)*)', re.MULTILINE | re.IGNORECASE)


class Matter(NamedTuple):
    title: str          # '' if none is given
    tags: str | None    # with commas between them, None if nothing is said about tags
    content: str        # the text without the block


def split(content):
    """The block at the start of a text, and the text without it."""
    block = BLOCK.match(content)
    if not block or ':' not in block[1] or not all(map(LINE.fullmatch, block[1].split('\n'))):
        return Matter('', None, content)    # a line drawn above a text, for example
    title, tags = TITLE.search(block[1]), TAGS.search(block[1])
    return Matter(_plain(title[1]) if title else '', _tags(*tags.groups()) if tags else None,
                  content[block.end():])


def _tags(line, items):
    """`[a, b]` or `a, b` in the line itself, or one on each of the next lines."""
    line = line.strip()
    if line[:1] == '[' and line[-1:] == ']':
        line = line[1:-1]
    names = line.split(',') if line else [item.strip()[2:] for item in items.splitlines()]
    return ', '.join(filter(None, map(_plain, names)))


def _plain(value):
    """A value without its quotes; '' for one that goes on in the next lines."""
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in '"\'':
        return value[1:-1].strip()
    return '' if value.startswith(('|', '>')) else value
