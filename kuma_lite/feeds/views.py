"""Feeds of what has changed: all of it, of the pages with a tag, at and below a path, or of one person.

They show what the reader may read: feed readers bring no cookie, so it is mostly what strangers may.
"""
import hashlib
from urllib.parse import quote, urlsplit

import bottle

from kuma_lite import generations, text, web
from kuma_lite.config import settings
from kuma_lite.feeds import formats, models
from kuma_lite.feeds.actions import CHANGES
from kuma_lite.web import memory, session
from kuma_lite.wiki import access, recent, tags

app = bottle.Bottle()

FEEDS = '/feeds/<form:re:atom|rss>'
FORMS = {'atom': formats.atom, 'rss': formats.rss}
HOLDS = 600     # seconds that a feed is kept, if nothing changes


@app.get(f'{FEEDS}/all')
def of_all(form):
    return _answer(form, 'all', 'Recent changes', '/recent', _changes)


@app.get(f'{FEEDS}/tag/<name:path>')
def of_tag(form, name):
    def changes():
        tag = tags.named(name, session.person())
        if tag is None:
            raise web.NotFound('No page has this tag.')
        return models.with_tag(tag, session.person())
    return _answer(form, f'tag/{quote(name)}', f'Changes of pages with the tag “{name}”',
                   f'/tag/{quote(name)}', changes)


@app.get(f'{FEEDS}/under/<path:re:[^$]+>')
def of_tree(form, path):
    return _answer(form, f'under/{quote(path)}', f'Changes at and below {path}',
                   web.with_query('/recent', under=path), lambda: _changes(under=path))


@app.get(f'{FEEDS}/user/<name>')
def of_person(form, name):
    return _answer(form, f'user/{quote(name, safe="")}', f'Changes by {name}',
                   web.with_query('/recent', by=name), lambda: _changes(by=name))


def _changes(**which):
    return recent.changes(**which, person=session.person())


def _answer(form, place, title, page, changes):
    """The feed at /feeds/<form>/<place> of what `changes()` selects; people see the same at `page`."""
    access.require(session.person(), access.VIEW)
    most = web.limit()
    try:
        rows = models.newest(changes(), most)
    except ValueError as error:
        raise web.NotFound(str(error)) from None
    feed = formats.Feed(f'{title} · {settings.site.name}', web.absolute(page),
                        web.absolute(f'/feeds/{form}/{place}'), [_entry(row) for row in rows])
    if rows:        # who asks for what is not there must not push out what is
        memory.keep(CHANGES, HOLDS, *{generations.of_page(row.page.id) for row in rows})
    return _sent(FORMS[form](feed), form, feed.updated)


def _entry(revision):
    page, author = revision.page, revision.author
    return formats.Entry(
        id=_id(revision), title=f'{revision.title}{" (new page)" if revision.is_first else ""}',
        link=web.absolute(_link(page, revision)),
        author=author.name if author else 'somebody without an account',
        author_link=web.absolute(f'/users/{quote(author.name)}') if author else '',
        at=revision.created_at, html=web.render('feeds/entry.html', revision=revision, page=page))


def _link(page, revision):
    """Where people see what it changed."""
    if revision.is_first:
        return web.docs_url(page.path, f'revision/{revision.id}')
    ends = {'from': revision.based_on_id, 'to': revision.id}
    return web.with_query(web.docs_url(page.path, 'compare'), **ends)


def _id(revision):
    """A tag URI (RFC 4151): it stays the same, whatever becomes of the path or of https."""
    host = urlsplit(web.absolute('/')).hostname
    return f'tag:{host},{text.iso(revision.created_at)[:10]}:revision/{revision.id}'


def _sent(body, form, updated):
    """The answer, or 304 for who has it already; where memory may keep it, memory says that."""
    environ, headers = bottle.request.environ, {'Content-Type': f'application/{form}+xml; charset=utf-8',
                                                'Last-Modified': formats.date(updated)}
    if memory.may_keep(environ):
        return bottle.HTTPResponse(body, 200, headers)
    headers['ETag'] = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if headers['ETag'] in environ.get('HTTP_IF_NONE_MATCH', ''):
        return bottle.HTTPResponse('', 304, headers)
    return bottle.HTTPResponse(body, 200, headers)
