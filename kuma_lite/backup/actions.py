"""Make a backup, check one, and make a wiki of one again."""
import os
from pathlib import Path
from typing import NamedTuple

from kuma_lite import db, folder
from kuma_lite.backup import arrival, manifest, places, workshop
from kuma_lite.backup.making import Failed, make, quietly
from kuma_lite.backup.unpacking import sentences, unpack

newest = places.newest      # for who looks after the site


class Restored(NamedTuple):
    manifest: manifest.Manifest
    migrations: list        # names of those that were applied
    held: int               # mails that wait for a person


def create(path=None, with_secrets=False, shown=quietly):
    """Make a backup while the site runs; returns a Made. Raises Failed.

    `path` is a file that does not exist, or a folder for one with a name of its own; without it, it lies in
    data/backups. It holds all that was committed before, and nobody waits for it. It takes its size and that
    of the database in room, and is there whole and checked, or not at all.
    """
    return make(_free(path), with_secrets, shown)


def verify(path, shown=quietly):
    """Unpack a backup into a temporary folder and check all of it; returns its Manifest. Raises Failed."""
    path = Path(path).absolute()
    parent = path.parent if os.access(path.parent, os.W_OK) else None
    with sentences(path), workshop.opened(parent or workshop.system_folder()) as work:
        return unpack(path, work, shown)


def restore(path, data, without_mail=False, shown=quietly):
    """Make a wiki of a backup in the folder `data`, which is empty or not there; returns a Restored.
    Raises Failed, and then the folder is as it was.

    What is older is migrated. The process must have no other database open.
    """
    path, data = Path(path).absolute(), Path(data).absolute()
    _check_empty(data)
    with sentences(path), workshop.opened(_beside(data)) as work:
        new = work / 'data'
        new.mkdir(mode=0o700)
        about = unpack(path, new, shown, times=3)       # the snapshot before a migration, and its journal
        db.open_file(new / manifest.DATABASE)
        try:
            migrations = db.migrate()
            held = arrival.settle(about.created_at, without_mail)
        finally:
            db.database.close_all()
        _move(new, data)
    return Restored(about, migrations, held)


def _free(path):
    if path is None:
        return places.named(places.ASKED, places.folder())
    path = Path(path).absolute()
    if path.is_dir():
        path = places.named(places.ASKED, path)
    if path.exists():
        raise Failed(f'There is a file {path} already; name another one.')
    if not path.parent.is_dir():
        raise Failed(f'There is no folder {path.parent}; make it first.')
    return path


def _check_empty(data):
    """Refuse a folder that holds anything: a restore neither replaces nor mixes."""
    elsewhere = 'give an empty folder with --data, or move that one away'
    if not data.is_dir():
        if data.exists() or data.is_symlink():
            raise Failed(f'{data} is no folder; {elsewhere}.')
        return
    there = {path.name for path in data.iterdir()} - {'lost+found'}
    if manifest.DATABASE in there:
        _check_idle(data)
        raise Failed(f'There is a wiki in {data} already; {elsewhere}.')
    if any(not name.startswith(workshop.PREFIX) for name in there):
        raise Failed(f'{data} is not empty; {elsewhere}.')


def _check_idle(data):
    try:
        with folder.Lock(data):
            return
    except folder.FolderError as error:
        raise Failed(str(error)) from None


def _beside(data):
    """Where to unpack, so that one step makes a wiki of it: in the folder itself if that is a disk of its
    own or nothing can be made beside it."""
    data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    inside = data.is_dir() and (os.path.ismount(data) or not os.access(data.parent, os.W_OK))
    return data if inside else data.parent


def _move(new, data):
    """In one step where the folder can be replaced; else the database comes last, without which there is
    no wiki."""
    if new.parent.parent == data:
        for path in sorted(new.iterdir(), key=lambda path: path.name == manifest.DATABASE):
            os.rename(path, data / path.name)
        data.chmod(0o700)
    else:
        if data.is_dir():
            data.rmdir()    # only an empty one
        os.rename(new, data)
    folder.sync(data)
    folder.sync(data.parent)
