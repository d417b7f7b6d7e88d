"""What some programs keep at the start of a Markdown file, between two lines "---": its title, and more."""
import re

BLOCK = re.compile(r'---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)\n*', re.DOTALL | re.MULTILINE)
LINE = re.compile(r'|[ \t#-].*|[\w.-]+[ \t]*:.*')      # of YAML, as people write it
TITLE = re.compile(r'^title[ \t]*:(.*)$', re.MULTILINE | re.IGNORECASE)


def split(content):
    """The title that the block at the start of a text gives ('' if none), and the text without the block."""
    block = BLOCK.match(content)
    if not block or ':' not in block[1] or not all(map(LINE.fullmatch, block[1].split('\n'))):
        return '', content      # a line drawn above a text, for example
    title = TITLE.search(block[1])
    return _plain(title[1].strip()) if title else '', content[block.end():]


def _plain(value):
    """A value without its quotes; '' for one that goes on in the next lines."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in '"\'':
        return value[1:-1].strip()
    return '' if value.startswith(('|', '>')) else value
