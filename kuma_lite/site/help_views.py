"""The syntax help, and how it becomes a page that can be changed."""
import json

import bottle

from kuma_lite import web
from kuma_lite.config import settings
from kuma_lite.site import actions, syntax
from kuma_lite.web import session
from kuma_lite.wiki import access, checks, links, lookups
from kuma_lite.wiki import actions as wiki

app = bottle.Bottle()

HERE = '/help/syntax'


@app.get(HERE)
def help():
    person = session.person()
    access.require(person, access.VIEW)
    page = syntax.own_page(person)
    if page:
        return bottle.HTTPResponse('', 302, {'Location': web.docs_url(page.path)})
    rendered = links.render(syntax.text(), syntax.PLACE)
    sections = [(name, words) for level, name, words in json.loads(rendered.headings) if level == 2]
    return web.page('site/syntax.html', title=syntax.TITLE, html=rendered.html, sections=sections,
                    may_copy=access.offers(person, access.ADMIN))


@app.post(f'{HERE}/copy')
def copy():
    """Write it as a page of the wiki, which is shown from then on."""
    person = session.person()
    access.require(person, access.ADMIN)
    path = settings.site.help or syntax.PLACE
    if lookups.find(path) is None:
        access.require(person, access.CREATE, path)
        try:
            wiki.save(path, syntax.TITLE, syntax.text(), person, 'The text that comes with the wiki.')
        except wiki.Conflict:       # somebody was faster
            pass
        except checks.Invalid as refusal:
            raise web.Refused(getattr(refusal, 'status', 422), str(refusal)) from None
    try:
        actions.choose({'help': path}, person, actions.state())
    except actions.Refused as refusal:
        raise web.Refused(409, str(refusal)) from None
    return web.see_other(web.docs_url(path, 'edit'), notice=_what_it_is(path))


def _what_it_is(path):
    place = settings.forced.get(('site', 'help'))
    if place and settings.site.help != path:
        return f'This page is yours to change. {place} has to say that it is the syntax help.'
    return 'This is the syntax help now. Change it as you like.'
