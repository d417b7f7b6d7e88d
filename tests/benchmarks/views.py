"""Anonymous views of a prepared 5 KB page: ours against a bare Bottle route that returns the same bytes.

    python tests/benchmarks/views.py [ROUNDS [SECONDS]]

Both are served by waitress with the same threads, in a process of their own that takes turns with the
other's; as many connections as threads ask without a pause. Each side runs twice: with all CPUs of this
process, and pinned to one, where two busy threads do not fight for the interpreter.
"""
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import bottle

from base import settings_for
from kuma_lite import app, db
from kuma_lite.queue import modes
from kuma_lite.server import Server
from kuma_lite.wiki import actions

THREADS = 8
TEXT = '# Five kilobytes\n\n' + '\n\n'.join(f'Paragraph {number} of a page that people read.' * 2
                                           for number in range(38))
SIDES = ('ours', 'bottle')


def main(rounds=5, seconds=3):
    cpus = sorted(os.sched_getaffinity(0))
    for allowed in (cpus, cpus[:1]):
        found = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side in SIDES:
                found[side].append(measure_apart(side, seconds, allowed))
        show(found, allowed)


def measure_apart(side, seconds, cpus):
    """Serve in a process on these CPUs, ask from this one; (requests/s, bytes of an answer, µs of its CPU
    time for each)."""
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([sys.executable, __file__, '--serve', side, folder], stdout=subprocess.PIPE,
                                  text=True, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        try:
            port = json.loads(server.stdout.readline())
            before = cpu_time(server.pid)
            rate, size = ask(port, seconds)
            return rate, size, (cpu_time(server.pid) - before) / (rate * seconds) * 1e6
        finally:
            server.kill()
            server.wait()


def cpu_time(pid):
    """Seconds that all threads of a process have worked."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def ask(port, seconds, path='/docs/Five'):
    """(requests/s, bytes of an answer) of THREADS connections that ask without a pause.

    On bare sockets in one thread: Python's own client takes longer to read an answer than ours to give it.
    """
    request = f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Mozilla/5.0\r\n\r\n'.encode()
    connections = [socket.create_connection(('127.0.0.1', port)) for _ in range(THREADS)]
    count, until = 0, time.monotonic() + seconds
    for connection in connections:
        connection.sendall(request)
    while time.monotonic() < until:
        for connection in connections:
            size = read_answer(connection)
            connection.sendall(request)
            count += 1
    for connection in connections:
        connection.close()
    return count / seconds, size


def read_answer(connection):
    """The bytes of the body; raises ValueError if it is not a 200 with a length."""
    answer = _more(connection)
    while (end := answer.find(b'\r\n\r\n')) < 0:
        answer += _more(connection)
    length = re.search(rb'(?i)content-length: *([0-9]+)', answer[:end])
    if not answer.startswith(b'HTTP/1.1 200') or not length:
        raise ValueError(answer[:end])
    left = int(length[1]) - (len(answer) - end - 4)
    while left:
        left -= len(_more(connection))
    return int(length[1])


def _more(connection):
    found = connection.recv(65536)
    if not found:
        raise ValueError('the connection was closed before the answer was whole')
    return found


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as server:
        return server.getsockname()[1]


def wait_until_served(port, path, words, patience=30):
    """Until the page has these words; raises TimeoutError."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f'http://127.0.0.1:{port}{path}', timeout=5) as answer:
                if words in answer.read().decode():
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f'{path} was not served')


def show(found, cpus):
    print(f'\nCPUs of the server {cpus}; requests/s, and µs of its CPU time for each: median (min–max) of '
          f'{len(found["ours"])} rounds')
    for side, runs in found.items():
        rates, sizes, costs = zip(*runs, strict=True)
        print(f'  {side:8}{statistics.median(rates):8.0f} ({min(rates):.0f}–{max(rates):.0f})   '
              f'{statistics.median(costs):6.0f} ({min(costs):.0f}–{max(costs):.0f})   {sizes[0]} bytes')
    pairs = list(zip(found['ours'], found['bottle'], strict=True))
    faster = statistics.median(ours[0] / theirs[0] for ours, theirs in pairs)
    cheaper = statistics.median(theirs[2] / ours[2] for ours, theirs in pairs)
    print(f'  ours / bottle: {faster:.2f} requests/s; for the same CPU time {cheaper:.2f}')


def serve(side, folder):
    body = prepare(folder)
    server = Server('127.0.0.1', 0)
    server.start(app.make_app() if side == 'ours' else bare(body), THREADS)
    print(server.port, flush=True)
    time.sleep(3600)


def prepare(folder):
    """A site with one page that is in memory; returns its bytes."""
    app.configure(settings_for(Path(folder) / 'data'))
    db.migrate()
    modes.start_inline()
    with db.connection():
        actions.save('Five', 'Five', TEXT, None)
    return read_twice(app.make_app())


def read_twice(site):
    """The page, once its bar is there."""
    for _ in range(2):
        body = b''.join(site({'REQUEST_METHOD': 'GET', 'PATH_INFO': '/docs/Five', 'QUERY_STRING': '',
                              'SERVER_NAME': 'x', 'SERVER_PORT': '80', 'HTTP_HOST': 'localhost',
                              'wsgi.url_scheme': 'http'}, lambda *answer: None))
    return body


def bare(body):
    application = bottle.Bottle()

    @application.get('/docs/<path:path>')
    def page(path):
        bottle.response.content_type = 'text/html; charset=utf-8'
        return body
    return application


if __name__ == '__main__':
    if sys.argv[1:2] == ['--serve']:
        serve(*sys.argv[2:])
    main(*(int(argument) for argument in sys.argv[1:]))
