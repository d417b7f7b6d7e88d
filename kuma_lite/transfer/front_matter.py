"""What some programs keep at the start of a Markdown file, as YAML between two lines "---"."""
import re
from typing import NamedTuple

import yaml

BLOCK = re.compile(r'---[ \t]*\n(.{0,20000}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)\n*', re.DOTALL | re.MULTILINE)
# With none of these it is no such block, but what somebody wrote between two lines.
KNOWN = set('''
    title tags keywords category categories date author authors draft layout slug permalink aliases id
    description summary lang weight created updated modified'''.split())


class Matter(NamedTuple):
    title: str          # '' if none is given
    tags: str | None    # with commas between them, None if nothing is said about tags
    content: str        # the text without the block


def split(content):
    """The block at the start of a text, and the text without it."""
    block = BLOCK.match(content)
    fields = _fields(block[1]) if block else {}
    if not KNOWN & fields.keys():
        return Matter('', None, content)
    title = fields.get('title')
    return Matter(' '.join(title.split()) if isinstance(title, str) else '',
                  _tags(fields['tags']) if 'tags' in fields else None, content[block.end():])


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
