"""The disk is full while people edit: edits are refused in a sentence, reading goes on, and with room again
all of it works without a restart.

Full in two ways: a file system of 8 MB, where we may mount one, and always a limit on the size of files, as
a quota is. It lasts eight seconds, or sixty.
"""
import contextlib
import resource
import subprocess
import time

import visitors
from length import either
from noting_site import PROGRAM

from process import Process, wait_for

SECONDS = either(8, 60)
PEOPLE = 6
BIG = 20_000        # characters of an edit


@contextlib.contextmanager
def small_disk(data):
    """The data folder becomes a small file system of its own."""
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', str(data)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(['umount', '--lazy', str(data)], check=True)


def fill(site):
    """Use up what is left of the small disk; returns the function that frees it."""
    ballast = site.data / 'ballast'
    with contextlib.suppress(OSError), open(ballast, 'wb', buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return ballast.unlink


def limit(site):
    """Let no file of the site grow larger than its database is; returns the function that lifts this."""
    largest = max(path.stat().st_size for path in site.data.glob('wiki.db*'))
    _, most = resource.prlimit(site.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(site.popen.pid, resource.RLIMIT_FSIZE, (largest, most))
    return lambda: resource.prlimit(site.popen.pid, resource.RLIMIT_FSIZE, (most, most))


def may_mount(folder):
    folder.mkdir()
    try:
        with small_disk(folder):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def test_with_a_limit_on_the_size_of_files(tmp_path):
    run(tmp_path / 'data', limit)


def test_on_a_small_disk(tmp_path):
    """Where this user may not mount one, the limit again: a test that does nothing proves nothing."""
    data = tmp_path / 'data'
    if not may_mount(tmp_path / 'probe'):
        return run(data, limit)
    data.mkdir(mode=0o700)
    with small_disk(data):
        run(data, fill)


def run(data, take_room):
    people = visitors.prepare(data, PEOPLE)
    with Process(data, program=PROGRAM) as site:
        with visitors.Rush(site, people, BIG) as before:
            wait_for(lambda: len(before.acknowledged) >= PEOPLE)
            give_room = take_room(site)         # in the middle of edits and of their tasks
            wait_for(lambda: len(before.refused) >= PEOPLE)
        with visitors.Rush(site, people, BIG) as during:
            wait_for(lambda: site.get('/readyz')[0] == 503)
            time.sleep(SECONDS)
        log = site.errors()
        give_room()
        with visitors.Rush(site, people) as after:
            wait_for(lambda: site.get('/readyz')[0] == 200)
            wait_for(lambda: len(after.acknowledged) >= PEOPLE)
        wait_for(lambda: visitors.at_rest(data), timeout=60)
    print(f'\nduring: {during.report()}; afterwards: {after.report()}', end='')
    visitors.judge(f'full disk ({take_room.__name__})', data, before, during, after)
    visitors.check_log(log, SECONDS)
    assert during.refused
    assert max(before.views + during.views) < 3, 'readers waited for those who write'
