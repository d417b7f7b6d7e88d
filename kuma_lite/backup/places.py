"""Where backups lie and what they are called: data/backups/nightly-2026-11-22T031000Z.tar.gz."""
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from kuma_lite import clock
from kuma_lite.config import settings

NIGHTLY, ASKED = 'nightly', 'backup'    # those that come and go by themselves, and those a person made
STAMP = '%Y-%m-%dT%H%M%SZ'
NAME = re.compile(rf'({NIGHTLY}|{ASKED})-(\d{{4}}-\d\d-\d\dT\d{{6}}Z)\.tar\.gz')


class Kept(NamedTuple):
    """A backup in its folder."""
    at: float       # when it was begun, in epoch seconds
    kind: str       # NIGHTLY or ASKED
    path: Path


def folder():
    """The folder of backups of the site; made at the first call."""
    path = Path(settings.server.data).absolute() / 'backups'
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def named(kind, parent):
    """The path of a backup that is made now."""
    return Path(parent) / f'{kind}-{datetime.fromtimestamp(clock.now(), timezone.utc):{STAMP}}.tar.gz'


def kept(kind=''):
    """The backups in the folder, of one kind or all, the newest first. Only their names are looked at."""
    found = [_kept(path) for path in folder().iterdir()]
    return sorted((one for one in found if one and kind in ('', one.kind)), reverse=True)


def newest():
    """The Kept that is newest, or None if there is no backup in the folder."""
    return next(iter(kept()), None)


def delete_old(number):
    """Delete the oldest nightly backups until only so many are left; returns their paths."""
    old = [one.path for one in kept(NIGHTLY)[number:]]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _kept(path):
    match = NAME.fullmatch(path.name)
    if not match or not path.is_file():
        return None
    try:
        at = datetime.strptime(match[2], STAMP).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
    return Kept(at.timestamp(), match[1], path)
