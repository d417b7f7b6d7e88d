"""The file that a page becomes: a name that every system can hold, and one of its own for each page.

What no system minds stays as it is. The rest is written as %3A for ":", and what is too long is cut and ends
with a number made of the whole. No name has to be read back: each file says of which page it is.
"""
import hashlib
import re

RESERVED = re.compile(r'(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)', re.I)     # on Windows
FILE_END = re.compile(r'\.(?=(md|markdown)$)', re.I)
LONGEST = 180       # bytes of a name; 255 is what most systems have


def file_of(path):
    """"Guide/First_steps.md" for the page "Guide/First_steps"."""
    *folders, name = path.split('/')
    # A folder must not be called like the file of a page beside it.
    folders = [_short(FILE_END.sub(_escaped, _plain(folder))) for folder in folders]
    return '/'.join([*folders, f'{_short(_plain(name))}.md'])


def _plain(name):
    name = re.sub(r'[%:*|\\?"<>\x00-\x1f\x7f]|^[. ]|[. ]$', _escaped, name)
    return re.sub('^.', _escaped, name) if RESERVED.match(name) else name


def _escaped(match):
    return ''.join(f'%{byte:02X}' for byte in match[0].encode())


def _short(name):
    whole = name.encode()
    if len(whole) <= LONGEST:
        return name
    return whole[:LONGEST - 17].decode(errors='ignore') + '-' + hashlib.sha256(whole).hexdigest()[:16]
