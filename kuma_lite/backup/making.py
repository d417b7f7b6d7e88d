"""A backup is made beside its place, read again as a restore would, and only then put there."""
import contextlib
import os
from pathlib import Path
from typing import NamedTuple

from peewee import OperationalError

from kuma_lite import __version__, chosen, clock, config, db, folder, text
from kuma_lite.backup import archive, configuration, copies, gentle, manifest, workshop
from kuma_lite.backup.archive import MODE, Changed, Damaged


class Failed(Exception):
    """A backup cannot be made, read or restored; the message is a sentence that says what to do."""


class Made(NamedTuple):
    path: Path
    manifest: manifest.Manifest
    left_out: list      # names of what lies in data/files and cannot be in a backup, as links


def quietly(items, total, noun):
    """How work is shown to nobody; `shown` below is such a function, as transfer.progress.shown."""
    return items


def make(path, with_secrets=False, shown=quietly):
    """Write a backup to `path`, where nothing is yet, of all that was committed before."""
    return gentle.Work(lambda check: _make(path, with_secrets, shown, check)).result()


def make_apart(path):
    """The same in a process of its own, for a site that is answering people meanwhile."""
    return gentle.apart(_make_here, chosen.without(), path)


def _make_here(settings, path):
    config.settings.replace(settings)
    chosen.configure()
    db.open_file(folder.prepare(settings.server.data) / manifest.DATABASE)
    chosen.refresh()
    return make(path)


def _make(path, with_secrets, shown, check):
    began = clock.now()
    with _sentences(path), workshop.opened(path.parent) as work:
        database = work / manifest.DATABASE
        _copy_database(database)
        sources, left_out = _sources(work, database, with_secrets)
        about = _manifest(database, sources, with_secrets, began)
        unfinished = work / 'backup.tar.gz'
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), 'wb') as stream:
            first = manifest.NAME, manifest.to_bytes(about)
            with contextlib.closing(archive.write(stream, first, sources, began)) as chunks:
                for _ in shown(chunks, archive.steps(source.size for source in sources), 'MB'):
                    check()
            stream.flush()
            os.fsync(stream.fileno())
        _read_again(unfinished, about)
        _put(unfinished, path)
    return Made(path, about, left_out)


@contextlib.contextmanager
def _sentences(path):
    """What can go wrong, as Failed."""
    try:
        yield
    except OSError as error:
        raise Failed(f'The backup {path} cannot be written: {error.strerror}.') from error
    except OperationalError as error:
        if db.cannot_write(error) == 'full':
            raise Failed(f'There is no room for a backup in {path.parent}; make room there, or name a file '
                         'on another disk.') from error
        raise
    except Damaged as error:
        raise Failed(f'No backup was made: {error}. Keep the older backups, and restore the newest of them '
                     'that `restore FILE --verify` finds whole.') from None
    except (Changed, manifest.TooMany) as error:
        raise Failed(f'No backup was made: {error}') from None


def _copy_database(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE))     # SQLite fills an empty file
    with db.connection():
        db.copy_to(path)
    copies.check(path)


def _sources(work, database, with_secrets):
    """([Source, …], [what was left out, …])"""
    ini = work / manifest.SETTINGS
    own = chosen.without()      # what was chosen on the web is in the database
    ini.write_text(configuration.as_ini(own, with_secrets), 'utf-8')
    data = Path(config.settings.server.data).absolute()
    files = [(manifest.DATABASE, database), (manifest.SETTINGS, ini)]
    if with_secrets:
        folder.secret(data)     # made if there is none yet
        files.append((manifest.SECRET, data / manifest.SECRET))
    found, left_out = _files(data)
    return [archive.measured(name, file) for name, file in [*files, *found]], left_out


def _files(data):
    """([(name, path), …], [name, …]) of what lies in data/files, and of what cannot be kept of it."""
    found, left_out = [], []
    for parent, folders, names in os.walk(data / 'files'):
        folders.sort()
        for name in sorted([*names, *(one for one in folders if os.path.islink(os.path.join(parent, one)))]):
            path = Path(parent, name)
            member = path.relative_to(data).as_posix()
            if path.is_file() and not path.is_symlink() and _may_be(member):
                found.append((member, path))
            else:
                left_out.append(text.legible(member))
    return found, left_out


def _may_be(member):
    return manifest.may_be(member) and archive.fits(member)


def _manifest(database, sources, with_secrets, began):
    facts = copies.facts(database)
    members = [manifest.Listed(source.name, source.size, source.sha256) for source in sources]
    return manifest.Manifest(__version__, created_at=text.iso(began), site=config.settings.site.name,
                             members=members, secrets=with_secrets, **facts._asdict())


def _read_again(path, about):
    """Raise Damaged unless the file holds what it should: disks and memory make mistakes, too."""
    first, *members = (_measured(member) for member in archive.read(path))
    if first != manifest.NAME or members != about.members:
        raise Damaged('the file that was written is not the one that was meant')


def _measured(member):
    """The member as the manifest should list it; of the manifest itself, which comes first, its name."""
    digest = archive.digest(member.chunks)
    return member.name if member.name == manifest.NAME else manifest.Listed(member.name, member.size, digest)


def _put(unfinished, path):
    if path.exists():
        raise Failed(f'There is a file {path} already; name another one.')
    os.rename(unfinished, path)
    folder.sync(path.parent)
