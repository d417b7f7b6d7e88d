"""What some programs keep at the start of a Markdown file, as YAML between two lines "---".

A file that an export has written names its page there, as `wiki-path`. It is taken to the letter.
"""
import re
from typing import NamedTuple

import yaml

BLOCK = re.compile(r'---[ \t]*\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)(\n*)', re.DOTALL | re.MULTILINE)
# With none of these it is no such block, but what somebody wrote between two lines.
KNOWN = set('''
    title tags keywords category categories date author authors draft layout slug permalink aliases id
    description summary lang weight created updated modified wiki-path'''.split())
PATH = 'wiki-path'
LARGEST = 21_000        # characters of a block


class Matter(NamedTuple):
    title: str          # '' if none is given
    tags: str | None    # with commas between them, None if nothing is said about tags
    content: str        # the text without the block
    path: str = ''      # of the page, where an export has named it


def split(content):
    """The block at the start of a text, and the text without it."""
    block = BLOCK.match(content)
    fields = _fields(block[1]) if block else {}
    if not KNOWN & fields.keys():
        return Matter('', None, content)
    title = fields['title'] if isinstance(fields.get('title'), str) else ''
    words = _tags(fields['tags']) if 'tags' in fields else None
    rest = content[block.end():]
    path = fields.get(PATH)
    if isinstance(path, str) and path:
        return Matter(title, words, block[2][1:] + rest, path)
    return Matter(' '.join(title.split()), words, rest)


def path(content):
    """The page that the start of a file names, '' if it names none."""
    block = BLOCK.match(content)
    return split(block[0]).path if block and PATH in block[1] else ''


def join(path, title, tag_names):
    """A block of which `split` gives these back; the text follows it."""
    tags = ', '.join(map(_quoted, tag_names))
    return f'---\n{PATH}: {_quoted(path)}\ntitle: {_quoted(title)}\ntags: [{tags}]\n---\n\n'


def _quoted(words):
    """In double quotes, with a number for each character that cannot be seen."""
    return '"' + re.sub('.', _spelled, words, flags=re.DOTALL) + '"'


def _spelled(match):
    character = match[0]
    if character in '"\\':
        return f'\\{character}'
    return character if character.isprintable() else f'\\U{ord(character):08X}'


def _fields(block):
    """{name in small letters: text, list or dict}; empty for what is no YAML."""
    try:
        found = yaml.load(block, yaml.BaseLoader)       # makes texts of all values, and runs nothing
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name.lower(): value for name, value in found.items() if isinstance(name, str)}


def _tags(value):
    """`[a, b]`, one on each line, or `a, b`."""
    names = value if isinstance(value, list) else [value]
    return ', '.join(name for name in names if isinstance(name, str) and name)
