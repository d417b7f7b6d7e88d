"""The form that asks why a page goes, and the bin."""
import bottle

from kuma_lite import text, web
from kuma_lite.deletion import actions
from kuma_lite.deletion.models import Deletion
from kuma_lite.web import session
from kuma_lite.wiki import access, links, lookups, protection
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Page

app = bottle.Bottle()


@app.get(f'{DOCS}$delete')
def ask(path):
    return _form(lookups.existing(path, access.DELETE))


@app.post(f'{DOCS}$delete')
def delete(path):
    page, reason = lookups.existing(path, access.DELETE), web.line('reason')
    try:
        found = actions.delete(page.id, web.whole(web.text('base'), 'base'), reason, session.person())
    except actions.Refused as refusal:
        return _form(lookups.existing(path, access.DELETE), _status(refusal), reason, str(refusal))
    return web.see_other(f'/bin/{found.id}', notice='The page is in the bin.')


@app.get('/bin')
def the_bin():
    access.require(session.person(), access.DELETE)
    listed = Deletion.listed().where(protection.readable(session.person()))
    part = web.part_of(listed, Deletion.id)
    return web.page('deletion/bin.html', deletions=part.rows, after=part.next,
                    is_newest=not web.query('after'))


@app.get(f'/bin/{NUMBER}')
def show(number):
    return _shown(_deletion(number))


@app.post(f'/bin/{NUMBER}/restore')
def restore(number):
    deletion = _deletion(number)
    try:
        page = actions.restore(deletion, session.person())
    except actions.Refused as refusal:
        return _shown(deletion, 409, str(refusal))
    return web.see_other(web.docs_url(page.path), notice='The page is back.')


@app.post(f'/bin/{NUMBER}/purge')
def purge(number):
    deletion = _deletion(number, access.PURGE)
    try:
        actions.purge(deletion)
    except actions.Refused as refusal:
        return _shown(deletion, 409, str(refusal))
    return web.see_other('/bin', notice='The page and its history are gone for good.')


def panel(page, person):
    """The way to the form, for `wiki.panels`."""
    return web.render('deletion/panel.html', page=page) if access.may(person, access.DELETE, page) else ''


def where_it_stood(path, person):
    """That a page was deleted here, for `wiki.panels`; why, and the way to it, for who may see the bin."""
    return _gone(path, person, access.may(person, access.DELETE, path))


def above_form(path, page, person):
    """The same for somebody who is about to write a page here. Why it went hears everybody with an account,
    as those do by mail who watch a page."""
    return _gone(path, person, person is not None) if page is None else ''


def _gone(path, person, tells_why):
    deletion = Deletion.at_key(text.path_key(path)).first()
    return deletion and web.render('deletion/gone.html', deletion=deletion, tells_why=tells_why,
                                   may_see=access.may(person, access.DELETE, deletion.page))


def _form(page, status=200, reason='', error=''):
    return lookups.answer('deletion/delete.html', page, status, reason=reason, error=error,
                          below=Page.under(page.key).count())


def _deletion(number, action=access.DELETE):
    access.require(session.person(), action)
    found = Deletion.listed().where(Deletion.id == number).first()
    if found is None:
        raise web.NotFound('There is no such page in the bin.')
    access.require(session.person(), action, found.page)
    return found


def _shown(deletion, status=200, error=''):
    page = Page.get_by_id(deletion.page_id)
    return web.page('deletion/page.html', status, deletion=deletion, page=page, error=error,
                    revisions=page.revisions.count(), taken=bool(links.existing([deletion.key])),
                    may_purge=access.may(session.person(), access.PURGE, page),
                    place=text.title_from_path(page.path))


def _status(refusal):
    return 409 if isinstance(refusal, actions.Changed) else 422
