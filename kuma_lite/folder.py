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


def sync(path):
    """Have the names in a folder on disk, where the system can do that."""
    if os.name == 'posix':
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


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


def is_in_use(path, name='lock'):
    """Whether some process holds a lock of the folder; to ask changes nothing there."""
    try:
        with open(Path(path) / name) as file:
            return not _lock(file, shared=False)
    except OSError:
        return False


class Lock:
    """A file of the folder that one process holds, or several share; the system lets go of it when a
    process ends, however it ends.

    'lock' is shared by all that run, so that who changes the tables, and takes it alone, knows that
    nobody uses them. 'web.lock' belongs to the one that answers requests, 'valkey.lock' to the one that
    looks after Valkey.
    """

    def __init__(self, path, name='lock', shared=False):
        self._path = Path(path) / name
        self._shared = shared
        self._file = None

    def acquire(self):
        """Raises FolderError, with the process id of the holder where it holds it alone."""
        file = open(self._path, 'a+')
        if not _lock(file, self._shared):
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise FolderError(f'A site is running on {self._path.parent} already'
                              f'{holder and f" (process {holder})"}; stop it first.')
        self._file = file
        file.truncate(0)
        file.write('' if self._shared else str(os.getpid()))
        file.flush()

    def release(self):
        if self._file:
            self._file.close()
        self._file = None

    @property
    def held(self):
        return self._file is not None

    def __enter__(self):
        self.acquire()

    def __exit__(self, *error):
        self.release()


def _lock(file, shared):
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
