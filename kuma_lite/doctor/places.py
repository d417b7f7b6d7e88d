"""The data folder: whose it is, who can read it, its secret, and how much room there is."""
import contextlib
import os
import shutil
import stat
from pathlib import Path

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.findings import Finding, some

LEAST = 200 * 2 ** 20       # bytes that should be free, besides twice the database
SECRET = 'secret.key'
SHORTEST = 32               # bytes of a secret


def rights(visit):
    """Nobody else may read what lies there: addresses, hashes of passwords, pages for few."""
    if os.name != 'posix' or not visit.data.is_dir():
        return
    if not os.access(visit.data, os.W_OK | os.X_OK):
        yield Finding(f'This user cannot write in {visit.data}.',
                      f'Run this as the user of the site, or as root: `chown -R USER {visit.data}`')
    found = _all(visit.data)
    open_to_others = [path for path, status in found.items() if stat.S_IMODE(status.st_mode) & 0o077]
    if open_to_others:
        yield Finding(f'Other users of this machine can reach {some(open_to_others)}.',
                      f'Run `chmod -R go= {visit.data}`', mend=lambda: _close(open_to_others))
    strangers = [path for path, status in found.items() if status.st_uid != found[visit.data].st_uid]
    if strangers:
        yield Finding(f'Not of the user of the folder: {some(strangers)}.',
                      f'As root, run `chown -R --reference={visit.data} {visit.data}`')
    yield from _settings_file(visit)


def _settings_file(visit):
    """A password in it is for whoever runs the site."""
    secret = settings.mail.password or settings.spam.akismet_key
    if visit.config and secret and os.path.exists(visit.config) and os.stat(visit.config).st_mode & 0o007:
        yield Finding(f'Everybody on this machine can read {visit.config}, and a password stands in it.',
                      f'Run `chmod o= {visit.config}`', mend=lambda: _close([visit.config], 0o007))


def _all(data):
    """{path: what the system says of it} of the folder and all in it that is no link."""
    found = {data: data.stat()}
    for parent, folders, names in os.walk(data):
        for name in [*folders, *names]:
            with contextlib.suppress(FileNotFoundError):    # a running site makes and removes files
                found[Path(parent, name)] = os.lstat(os.path.join(parent, name))
    return {path: status for path, status in found.items() if not stat.S_ISLNK(status.st_mode)}


def _close(paths, bits=0o077):
    for path in paths:
        if os.path.exists(path):
            os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) & ~bits)
    return f'Closed to others: {some(paths)}.'


def secret(visit):
    """The key that forms and links are signed with."""
    file = visit.data / SECRET
    if not file.exists() or len(file.read_bytes().strip()) >= SHORTEST:
        return      # the next start makes one
    yield Finding(f'{file} is damaged, and the site does not start with it.',
                  'Remove it; the next start makes a new one. Open forms and links in mails fail then.',
                  mend=None if visit.running else lambda: _put_aside(file))


def _put_aside(file):
    aside = file.with_name(f'{SECRET}.damaged-{int(clock.now())}')
    file.rename(aside)
    return f'Put aside as {aside.name}; the next start makes a new one.'


def room(visit):
    """Each write needs some, and a backup or an upgrade a copy of the database."""
    if not visit.data.is_dir():
        return
    database = visit.data / 'wiki.db'
    needed = LEAST + 2 * (database.stat().st_size if database.exists() else 0)
    free = shutil.disk_usage(visit.data).free
    if free < needed:
        yield Finding(f'The disk of {visit.data} has {free // 2 ** 20:,} MB left; {needed // 2 ** 20:,} are '
                      'needed for a backup and some edits.',
                      'Make room there, or move the folder to a larger disk and start with --data.')
    counted = os.statvfs(visit.data) if hasattr(os, 'statvfs') else None
    if counted and counted.f_files and counted.f_favail < 1000:
        yield Finding(f'The disk of {visit.data} can hold only {counted.f_favail} more files.',
                      'Remove small files there that nobody needs.')
