"""The data folder: made, checked, locked, and its secret. Knows nothing of what lies in it."""
import os
import secrets
import stat
from pathlib import Path

try:
    import fcntl
except ImportError:     # Windows
    fcntl = None


class FolderError(Exception):
    """The data folder cannot be used; the message says what to do."""


def prepare(path):
    """Make the folder if needed (0700) and return it as an absolute Path. Raises FolderError."""
    path = Path(path).absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(path)
        _check_writable(path)
    except OSError as error:
        raise FolderError(f'The data folder {path} cannot be used: {error.strerror}.') from None
    os.umask(0o077)     # from now on every new file is for this user alone
    return path


def _check_private(path):
    if os.name == 'posix' and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise FolderError(f'The data folder {path} is open to other users; run: chmod -R go= {path}')


def _check_writable(path):
    if not os.access(path, os.W_OK | os.X_OK):
        raise FolderError(f'The data folder {path} cannot be written by this user.')
    probe = path / f'.probe-{os.getpid()}'
    probe.touch()
    probe.unlink()


def secret(path):
    """The bytes of secret.key, made at the first call. Raises FolderError."""
    file = Path(path) / 'secret.key'
    try:
        _create(file)
        text = file.read_bytes().strip()
    except OSError as error:
        raise FolderError(f'{file} cannot be read: {error.strerror}.') from None
    if len(text) < 32:
        raise FolderError(f'{file} is damaged: remove it and start again (everybody logs in anew).')
    return text


def _create(file):
    """Write the key beside its place and link it there, so that nobody ever reads half of it."""
    if file.exists():
        return
    partial = file.with_name(f'secret.key.{secrets.token_hex(8)}')
    partial.write_text(secrets.token_hex(32))
    partial.chmod(0o600)
    try:
        os.link(partial, file)
    except FileExistsError:
        pass
    finally:
        partial.unlink()


class Lock:
    """The folder belongs to one site process; the system lets go when that ends, however it ends."""

    def __init__(self, path):
        self._path = Path(path) / 'lock'
        self._file = None

    def acquire(self):
        """Raises FolderError with the process id of the holder."""
        self._file = open(self._path, 'a+')
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            holder = self._file.read().strip() or 'unknown'
            raise FolderError(f'A site is running on {self._path.parent} already '
                              f'(process {holder}); stop it first.') from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self):
        self._file.close()

    def __enter__(self):
        self.acquire()

    def __exit__(self, *error):
        self.release()
