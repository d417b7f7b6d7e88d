"""Writing: a new page, an edit, its preview, and going back to an old revision."""
from urllib.parse import quote

import bottle

from kuma_lite import markup, text, web
from kuma_lite.queue import context
from kuma_lite.web import csrf, limits, session
from kuma_lite.wiki import access, actions, checks, forms, late, links, lookups, panels, turns
from kuma_lite.wiki.lookups import DOCS, NUMBER

app = bottle.Bottle()

REFUSALS = (checks.Invalid, markup.TooComplex)
CHANGED = 'Somebody has changed this page in the meantime. Please look at the differences again.'
EXPIRED = 'You have logged in since you opened this form. Nothing is saved yet; please save it again.'
GONE = 'There is no such page any more. Nothing is saved yet; save it again to create it anew with this text.'
UNTITLED = 'No path can be made of this title; please say where the page stands.'
WHOLE = 'This part of the page cannot be edited by itself; here is all of it.'
UNCHANGED = 'Nothing was different, so there is no new revision.'


@app.get('/new')
def new():
    """Ask for the title of a new page, or where it stands, and lead to its form."""
    access.require(session.person(), access.CREATE)
    title, wanted = web.query('title', limit=1000), web.query('path', limit=1000)
    if not title and not wanted:
        return web.page('wiki/new.html', title='', wanted='', error='')
    try:
        path = checks.checked_path(wanted or text.path_from_title(title))
    except checks.Invalid as refusal:
        error = str(refusal) if wanted else UNTITLED
        return web.page('wiki/new.html', 422, title=title, wanted=wanted, error=error)
    return web.see_other(web.with_query(web.docs_url(path, 'edit'), title=title or None))


@app.get(DOCS + '$edit')
def edit(path):
    page, path = writable(path)
    if page is None:
        return form(page, forms.blank(path, web.query('title', limit=1000)))
    typed = forms.of(page, page.current())
    wanted = web.query('section')
    typed = forms.of_section(typed, wanted) if wanted else typed
    return form(page, typed, note=WHOLE if wanted and not typed.section else '')


# The form token is checked in here: a form from before a log-in comes back whole, with a new one.
@app.post(DOCS + '$edit', csrf=False, body=limits.BODY)
def save(path):
    page, path = writable(path)
    typed = forms.read(path)
    try:
        csrf.check()
        revision = actions.merge(
            typed.path, typed.title, typed.content, session.person(), typed.comment, typed.newest,
            context.current().address, typed.tags, typed.minor, typed.section)
    except csrf.Expired as refusal:
        return form(page, typed, refusal.status, error=EXPIRED)
    except actions.Conflict:
        return _late(typed)
    except actions.MergeRefused as refusal:
        return _late(typed, refusal.status, str(refusal))
    except checks.Held as held:
        return form(page, typed, held.status, note=str(held))
    except REFUSALS as refusal:
        return form(page, typed, _status(refusal), error=str(refusal))
    address = web.docs_url(path) + (f'#{quote(typed.section)}' if typed.section else '')
    return web.see_other(address, notice=late.said(revision, typed.newest) if revision else UNCHANGED)


@app.post('/preview', body=limits.BODY)
def preview():
    """Show what was typed as it would look, above the same form. Nothing is kept."""
    page, path = writable(web.line('path', limit=1000))
    typed, came_between = _caught_up(page, forms.read(path))
    try:
        draft = checks.draft(*typed[:4], words=typed.tags)
        with turns.turn(draft.content, turns.WRITING):
            rendered = links.render(draft.content, draft.path)
    except REFUSALS as refusal:
        return _shown(page, typed, came_between, _status(refusal), error=str(refusal))
    return _shown(page, typed, came_between, preview=rendered)


@app.get(DOCS + '$revert/' + NUMBER)
def ask_revert(path, number):
    page = lookups.existing(path, access.REVERT)
    return _revert_form(page, lookups.revision(page, number))


@app.post(DOCS + '$revert/' + NUMBER)
def revert(path, number):
    page = lookups.existing(path, access.REVERT)
    revision, comment, base = lookups.revision(page, number), forms.comment(), forms.base()
    try:
        saved = actions.revert(page, revision, session.person(), comment, base,
                               context.current().address)
    except actions.Conflict:
        return _revert_form(page, revision, 409, comment, CHANGED)
    except checks.Held as held:
        return web.see_other(web.docs_url(page.path), notice=str(held))
    except REFUSALS as refusal:
        return _revert_form(page, revision, _status(refusal), comment, str(refusal))
    return web.see_other(web.docs_url(page.path), notice='The old revision is back.' if saved else UNCHANGED)


def writable(path):
    """The page at `path` or None, and the path as it is kept, for a person who may edit or create it."""
    page = lookups.find(path)
    _ask(page, path)
    return page, page.path if page else text.normalize_path(path)


def _ask(page, path):
    access.require(session.person(), access.EDIT if page else access.CREATE, page or path)


def form(page, typed, status=200, error='', note=''):
    """The form with what was typed; above it, as long as it is not saved, what others did meanwhile."""
    typed, came_between = _caught_up(page, typed)
    return _shown(page, typed, came_between, status, error, note=note)


def _caught_up(page, typed):
    return late.catch_up(page, typed) if page else (typed, None)


def _shown(page, typed, came_between, status=200, error='', preview=None, note=''):
    path, person = typed.path, session.person()
    _ask(page, path)    # once more: it shows what others have written, and the page may be protected by now
    return lookups.answer('wiki/edit.html', page, status, typed=typed, error=error, preview=preview,
                          note=note, late=came_between,
                          titled=bool(preview) and links.begins_with(typed.title, preview.headings),
                          called=[] if page else lookups.called(path),
                          unsaved=bool(error or came_between or preview is not None),
                          panels=panels.editing(path, page, person),
                          buttons=panels.buttons(path, page, person))


def _late(typed, status=409, error=''):
    """The form again, for somebody who saved what cannot be brought together with the newest revision."""
    page = lookups.find(typed.path)
    if page is None:
        return form(None, typed._replace(base=None, seen=None, section=''), 409, error=GONE)
    typed, came_between = late.catch_up(page, typed, is_open=True)
    return _shown(page, typed, came_between, status, error)


def _revert_form(page, revision, status=200, comment='', error=''):
    current = page.current()
    return lookups.answer('wiki/revert.html', page, status, revision=revision, current=current,
                          comment=comment, error=error,
                          diff=lookups.differences(current.content, revision.content))


def _status(refusal):
    return getattr(refusal, 'status', 422)
