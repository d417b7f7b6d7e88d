"""A site as a process of its own, for tests that stop, kill and start it."""
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
# Tests ask and write more than people do.
UNLIMITED = {'KUMA_SPAM_MODE': 'off', **{f'KUMA_LIMITS_{kind}': '0' for kind in (
    'PAGE', 'EDIT', 'LISTS', 'SEARCH', 'HISTORY', 'REVISION', 'COMPARE')}}


class Process:
    """`kuma_lite.py serve` on a data folder, or another command that runs on.

    Start it with `with`, or `start()` and `kill()`.
    """

    def __init__(self, data, *arguments, command='serve', files=None, program=CHECKOUT / 'kuma_lite.py',
                 **environ):
        self.data = Path(data)
        self._program = program
        self._files = files     # how many descriptors it may have
        port = [] if command == 'worker' else ['--port', '0']
        self._arguments = [command, '--data', str(data), *port, *arguments]
        self._name = self.data.name if command == 'serve' else f'{self.data.name}-{command}'
        inherited = {name: value for name, value in os.environ.items() if not name.startswith('KUMA_')}
        self._environ = {**inherited, **UNLIMITED, **environ}
        self.lines = []

    def start(self):
        """Start and wait for the screen that says how to stop it; raises RuntimeError with the output."""
        self.begin()
        return self.await_screen()

    def begin(self):
        self.log = open(self.data.with_name(f'{self._name}.log'), 'a+')
        self.popen = subprocess.Popen([sys.executable, str(self._program), *self._arguments],
                                      stdout=subprocess.PIPE, stderr=self.log, text=True, env=self._environ,
                                      cwd=self.data.parent, preexec_fn=self._limit)

    def await_screen(self):
        self.lines = []
        for line in self.popen.stdout:
            self.lines.append(line)
            if line.startswith('  Stop '):
                break
        else:
            self.popen.wait()
            raise RuntimeError(f'status {self.popen.returncode}: {self.errors()}')
        address = re.search(r'Open +(\S+)/\n', ''.join(self.lines))
        self.url = address and address[1]
        return self

    def _limit(self):
        if self._files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self._files, self._files))

    def errors(self):
        self.log.flush()
        return Path(self.log.name).read_text()

    def get(self, path, timeout=30):
        """(status, text) of an address."""
        return fetch(urllib.request.Request(self.url + path), timeout)

    def stop(self, signum=signal.SIGTERM, timeout=40):
        """Ask it to stop; returns (exit status, seconds that took)."""
        started = time.monotonic()
        self.popen.send_signal(signum)
        status = self.popen.wait(timeout)
        return status, time.monotonic() - started

    def kill(self):
        """kill -9, and nothing else: what it started is left behind."""
        self.popen.kill()
        self.popen.wait()

    def valkey_pid(self):
        """The process id of its Valkey, found by the folder in which that runs."""
        for entry in Path('/proc').iterdir():
            if entry.name.isdigit() and _runs_in(entry, self.data):
                return int(entry.name)
        return None

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        if self.popen.poll() is None:
            self.stop()
        self.popen.stdout.close()
        self.log.close()


def _runs_in(entry, folder):
    try:
        here = (entry / 'cwd').resolve() == folder.resolve()
        return here and b'valkey-server' in (entry / 'cmdline').read_bytes()
    except OSError:
        return False


def fetch(request, timeout=30):
    """(status, text) of a request, also of one that is refused."""
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(check, timeout=30):
    """Wait until `check()` is true and return what it gave; raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        found = check()
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(f'{check} did not come true')
