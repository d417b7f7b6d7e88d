"""Copies of the database in backups/, one before each change of its tables: what an upgrade goes back to."""
import logging
import os

from kuma_lite import folder

log = logging.getLogger(__name__)

KEPT = 2        # the one before this change, and the one before the last


def take(place, name, copy):
    """Have `copy(path)` write PLACE/NAME.db; when this returns, it is on disk. Older ones beyond KEPT go.

    Only one process may do so at a time. What one that was killed has left unfinished goes, too.
    """
    _make(place)
    for left in place.glob('before-*.partial'):
        left.unlink()
    target, partial = place / f'{name}.db', place / f'{name}.partial'
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))     # SQLite fills it
        copy(partial)
        _sync(partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)     # it needs the room that is missing
    folder.sync(place)
    log.info('Copied the database to %s before its tables change', target)
    _delete_old(place)


def _make(place):
    if not place.is_dir():
        place.mkdir(mode=0o700)
        folder.sync(place.parent)


def _sync(path):
    with open(path, 'r+b') as file:     # Windows wants one that may be written
        os.fsync(file.fileno())


def _delete_old(place):
    newest_first = sorted(place.glob('before-*.db'), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in newest_first[KEPT:]:
        path.unlink()
        log.info('Deleted the copy %s', path)
