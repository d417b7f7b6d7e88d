"""What a backup holds, put into a folder of ours, and all of it compared with what it should be."""
import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path

from kuma_lite import db
from kuma_lite.backup import archive, copies, manifest
from kuma_lite.backup.archive import MODE, Damaged
from kuma_lite.backup.making import Failed

PLAUSIBLE = 1 << 30     # bytes that any backup may unpack to
DENSEST = 200           # times its own size beyond these; pages and their index shrink to a quarter
SPARE = 16 << 20        # bytes that stay free on the disk


def unpack(path, work, shown, times=1):
    """Put the members of the backup into the folder `work`, which is empty; returns the Manifest. Raises
    Failed. `times` is how much room the database needs there, in times of its size."""
    with sentences(path):
        _check_kind(path)
        members = archive.read(path)
        about = _about(members)
        manifest.check_age(about)
        _check_size(about, path)
        _check_room(about, work, times)
        total = archive.steps(member.size for member in about.members)
        for _ in shown(_unpack(members, about, work), total, 'MB'):
            pass
        _check_database(about, work / manifest.DATABASE)
        return about


@contextlib.contextmanager
def sentences(path):
    """What can be wrong with a backup, as Failed."""
    try:
        yield
    except Damaged as error:
        raise Failed(f'{path} is no whole backup of Kuma Lite: {error}. Nothing was restored; '
                     'take another one.') from None
    except manifest.Newer as error:
        raise Failed(str(error)) from None
    except db.Unusable as error:
        raise Failed(f'{path} was not restored. {error}') from error
    except OSError as error:
        raise Failed(f'{path} cannot be unpacked: {error.strerror or error}.') from error


def _check_kind(path):
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        raise Failed(f'There is no file {path}.') from None
    if stat.S_ISDIR(kind):
        raise Failed(f'{path} is a folder; name the backup itself, a file that ends with .tar.gz.')
    if not stat.S_ISREG(kind):
        raise Failed(f'{path} is no plain file; name a backup, a file that ends with .tar.gz.')


def _about(members):
    first = next(members, None)
    if first is None or first.name != manifest.NAME or first.size > manifest.MOST_BYTES:
        raise Damaged('it does not begin with a manifest')
    return manifest.parse(b''.join(first.chunks))


def _check_size(about, path):
    """No wiki can be packed as small as a file that is made to fill disks."""
    if about.size > PLAUSIBLE + DENSEST * path.stat().st_size:
        raise Damaged('it would become far too large')


def _check_room(about, work, times):
    needed = about.size + (times - 1) * about.members[0].size + SPARE
    free = shutil.disk_usage(work).free
    if needed > free:
        raise Failed(f'This needs {needed >> 20:,} MB of room, and there are {free >> 20:,} MB in '
                     f'{work.parent}; make room there.')


def _unpack(members, about, work):
    """Write each member where it belongs; yields after each chunk. They come exactly as they are listed."""
    waiting = iter(about.members)
    for member in members:
        listed = next(waiting, None)
        if listed is None or (member.name, member.size) != (listed.name, listed.size):
            raise Damaged('it holds other files than its manifest lists')
        digest = hashlib.sha256()
        with _new_file(work / member.name) as file:
            for chunk in member.chunks:
                file.write(chunk)
                digest.update(chunk)
                yield
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != listed.sha256:
            raise Damaged(f'{member.name} is not what it was')
    if next(waiting, None):
        raise Damaged('a file that its manifest lists is not there')


def _new_file(path):
    Path(path.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), 'wb')


def _check_database(about, database):
    copies.check(database)
    facts = copies.facts(database)
    if facts != tuple(getattr(about, name) for name in facts._fields):
        raise Damaged('its database holds something else than its manifest says')
