"""The doors for search engines: the sitemap and robots.txt."""
import bottle

from kuma_lite import web
from kuma_lite.feeds import sitemaps
from kuma_lite.web import session
from kuma_lite.wiki import access

app = bottle.Bottle()

# A page is worth finding; its forms, old revisions and lists are not, and there are many of them.
NOT_WORTH_IT = ['/docs/*$*', '/new', '/search', '/recent', '/drafts', '/login', '/signup', '/feeds/', '/api/']


@app.get('/sitemap.xml')
def index():
    return _file(sitemaps.INDEX)


@app.get('/sitemaps/pages-<number:re:[1-9][0-9]{0,5}>.xml')
def section(number):
    return _file(sitemaps.name(number))


@app.get('/robots.txt')
def robots():
    if not access.may(None, access.VIEW):
        return web.plain('User-agent: *\nDisallow: /\n')
    lines = ['User-agent: *', *(f'Disallow: {place}' for place in NOT_WORTH_IT), '',
             f'Sitemap: {web.absolute("/sitemap.xml")}']
    return web.plain('\n'.join([*lines, '']))


def _file(name):
    access.require(session.person(), access.VIEW)
    if not (sitemaps.folder() / name).exists():
        raise web.NotFound('This sitemap is not there. It is written every day at 05:00.')
    return bottle.static_file(name, root=str(sitemaps.folder()), mimetype='application/xml')
