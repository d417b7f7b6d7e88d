"""Keeping a draft, coming back to it, throwing it away; and who else has a page open for editing."""
import contextlib

import bottle
from peewee import OperationalError

from kuma_lite import web
from kuma_lite.drafts import actions, naming, panels, presence
from kuma_lite.drafts.models import Draft
from kuma_lite.web import errors, limits, session
from kuma_lite.wiki import access, edit_views, forms, lookups, sections
from kuma_lite.wiki.lookups import DOCS, NUMBER

app = bottle.Bottle()

KEPT = 'Kept as a draft. You can go on writing, or leave and come back to it later.'
NOTHING = 'There is nothing to keep: nothing in the form has been changed.'


@app.post(DOCS + '$draft', body=limits.BODY)
def keep(path):
    """Keep what is typed so far: for the script of the form, or for its button."""
    page, path = edit_views.writable(path)
    access.require(session.person(), access.DRAFT, page or path)
    typed = forms.read(path)
    draft = actions.keep(session.person(), naming.current(), typed)
    if errors.wants_json():
        return web.json({'kept': draft is not None})
    if draft is None:
        address = web.docs_url(path, 'edit')
        return web.see_other(web.with_query(address, section=typed.section or None), NOTHING)
    return web.see_other(f'/drafts/{draft.id}/edit', KEPT)


@app.post(DOCS + '$editing')
def editing(path):
    """The form of this page is still open; who else has it open now, as HTML."""
    page, path = edit_views.writable(path)
    if session.person():
        presence.note(session.person(), path, presence.HEARD)
    return bottle.HTTPResponse(panels.others(path, page, session.person()),
                               headers={'Content-Type': 'text/html; charset=utf-8'})


@app.get('/drafts')
def drafts():
    access.require(session.person(), access.DRAFT)
    person = session.person()
    return web.page('drafts/list.html', drafts=Draft.with_pages(person),
                    readable=lambda draft: access.may(person, access.VIEW, draft.path))


@app.get(f'/drafts/{NUMBER}')
def compare(number):
    """What a draft would change."""
    draft = _own(number)
    page, typed = lookups.find(draft.path), draft.typed()
    access.require(session.person(), access.VIEW, page or draft.path)
    return web.page('drafts/compare.html', draft=draft, page=page, typed=typed,
                    diff=lookups.differences(_said(page, typed.section), typed.content))


@app.get(f'/drafts/{NUMBER}/edit')
def go_on(number):
    """The form with the draft in it. Another form that had it, on another device, keeps one of its own."""
    draft = _own(number)
    page, _ = edit_views.writable(draft.path)
    with contextlib.suppress(OperationalError):
        actions.hand_over(draft, naming.current())
    return edit_views.form(page, draft.typed())


@app.post(f'/drafts/{NUMBER}/discard')
def discard(number):
    draft = _own(number)
    actions.discard(draft)
    return web.see_other(web.local(web.text('next'), '/drafts'), 'The draft is gone.')


def _own(number):
    """The draft with this id, for the person whose it is."""
    person = session.person()
    access.require(person, access.DRAFT)
    draft = Draft.get_or_none(Draft.id == number, Draft.person == person)
    if draft is None:
        raise web.NotFound('You have no such draft. It goes when the edit is saved.')
    return draft


def _said(page, name):
    """What the page, or its section of this name, says now."""
    content = page.current().content if page else ''
    section = sections.find(content, name) if name else None
    return sections.shown(content, section) if section else '' if name else content
