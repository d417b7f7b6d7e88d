"""What a backup says of itself: its first member, as JSON. What is read here may come from anybody."""
import json
import re
import unicodedata
from typing import NamedTuple

from kuma_lite import __version__, db
from kuma_lite.backup.archive import Damaged

NAME = 'manifest.json'
FORMAT = 1              # of the file; a program reads those up to its own
MOST_BYTES = 16 << 20   # of the manifest: about 100,000 members
DATABASE, SETTINGS, SECRET, FILES = 'wiki.db', 'config.ini', 'secret.key', 'files/'
TEXTS, NUMBERS = ('version', 'created_at', 'site'), ('pages', 'revisions', 'people', 'generation')


class Newer(Exception):
    """A newer version made the backup; the message says which."""


class TooMany(Exception):
    """A wiki has more files than a backup can list."""


class Listed(NamedTuple):
    """A member as the manifest has it."""
    name: str
    size: int
    sha256: str


class Manifest(NamedTuple):
    version: str            # of Kuma Lite
    migrations: list        # the names of those that its database has
    created_at: str         # "2026-11-22T03:10:00Z"
    site: str               # its name
    pages: int              # those in the bin do not count
    revisions: int
    people: int
    generation: int         # see generations.py
    members: list           # of Listed, in their order
    format: int = FORMAT
    secrets: bool = False   # whether passwords, keys and tokens of the settings are in it

    @property
    def size(self):
        """Bytes of all members."""
        return sum(member.size for member in self.members)

    def as_dict(self):
        return {**self._asdict(), 'members': [member._asdict() for member in self.members]}


def to_bytes(manifest):
    """Raises TooMany."""
    content = json.dumps(manifest.as_dict(), ensure_ascii=False).encode()
    if len(content) > MOST_BYTES:
        raise TooMany(f'{len(manifest.members):,} files are more than a backup can list.')
    return content


def parse(content):
    """The Manifest in these bytes, all of it checked. Raises Damaged, and Newer for one of another age."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise Damaged('its manifest is no JSON') from None
    if not isinstance(found, dict) or not _is_number(found.get('format')):
        raise Damaged('its manifest is none of Kuma Lite')
    if found['format'] > FORMAT:
        raise Newer(_which(found.get('version')))
    if not _is_right(found):
        raise Damaged('its manifest lacks something')
    fields = {name: found[name] for name in Manifest._fields}
    manifest = Manifest(**{**fields, 'members': [_listed(member) for member in found['members']]})
    _check_members(manifest.members)
    return manifest


def check_age(manifest):
    """Raise Newer if this program does not know the database in the backup."""
    if set(manifest.migrations) - set(db.known()):
        raise Newer(_which(manifest.version))


def may_be(name):
    """Whether a member can have this name: no way leads out of a folder with it, on any system."""
    if name in (DATABASE, SETTINGS, SECRET):
        return True
    segments = name.removeprefix(FILES).split('/')
    return (name.startswith(FILES) and name.isprintable() and not set('\\:*?"<>|') & set(name)
            and all(segment.strip('. ') == segment != '' for segment in segments))


def _which(version):
    is_plain = isinstance(version, str) and re.fullmatch(r'[\w.+-]{1,40}', version)
    needed = version if is_plain else 'of another age'
    return (f'The backup was made by Kuma Lite {needed}, and this is {__version__}; '
            'install that version or a newer one.')


def _is_right(found):
    return (all(isinstance(found.get(name), str) and len(found[name]) < 1000 for name in TEXTS)
            and all(_is_number(found.get(name)) for name in NUMBERS)
            and isinstance(found.get('secrets'), bool)
            and all(isinstance(found.get(name), list) for name in ('migrations', 'members'))
            and all(isinstance(name, str) for name in found['migrations']))


def _is_number(value):
    return type(value) is int and 0 <= value < 2 ** 63


def _listed(member):
    good = (isinstance(member, dict) and isinstance(member.get('name'), str)
            and _is_number(member.get('size'))
            and isinstance(member.get('sha256'), str) and re.fullmatch('[0-9a-f]{64}', member['sha256']))
    if not good:
        raise Damaged('its manifest lists something that is no file')
    return Listed(member['name'], member['size'], member['sha256'])


def _check_members(members):
    """Each has a name that is allowed, and one that no system takes for another's or for a folder's."""
    spelled = [unicodedata.normalize('NFKC', member.name).casefold() for member in members]
    taken = set(spelled)
    if len(taken) != len(members):
        raise Damaged('it lists the same file twice')
    if not all(may_be(member.name) for member in members):
        raise Damaged('it lists a name that no file of a wiki has')
    if any(parent in taken for name in spelled for parent in _above(name)):
        raise Damaged('it lists a file that is a folder, too')
    if DATABASE not in taken:
        raise Damaged('it holds no database')


def _above(name):
    segments = name.split('/')
    return ['/'.join(segments[:depth]) for depth in range(1, len(segments))]
