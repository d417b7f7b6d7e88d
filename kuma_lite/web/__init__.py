"""What every page and every JSON answer needs, whatever it is about.

    from kuma_lite import web
    from kuma_lite.web import session

    app = bottle.Bottle()                       # app.py merges it: routes stand under their full path

    @app.post('/docs/<path:path>$edit')
    def edit(path):
        text = web.text('content')              # a missing field is refused, it is never ''
        if not session.person():
            raise web.Forbidden('Only members may edit.')
        return web.see_other(web.docs_url(path), notice='Saved.')

A view returns `page`, `json`, `plain` or `see_other`, or raises a `Refused`. Templates are in
templates/<feature>/. Every form holds `{{!csrf_field()}}`; the token is checked before the view
is called. Bottle's own redirects, templates, forms, cookies and addresses are not used: each has
a trap that `tests/test_web_bottle.py` names.
"""
from kuma_lite.web.addresses import absolute, docs_url, local, with_query
from kuma_lite.web.forms import file, json_body, json_text, line, query, text, whole
from kuma_lite.web.pages import json, page, plain, see_other
from kuma_lite.web.paging import limit, part_of
from kuma_lite.web.refusals import Forbidden, NotFound, Refused
from kuma_lite.web.templates import render, zone

__all__ = [
    'absolute', 'docs_url', 'local', 'with_query',
    'file', 'json_body', 'json_text', 'line', 'query', 'text', 'whole',
    'json', 'page', 'plain', 'see_other',
    'limit', 'part_of',
    'Forbidden', 'NotFound', 'Refused',
    'render', 'zone',
]
