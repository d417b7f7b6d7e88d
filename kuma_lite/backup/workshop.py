"""Folders for what is not finished. What a killed process leaves in one, the next that needs one removes."""
import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from kuma_lite import folder

PREFIX = '.kuma-unfinished-'
YOUNG = 60      # seconds in which its process may still be about to lock it


@contextlib.contextmanager
def opened(parent):
    """A folder of our own in `parent`, for this user alone, which is gone after the block."""
    _sweep(parent)
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        with folder.Lock(path):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def system_folder():
    """Where the system keeps what is temporary."""
    return Path(tempfile.gettempdir())


def _sweep(parent):
    for path in Path(parent).glob(f'{PREFIX}*'):
        with contextlib.suppress(OSError, folder.FolderError):
            if time.time() - path.lstat().st_mtime > YOUNG and not path.is_symlink():
                with folder.Lock(path):
                    shutil.rmtree(path, ignore_errors=True)
