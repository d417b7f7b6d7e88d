"""The name of the form in which a page is written: a new one whenever the form is opened."""
import secrets

import bottle

from kuma_lite import web
from kuma_lite.queue import context

FIELD = 'draft'


def current():
    """The name of the form that this request sent, or of the one that it is going to show."""
    environ = bottle.request.environ
    if 'kuma.form' not in environ:
        environ['kuma.form'] = web.line(FIELD, '') or secrets.token_urlsafe(16)
    return environ['kuma.form']


def sent():
    """The name of the form that this request sent; '' for programs, commands and tasks."""
    here = context.current()
    return web.line(FIELD, '') if here.request_id and here.parent is None else ''
