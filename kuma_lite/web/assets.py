"""The site's own style sheet, script and icon, at addresses that change with their content."""
import functools
import hashlib
from pathlib import Path

import bottle

FOLDER = Path(__file__).parents[1] / 'static'
FOREVER = 'public, max-age=31536000, immutable'

app = bottle.Bottle()


@functools.cache
def asset(name):
    """The address of a file in static/; browsers keep what it leads to for a year."""
    return f'/static/{name}?v={_version(name)}'


@functools.cache
def _version(name):
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


@app.get('/static/<name:re:[a-z][a-z.-]*>')
def file(name):
    response = bottle.static_file(name, root=str(FOLDER))
    if response.status_code == 200:
        response.set_header('Cache-Control', _keep(name))
        if name.endswith('.svg'):
            response.set_header('Content-Type', 'image/svg+xml; charset=utf-8')
    return response


def _keep(name):
    return FOREVER if bottle.request.query_string == f'v={_version(name)}' else 'no-cache'


@app.get('/favicon.ico')
def favicon():
    return file('favicon.svg')
