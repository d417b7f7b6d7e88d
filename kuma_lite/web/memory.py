"""Finished answers, kept for those who read without an account: no router, database or template.

A view says with `keep()` what its answer shows and how long it may be kept. Kept is only what went to
somebody who sent no cookie of ours and no token, so nothing personal can be in it; and it is dropped as
soon as what it shows has changed, whoever changed it: each request asks whether anything was committed
(2 µs), and then what.
"""
import contextlib
import functools
import gzip
import hashlib
import re
import secrets
import threading
from typing import NamedTuple

import bottle
from peewee import PeeweeException

from kuma_lite import clock, db, generations
from kuma_lite.web import counting, limits, ratelimits

MOST = 64 * 1024 * 1024     # bytes that are kept
PACKED_FROM = 500           # bytes that are worth packing


def keep(name, seconds, *names):
    """The answer of this request shows the things of these names, see `generations`, and the same to
    everybody without an account, for so many seconds."""
    bottle.request.environ['kuma.keep'] = (frozenset([name, *names]), clock.now(), seconds)


def shows(*names):
    """The answer of this request shows these things as well, whoever says how long it may be kept."""
    environ = bottle.request.environ
    environ['kuma.shows'] = environ.get('kuma.shows', frozenset()) | set(names)


def may_keep(environ):
    """Whether `keep()` counts in this request."""
    return _key(environ) is not None


class Remembering:
    """A WSGI application that answers from memory what `app` has been asked before.

    A server may ask first, with `knows()`, in a thread that must not wait: what is known is then answered at
    once and without anything that could take long.
    """

    def __init__(self, app):
        self._app = app
        self._memory = Memory()

    def knows(self, environ):
        """Whether the answer to this request is here; if so, it is the answer that the request gets."""
        environ['kuma.kept'] = self._memory.known(environ)
        return environ['kuma.kept'] is not None

    def __call__(self, environ, start_response):
        kept = environ.get('kuma.kept') or self._memory.answer(self._app, environ, start_response)
        answer = kept.send(environ, start_response) if isinstance(kept, Kept) else kept
        counting.count(environ)
        return answer


def _key(environ):
    """What the answer depends on, or None if on more than this."""
    if (environ['REQUEST_METHOD'] not in ('GET', 'HEAD') or environ.get('QUERY_STRING')
            or 'HTTP_AUTHORIZATION' in environ or 'kuma_' in environ.get('HTTP_COOKIE', '')):
        return None
    return environ['PATH_INFO'] if limits.knows_host(environ) else None


class Kept(NamedTuple):
    """An answer in both forms, what it shows, and since when for how many seconds it may be sent."""
    names: frozenset
    since: float
    seconds: float
    etag: str
    plain: tuple        # (headers, body)
    packed: tuple
    seen: int | None    # the page whose view it is
    kind: str           # what sending it counts as, see `ratelimits`

    def send(self, environ, start_response):
        environ['kuma.seen'] = self.seen
        headers, body = self.packed if _takes_gzip(environ.get('HTTP_ACCEPT_ENCODING', '')) else self.plain
        request_id = ('X-Request-Id', secrets.token_hex(8))
        if self.etag in environ.get('HTTP_IF_NONE_MATCH', ''):
            kept = [pair for pair in headers if not pair[0].startswith('Content-')]
            start_response('304 Not Modified', [*kept, request_id])
            return []
        start_response('200 OK', [*headers, request_id])
        return [] if environ['REQUEST_METHOD'] == 'HEAD' else [body]

    def size(self):
        return len(self.plain[1]) + len(self.packed[1])


@functools.lru_cache(maxsize=100)
def _takes_gzip(encodings):
    """Whether a browser that sends this Accept-Encoding understands gzip."""
    found = re.search(r'(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?(?:,|$)', encodings, re.I)
    return bool(found) and (found[1] is None or re.fullmatch(r'0(\.0*)?', found[1]) is None)


class Memory:
    """The kept answers of one process, for all its threads."""

    def __init__(self):
        self._kept = {}
        self._size = 0
        self._seen = 0                      # the newest generation that is taken into account
        self._lock = threading.Lock()
        self._commits = threading.local()

    def known(self, environ):
        """What is kept for this request and may be sent, or None."""
        key = _key(environ)
        kept = self.get(key) if key is not None and self.refresh() else None
        return kept if kept and ratelimits.may_send(kept.kind, environ) else None

    def answer(self, app, environ, start_response):
        """The same, or else the answer of the application, which is kept if its view allows it."""
        key = _key(environ)
        if key is None or not self.refresh():
            return app(environ, start_response)
        return self.known(environ) or self.ask(key, app, environ, start_response)

    def get(self, key):
        kept = self._kept.get(key)
        return kept if kept and kept.since <= clock.now() < kept.since + kept.seconds else None

    def refresh(self):
        """Forget what has changed since the last request; whether that could be found out."""
        try:
            commits = db.commits()
            if commits != getattr(self._commits, 'seen', None):
                with self._lock:
                    self._forget(*generations.since(self._seen))
                self._commits.seen = commits    # only now: whoever fails before that looks again
        except PeeweeException:
            return False
        return True

    def _forget(self, number, names):
        self._seen = number
        changed = set(names)
        for key, kept in list(self._kept.items()) if changed else ():
            if generations.EVERYTHING in changed or not changed.isdisjoint(kept.names):
                self._drop(key)

    def ask(self, key, app, environ, start_response):
        """Let the application answer, and keep that if its view allows it."""
        seen, began = self._seen, _Start(start_response)
        environ['REQUEST_METHOD'], method = 'GET', environ['REQUEST_METHOD']
        body = _whole(app(environ, began))
        environ['REQUEST_METHOD'] = method
        if 'kuma.keep' not in environ or not began.may_be_kept():
            began.pass_on()
            return [] if method == 'HEAD' else [body]
        names, since, seconds = environ['kuma.keep']
        kept = _kept(names | environ.get('kuma.shows', frozenset()), since, seconds, began.headers, body,
                     environ.get('kuma.seen'), environ['kuma.kind'])
        self.refresh()
        with self._lock:
            if self._seen == seen:      # or it may show what was there before
                self._put(key, kept)
        return kept

    def _put(self, key, kept):
        self._drop(key)
        self._kept[key] = kept
        self._size += kept.size()
        while self._size > MOST:
            self._drop(next(iter(self._kept)))      # the oldest

    def _drop(self, key):
        with contextlib.suppress(KeyError):
            self._size -= self._kept.pop(key).size()


class _Start:
    """A start_response that waits until it is known whether the answer is kept."""

    def __init__(self, start_response):
        self._start_response = start_response

    def __call__(self, status, headers, exc_info=None):
        self.status, self.headers, self.exc_info = status, headers, exc_info

    def may_be_kept(self):
        return self.status.startswith('200') and not any(name == 'Set-Cookie' for name, _ in self.headers)

    def pass_on(self):
        self._start_response(self.status, self.headers, self.exc_info)


def _whole(answer):
    try:
        return b''.join(answer)
    finally:
        if hasattr(answer, 'close'):
            answer.close()


def _kept(names, since, seconds, headers, body, seen, kind):
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}'      # without its end, which tells the forms apart
    common = [pair for pair in headers if pair[0] not in ('X-Request-Id', 'Content-Length')]
    common.append(('Vary', 'Accept-Encoding, Cookie'))
    packed = gzip.compress(body, 6, mtime=0) if len(body) > PACKED_FROM else body
    encoded = [('Content-Encoding', 'gzip')] if packed is not body else []
    return Kept(names, since, seconds, etag, (_with(common, f'{etag}"', body), body),
                (_with(common + encoded, f'{etag}-gzip"', packed), packed), seen, kind)


def _with(headers, etag, body):
    return [*headers, ('ETag', etag), ('Content-Length', str(len(body)))]
