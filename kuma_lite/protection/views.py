"""The form that protects a page or a tree, the list of all that is protected, and what pages say of it."""
import bottle
from peewee import JOIN

from kuma_lite import text, web
from kuma_lite.accounts.models import Person
from kuma_lite.protection import actions, words
from kuma_lite.web import session
from kuma_lite.wiki import access, lookups
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Page
from kuma_lite.wiki.protection import CIRCLES, Protection

app = bottle.Bottle()

HERE = '/protections'
ONE, TREE = 'page', 'tree'      # what the form calls them
WHOM = {'everyone': 'everybody whom this wiki lets', 'members': 'members: everybody with an account',
        'editors': 'editors, moderators and admins', 'moderators': 'moderators and admins',
        'admins': 'admins alone'}


@app.get(f'{DOCS}$protect')
def ask(path):
    return _form(*_place(path))


@app.post(f'{DOCS}$protect')
def protect(path):
    page, path = _place(path)
    wanted, base = _wanted(), web.line('base')
    try:
        made = actions.protect(path, wanted, session.person(), web.whole(base, 'base') if base else None)
    except actions.Refused as refusal:
        status = 409 if isinstance(refusal, actions.Changed) else 422
        return _form(*_place(path), status, wanted, str(refusal))
    notice = words.of_rule(made) if made else 'The protection is lifted.'
    return web.see_other(web.docs_url(path) if page else HERE, notice=notice)


@app.get(HERE)
def protections():
    access.require(session.person(), access.PROTECT)
    listed = Protection.select(Protection, Person).join(Person, JOIN.LEFT_OUTER)
    part = web.part_of(listed, Protection.id)
    return web.page('protection/list.html', protections=part.rows, after=part.next, says=words.of_rule,
                    is_newest=not web.query('after'), may_read=_may_read)


@app.post(f'{HERE}/{NUMBER}/lift')
def lift(number):
    access.require(session.person(), access.PROTECT)
    try:
        lifted = actions.lift(int(number), session.person())
    except actions.Changed as refusal:
        raise web.NotFound(str(refusal)) from None
    except actions.Refused as refusal:
        raise web.Forbidden(str(refusal)) from None
    return web.see_other(HERE, notice=f'The protection of {lifted.path} is lifted.')


def panel(page, person):
    """What holds for a page, and the way to the form; for `wiki.panels`."""
    return _held(page.path, page.key) + _way(page.path, page, person, '')


def where_none_is(path, person):
    """What holds where there is no page."""
    return _held(path, text.path_key(path))


def deed(path, person):
    """The way to the form from there."""
    return _way(path, None, person, 'small')


def above_form(path, page, person):
    """What holds, for somebody who is about to write."""
    try:
        key = text.path_key(path)
    except ValueError:      # it comes as it was typed
        return ''
    return _held(path, key)


def on_topic(kind, target, person):
    """What holds, and the way to the form, on the list of what stands below a place; for `wiki.panels`."""
    return where_none_is(target, person) + deed(target, person) if kind == 'tree' else ''


def _held(path, key):
    """Sentences about what holds at a path."""
    found = words.about(key)
    return web.render('protection/held.html', path=path, found=found) if found else ''


def _way(path, page, person, size):
    if not access.offers(person, access.PROTECT, page or path):
        return ''
    return web.render('protection/way.html', path=path, held=Protection.on(text.path_key(path)), size=size)


def _place(path):
    page = lookups.find(path)
    access.require(session.person(), access.PROTECT, page or path)
    return page, page.path if page else text.normalize_path(path)


def _wanted():
    reason = web.line('reason', limit=1000)
    return actions.Wanted(web.line('scope') == TREE, _rank('read'), _rank('edit'), reason)


def _rank(name):
    circle = web.line(name)
    if circle not in CIRCLES:
        raise web.Refused(422, f'“{name}” must be one of {", ".join(CIRCLES)}.')
    return CIRCLES.index(circle)


def _form(page, path, status=200, wanted=None, error=''):
    key = text.path_key(path)
    held = Protection.on(key)
    above = [(words.of_rule(rule), rule) for rule in Protection.matching(key) if rule.key != key]
    typed = wanted or held or actions.Wanted(is_tree=page is None)
    return lookups.answer('protection/form.html', page, status, wanted=path, held=held, says=words.of_rule,
                          typed=typed, error=error, above=above, whom=WHOM, count=Page.under(key).count(),
                          circles=actions.circles(session.person()), reason=wanted.reason if wanted else '')


def _may_read(rule):
    return access.may(session.person(), access.VIEW, rule.path)
