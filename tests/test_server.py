"""The web server: who answers what, and that nobody who reads slowly or asks oddly holds up others."""
import http.client
import re
import socket
import threading
import time

import pytest
from peewee import OperationalError

from kuma_lite import app, db
from kuma_lite.server import LOOP, Server
from kuma_lite.web import memory
from process import wait_for

ASK = b'GET /docs/Tea HTTP/1.1\r\nHost: localhost\r\n\r\n'


class Noting(memory.Remembering):
    """The application, with the names of the threads that answered."""

    def __init__(self, app):
        super().__init__(app)
        self.threads = []

    def __call__(self, environ, start_response):
        self.threads.append(threading.current_thread().name)
        return super().__call__(environ, start_response)


@pytest.fixture
def served(site, monkeypatch):
    monkeypatch.setattr(memory, 'Remembering', Noting)
    site.page('Tea', 'Hot.' + ' ' * 100_000)
    site.settle()
    server = Server('127.0.0.1', 0)
    server.app = app.make_app()
    server.start(server.app, 2)
    yield server
    server.stop(time.monotonic() + 2)


def get(server, path='/docs/Tea', method='GET', **headers):
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=10)
    connection.request(method, path, headers={'Host': 'localhost', **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def by_loop(server):
    """Whether the loop gave the last answer."""
    return server.app.threads[-1] == LOOP


def warm(server):
    """Ask until it is known: the bar of contributors comes by a task."""
    def is_known():
        get(server)
        return by_loop(server)
    wait_for(is_known)


def test_the_loop_answers_what_is_known_and_threads_the_rest(served, site):
    _, first = get(served)
    assert not by_loop(served)
    warm(served)
    assert b'Hot.' in first and b'Hot.' in get(served)[1]
    get(served, '/search?q=tea')
    assert not by_loop(served)
    get(served, Cookie='kuma_session=x')
    assert not by_loop(served)


def test_an_edit_is_seen_by_the_next_request(served, site):
    warm(served)
    site.page('Tea', 'Cold.')
    assert b'Cold.' in get(served)[1] and not by_loop(served)


def test_a_known_answer_is_whole_in_each_form(served):
    warm(served)
    plain, body = get(served)
    assert int(plain.headers['Content-Length']) == len(body)
    head, nothing = get(served, method='HEAD')
    assert (head.headers['Content-Length'], nothing) == (str(len(body)), b'') and by_loop(served)
    same, nothing = get(served, **{'If-None-Match': plain.headers['ETag']})
    assert (same.status, nothing) == (304, b'') and by_loop(served)
    assert get(served, **{'Accept-Encoding': 'gzip'})[0].headers['Content-Encoding'] == 'gzip'


def test_requests_that_are_sent_ahead_are_answered_in_order(served):
    warm(served)
    asked = [b'/docs/Tea', b'/nowhere', b'/docs/Tea', b'/docs/Tea', b'/healthz']
    with socket.create_connection(('127.0.0.1', served.port), timeout=10) as connection:
        connection.sendall(b''.join(ASK.replace(b'/docs/Tea', path) for path in asked[:-1])
                           + b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
        came = b''.join(iter(lambda: connection.recv(65536), b''))
    statuses = re.findall(rb'HTTP/1\.1 ([0-9]+)', came)
    assert statuses == [b'200', b'404', b'200', b'200', b'200'] and came.endswith(b'alive\n')


def test_who_does_not_read_holds_up_nobody(served, site):
    """Neither with what stays unsent, nor with a hundred requests on one connection."""
    site.page('Tea', 'Much. ' * 150_000)
    warm(served)
    assert len(get(served)[1]) > 900_000
    greedy = [socket.create_connection(('127.0.0.1', served.port)) for _ in range(10)]
    for connection in greedy:
        connection.sendall(ASK * 100)
    time.sleep(0.2)
    started = time.monotonic()
    warm(served)
    assert time.monotonic() - started < 10
    for connection in greedy:
        connection.close()


def test_what_cannot_be_known_just_now_is_left_to_a_thread(served, monkeypatch):
    warm(served)

    def locked():
        raise OperationalError('database is locked')
    monkeypatch.setattr(db, 'commits', locked)
    assert b'Hot.' in get(served)[1] and not by_loop(served)


SMUGGLED = b'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'


TWO_LENGTHS = [
    ('Content-Length: 5\r\nTransfer-Encoding: chunked', b'0\r\n\r\n'),
    ('Transfer-Encoding: chunked\r\nContent-Length: 5', b'0\r\n\r\n'),
    ('Content-Length: 0\r\nTransfer-Encoding: chunked', b'0\r\n\r\n'),
    ('Content-Length: 5\r\nContent-Length: 0', b'hello'), ('Content-Length: 5, 5', b'hello'),
    ('Content-Length: +5', b'hello'), ('Content-Length : 5', b'hello'), ('Transfer-Encoding : chunked', b''),
    ('Transfer-Encoding: xchunked', b''), ('Transfer-Encoding: chunked, identity', b'0\r\n\r\n'),
    ('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', b'0\r\n\r\n'),
    ('Transfer-Encoding: chunked', b'0x5\r\nhello\r\n0\r\n\r\n'),
    ('Transfer-Encoding: chunked', b'-5\r\nhello\r\n0\r\n\r\n'), ('X-A: b\nX-B: c', b''),
    ('Transfer-Encoding:\r\nContent-Length: 5', b'hello'), ('Transfer-Encoding: ,', b''),
    ('transfer-encoding: , \t\r\nContent-Length: 5', b'hello'),
    ('Transfer-Encoding:\r\n chunked', b'0\r\n\r\n'), ('Transfer-Encoding: chunked, chunked', b'0\r\n\r\n'),
    ('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', b'0\r\n\r\n')]


def test_a_length_that_two_could_read_differently_ends_the_connection(served):
    for fields, body in TWO_LENGTHS:
        head = f'POST /login HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n\r\n'.encode()
        answer = everything(served, head + body + SMUGGLED)
        assert re.match(rb'HTTP/1.[01] (400|501) ', answer) and b'alive' not in answer, fields


@pytest.mark.parametrize('version', ['1.0', '1.2', '2.0'])
def test_no_version_but_one_knows_chunks(served, version):
    head = f'POST /login HTTP/{version}\r\nHost: localhost\r\nConnection: keep-alive\r\n'.encode()
    for length in (b'', b'Content-Length: 5\r\n'):
        answer = everything(served, head + length + b'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n' + SMUGGLED)
        assert re.match(rb'HTTP/1.[01] 400 ', answer) and b'alive' not in answer


def test_a_length_of_thousands_of_digits_is_an_answer_and_no_error(served, caplog):
    for digits in (4_000, 10_000):
        head = b'POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: ' + b'9' * digits + b'\r\n\r\n'
        assert re.match(rb'HTTP/1.[01] 4(00|13) ', everything(served, head))
    assert not caplog.records


def test_a_body_in_chunks_is_read_to_its_end_and_no_further(served):
    head = b'POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'
    last = SMUGGLED.replace(b'\r\n\r\n', b'\r\nConnection: close\r\n\r\n')
    answer = everything(served, head + b'5\r\nhello\r\n0\r\n\r\n' + last)
    assert answer.startswith(b'HTTP/1.1 4') and answer.endswith(b'alive\n')


def test_what_is_no_request_is_refused_with_the_headers_of_every_answer(served):
    for request in (b'NONSENSE\r\n\r\n', b'GET / HTTP/1.1\r\nA b\r\n\r\n',
                    b'GET / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n'):
        answer = everything(served, request)
        assert re.match(rb'HTTP/1.[01] (400|501) ', answer)
        assert b'X-Content-Type-Options: nosniff' in answer and b"default-src 'none'" in answer


def everything(server, request):
    """What comes until the server closes the connection."""
    with socket.create_connection(('127.0.0.1', server.port), timeout=10) as connection:
        connection.sendall(request)
        return b''.join(iter(lambda: connection.recv(65536), b''))


def test_an_error_of_the_look_is_no_end_of_the_loop(served, monkeypatch):
    def fail(environ):
        raise RuntimeError('the inside of the wiki')
    monkeypatch.setattr(served._threads, '_knows', fail)
    assert get(served)[0].status == 200
