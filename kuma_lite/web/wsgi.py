"""The WSGI application: Bottle's routes, and around them what every request needs.

From the outside in: a proxy's word on who asks; what is remembered; errors, headers and the request's id;
limits; the database connection and what admins have chosen; the body and its proof; the view. Bottle's hooks
are not used for these: its `after_request` runs before error pages are made, and a query there would leak a
connection into the next request.
"""
import functools
import logging
import secrets
import time

import bottle

from kuma_lite import chosen, db
from kuma_lite.queue import context
from kuma_lite.web import assets, csrf, errors, headers, limits, memory, proxies, ratelimits

log = logging.getLogger(__name__)


class Site(bottle.Bottle):
    """All routes of the site. Errors leave it as exceptions, so that one place answers them."""

    def __init__(self, routes):
        super().__init__()
        self.catchall = False
        self.add_hook('before_request', self._check)
        self.merge(routes)      # plugins and hooks of the apps they come from do not apply

    def _check(self):
        environ = bottle.request.environ
        try:
            route, _ = self.match(environ)
        except bottle.HTTPError:
            ratelimits.check('page')
            raise
        environ['kuma.kind'] = ratelimits.kind_of(environ['REQUEST_METHOD'], route.rule)
        if environ['REQUEST_METHOD'] in csrf.SAFE:
            ratelimits.check(environ['kuma.kind'])
        else:
            _check_sent(environ, route.config)

    def default_error_handler(self, error):
        raise errors.of_bottle(error) from None


def _check_sent(environ, config):
    """The body, how often this may be sent, and its proof. What has no proof is no edit, but it counts."""
    limits.allow_body(environ, config.get('body', limits.FORM))
    environ['kuma.takes_files'] = config.get('files', False)
    ratelimits.check('page')
    if config.get('csrf', True):
        csrf.check()
    if environ['kuma.kind'] == 'edit':
        ratelimits.check('edit')


_routed = functools.lru_cache(maxsize=1)(Site)     # the application of a process may be made again


def make_app(views):
    """The application that serves these Bottle apps (the routes stand in them under their full paths)."""
    routes = tuple(route for app in [assets.app, *views] for route in app.routes)
    site = _answering(_limited(_connected(_routed(routes))))
    return proxies.behind(memory.Remembering(site))


def _answering(app):
    """Every request gets an id and an answer, and every answer its headers."""
    def serve(environ, start_response):
        started = time.monotonic()
        environ['kuma.request_id'] = secrets.token_hex(8)
        cause = f'{environ["REQUEST_METHOD"]} {_readable(environ.get("PATH_INFO", ""))}'
        visitor = environ.get('REMOTE_ADDR', '')    # see proxies: anybody can write an X-Forwarded-For
        bottle.request.bind(environ)

        def start(status, fields, exc_info=None):
            took = (time.monotonic() - started) * 1000
            log.log(_level(environ, status), '%s: %s in %.1f ms for %s', cause, status, took, visitor)
            return start_response(status, headers.complete(fields), exc_info)

        with context.use(request_id=environ['kuma.request_id'], address=visitor, cause=cause):
            try:
                return app(environ, start)
            except BaseException as error:      # a view that calls sys.exit() must not end the thread
                return _send(errors.answer(error), environ, start)
    return serve


def _level(environ, status):
    """The log is for whoever looks after the wiki: what was asked of it is said at `debug`, and at
    `info` only that it refused to change something, or to show it to somebody who may not see it."""
    refused = status >= '400' and environ['REQUEST_METHOD'] not in csrf.SAFE
    return logging.INFO if refused or status.startswith('403') else logging.DEBUG


def _readable(path):
    """A path as WSGI gives it, on one line for logs and records; without the secret of the set-up link."""
    text = path[:300].encode('latin-1', 'replace').decode('utf-8', 'replace')
    text = '/setup/…' if text.startswith('/setup/') else text
    return ''.join(char if char.isprintable() else '\ufffd' for char in text)


def _limited(app):
    def serve(environ, start_response):
        limits.check(environ)
        return app(environ, start_response)
    return serve


def _connected(app):
    """A connection for the time in which the view works; bodies are complete when it returns."""
    def serve(environ, start_response):
        with db.connection():
            chosen.refresh()
            return app(environ, start_response)
    return serve


def _send(response, environ, start_response):
    body = response.body
    response.set_header('Content-Length', str(len(body)))
    start_response(response.status_line, response.headerlist, None)
    return [] if environ['REQUEST_METHOD'] == 'HEAD' else [body]
