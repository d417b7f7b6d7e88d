"""Mails a second with connections that are kept, against a connection for each mail.

    python3 kuma_lite.py test --benchmarks      or      python tests/benchmarks/mail_connections.py [MAILS]

One thread hands mails of 5 KB to a mail server in a process of its own: without protection, and over TLS.
Both ways take turns in each of five rounds; printed: median (min–max) of mails a second, and the ratio.
"""
import multiprocessing
import os
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import smtp as server
from kuma_lite.config import settings
from kuma_lite.mail import connections
from kuma_lite.mail.smtp import send

ROUNDS = 5
MAIL = b'Subject: News\r\n\r\n' + b'A line of some length, again and again.\r\n' * 120


def main(mails=200):
    os.environ['SSL_CERT_FILE'] = str(server.CERTIFICATE)
    print(f'{"":10}{"kept, mails/s":>28}{"one each":>28}{"ratio":>8}')
    for security in ('none', 'tls'):
        with served(security):
            report(security, [(rate(100, mails), rate(0, mails)) for _ in range(ROUNDS)])


def rate(most, mails):
    """Mails a second with so many over one connection."""
    connections.MAILS = most
    began = time.perf_counter()
    for number in range(mails):
        send(f'reader{number}@example.org', MAIL)
    connections.close_all()
    return mails / (time.perf_counter() - began)


class served:       # noqa: N801 (reads like a function)
    """A mail server in another process, to which [mail] points."""

    def __init__(self, security):
        self._security, self._port = security, server.free_port()

    def __enter__(self):
        started = multiprocessing.Event()
        self._process = multiprocessing.Process(target=serve, args=(self._security, self._port, started))
        self._process.start()
        started.wait()
        settings.mail.host, settings.mail.port = '127.0.0.1', self._port
        settings.mail.security = self._security

    def __exit__(self, *error):
        self._process.terminate()
        self._process.join()


def serve(security, port, started):
    with server.Server(security, port=port):
        started.set()
        time.sleep(600)


def report(security, rounds):
    kept, each = zip(*rounds, strict=True)
    ratio = statistics.median(kept) / statistics.median(each)
    print(f'{security:10}{spread(kept):>28}{spread(each):>28}{ratio:>8.2f}')


def spread(values):
    return f'{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})'


if __name__ == '__main__':
    main(*(int(argument) for argument in sys.argv[1:]))
