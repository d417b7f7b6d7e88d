"""`serve` as a person meets it: one command, one screen, stopped and killed at will."""
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from kuma_lite import __version__, serve
from kuma_lite.queue.broker import Broker
from process import CHECKOUT, Process, wait_for


@pytest.fixture
def data(tmp_path):
    return tmp_path / 'data'


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    """A site for those tests that leave it as it was."""
    with Process(tmp_path_factory.mktemp('running') / 'data') as site:
        yield site


def test_the_screen_says_all_that_is_needed(running):
    screen = ''.join(running.lines)
    assert screen.startswith(f'\n  Kuma Lite {__version__} is running.\n')
    assert re.search(r'Open +http://127\.0\.0\.1:\d+/\n', screen)
    assert re.search(r'Set up +http://127\.0\.0\.1:\d+/setup/\w+ ', screen)
    assert f'Data     {running.data}' in screen and 'Ctrl-C' in screen


def test_its_files_are_for_its_user_alone(running):
    files = [running.data, *running.data.rglob('*')]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    assert modes.pop('data') == 0o700
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes


def test_a_second_site_on_the_same_folder_is_refused(running):
    with pytest.raises(RuntimeError, match=f'(?s)status 1: .*process {running.popen.pid}'):
        Process(running.data).start()


def test_a_port_in_use_is_told(data):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(RuntimeError, match=f'status 1: kuma-lite: Cannot listen on 127.0.0.1:{port}'):
            Process(data, '--port', port).start()


def test_a_folder_open_to_others_is_refused(data):
    data.mkdir()
    data.chmod(0o755)
    with pytest.raises(RuntimeError, match='status 1: .*chmod'):
        Process(data).start()


def test_after_a_kill_the_next_start_replaces_what_was_left(data):
    site = Process(data).start()
    left = site.valkey_pid()
    site.kill()
    assert left and os.path.exists(f'/proc/{left}')
    with Process(data) as again:
        assert again.get('/readyz')[0] == 200
        assert again.valkey_pid() != left
        wait_for(lambda: not os.path.exists(f'/proc/{left}'))


def test_a_valkey_that_dies_is_started_again(data):
    with Process(data) as site:
        os.kill(site.valkey_pid(), signal.SIGKILL)
        assert site.get('/')[0] == 200
        wait_for(lambda: site.get('/readyz')[0] == 200)


def test_a_long_path_works(tmp_path):
    deep = tmp_path / ('d' * 90) / 'data'
    deep.parent.mkdir()
    with Process(deep) as site:
        assert site.get('/readyz')[0] == 200


def test_without_its_redis_it_serves_pages_and_says_so(data):
    with Process(data, KUMA_REDIS_URL='redis://127.0.0.1:1/0') as site:
        assert site.get('/')[0] == 200
        wait_for(lambda: site.get('/readyz')[0] == 503)
        assert json.loads(site.get('/readyz')[1])['redis'] != 'ok'
        assert 'tasks wait in the ledger' in site.errors()
        assert 'Traceback' not in site.errors()


def test_a_redis_address_that_is_none_is_refused(data):
    with pytest.raises(RuntimeError, match=r'status 2: kuma-lite: KUMA_REDIS_URL: \[redis\] url is'):
        Process(data, KUMA_REDIS_URL='nonsense').start()


def test_immediate_tasks_need_no_redis(data):
    with Process(data, KUMA_TASKS_IMMEDIATE='yes') as site:
        assert site.get('/readyz')[0] == 200
        assert site.valkey_pid() is None
        assert 'Tasks run in the requests' in site.errors()


def test_an_unknown_setting_is_told_with_its_line(data, tmp_path):
    (tmp_path / 'config.ini').write_text('[site]\nname = X\ncolour = red\n')
    with pytest.raises(RuntimeError, match='status 2: .*config.ini line 3: .*colour'):
        Process(data).start()


@pytest.mark.parametrize('begin', [b'', b'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ',
                                   b'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx'])
def test_silent_and_slow_clients_by_the_hundred_slow_nobody(running, begin):
    host, port = running.url.removeprefix('http://').split(':')
    clients = [socket.create_connection((host, int(port))) for _ in range(300)]
    for client in clients:
        client.sendall(begin)
    started = time.monotonic()
    assert running.get('/')[0] == 200
    assert time.monotonic() - started < 5
    for client in clients:
        client.close()


def test_more_clients_than_files_do_not_stop_it(data):
    """With few descriptors the site accepts fewer, and answers those; it does not spin on accept()."""
    with Process(data, files=400) as site:
        host, port = site.url.removeprefix('http://').split(':')
        first = socket.create_connection((host, int(port)))
        clients = [socket.create_connection((host, int(port))) for _ in range(450)]
        first.sendall(b'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
        first.settimeout(30)
        assert first.recv(100).startswith(b'HTTP/1.1 200')
        assert 'Too many open files' not in site.errors()
        for client in [first, *clients]:
            client.close()


def test_a_closed_terminal_stops_it_like_any_signal(data):
    with Process(data) as site:
        assert site.stop(signal.SIGHUP)[0] == 0
        assert site.valkey_pid() is None


def test_a_damaged_database_is_told(data):
    data.mkdir(mode=0o700)
    data.chmod(0o700)
    (data / 'wiki.db').write_bytes(b'no database' * 500)
    with pytest.raises(RuntimeError, match='status 1: kuma-lite: .*wiki.db is damaged'):
        Process(data).start()


def test_the_password_of_its_redis_is_told_to_nobody(data):
    with Process(data, KUMA_REDIS_URL='redis://:hunter22@127.0.0.1:1/0') as site:
        wait_for(lambda: site.get('/readyz')[0] == 503)
        assert 'hunter22' not in site.errors() + ''.join(site.lines) + site.get('/readyz')[1]


def test_a_part_that_cannot_stop_keeps_no_other_running(tmp_path):
    class Broken:
        def stop(self, timeout=0):
            raise RuntimeError('it cannot')
        retire = stop
    site = serve.Site()
    site.valkey, site.tasks = Broker(tmp_path), Broken()
    site.valkey.start()
    with pytest.raises(RuntimeError):
        site.stop()
    assert not site.valkey.socket.exists()


def test_a_signal_may_come_at_any_step():
    program = """
import signal
from kuma_lite import serve
stopping = serve.Stopping()
def handle(signum, frame):
    stopping.ask()
    stopping.is_asked = False
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 1e-4, 2e-4)
for _ in range(10_000):
    stopping.wait(1e-6)
signal.setitimer(signal.ITIMER_REAL, 0)
"""
    subprocess.run([sys.executable, '-c', program], cwd=CHECKOUT, timeout=60, check=True)


def test_a_second_signal_stops_at_once(data):
    with Process(data) as site:
        site.popen.send_signal(signal.SIGINT)
        site.popen.send_signal(signal.SIGINT)
        assert site.popen.wait(5) in (0, 130)
