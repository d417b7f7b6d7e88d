"""Writing: a new page, an edit, its preview, and going back to an old revision."""
import bottle

from kuma_lite import markup, text, web
from kuma_lite.queue import context
from kuma_lite.web import limits, session
from kuma_lite.wiki import access, actions, checks, forms, links, lookups, turns
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Revision

app = bottle.Bottle()

REFUSALS = (checks.Invalid, markup.TooComplex)
CHANGED = 'Somebody has changed this page in the meantime. Please look at the differences again.'
GONE = 'There is no such page now. Save it again to create it with this text.'
UNTITLED = 'No path can be made of this title; please say where the page stands.'
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
    page, path = _writable(path)
    title = web.query('title', limit=1000)
    return _form(page, forms.of(page, page.current()) if page else forms.blank(path, title))


@app.post(DOCS + '$edit', body=limits.BODY)
def save(path):
    page, path = _writable(path)
    typed = forms.read(path)
    try:
        revision = actions.save(typed.path, typed.title, typed.content, session.person(), typed.comment,
                                typed.seen or typed.base, context.current().address)
    except actions.Conflict:
        return _late(typed)
    except REFUSALS as refusal:
        return _form(page, typed, _status(refusal), error=str(refusal))
    return web.see_other(web.docs_url(path), notice='Saved.' if revision else UNCHANGED)


@app.post('/preview', body=limits.BODY)
def preview():
    """Show what was typed as it would look, above the same form. Nothing is kept."""
    page, path = _writable(web.line('path', limit=1000))
    typed = forms.read(path)
    try:
        draft = checks.draft(*typed[:4])
        with turns.turn(draft.content, turns.WRITING):
            html = links.render(draft.content, draft.key).html
    except REFUSALS as refusal:
        return _form(page, typed, _status(refusal), error=str(refusal))
    return _form(page, typed, preview=html)


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
    except REFUSALS as refusal:
        return _revert_form(page, revision, _status(refusal), comment, str(refusal))
    return web.see_other(web.docs_url(page.path), notice='The old revision is back.' if saved else UNCHANGED)


def _writable(path):
    """The page at `path` or None, and the path as it is kept, for a person who may edit or create it."""
    page = lookups.find(path)
    access.require(session.person(), access.EDIT if page else access.CREATE, page)
    return page, page.path if page else text.normalize_path(path)


def _form(page, typed, status=200, error='', preview=None):
    """The form; above it, as long as it is not saved, what others did since the person began."""
    conflict = _conflict(page, typed) if page and page.current_id != typed.base else None
    if conflict:
        typed = typed._replace(seen=conflict['current'].id)      # now it can be saved knowingly
    return lookups.answer('wiki/edit.html', page, status, typed=typed, error=error, preview=preview,
                          conflict=conflict, unsaved=bool(error or conflict or preview is not None))


def _late(typed):
    """The form again, for somebody who saved what is no longer based on the newest revision."""
    page = lookups.find(typed.path)
    if page is None:
        return _form(None, typed._replace(base=None, seen=None), 409, error=GONE)
    return _form(page, typed, 409)


def _conflict(page, typed):
    """What wiki/conflict.html shows: what was saved since, and what saving this would replace."""
    current, person = page.current(), session.person()
    base = Revision.of(page).where(Revision.id == typed.base).first()
    return {'base': base, 'current': current, 'is_own': person is not None and current.author == person,
            'theirs': lookups.differences(base.content, current.content) if base else [],
            'yours': lookups.differences(current.content, typed.content)}


def _revert_form(page, revision, status=200, comment='', error=''):
    current = page.current()
    return lookups.answer('wiki/revert.html', page, status, revision=revision, current=current,
                          comment=comment, error=error,
                          lines=lookups.differences(current.content, revision.content))


def _status(refusal):
    return getattr(refusal, 'status', 422)
