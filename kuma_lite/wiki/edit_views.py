"""Writing: a new page, an edit, its preview, and going back to an old revision."""
import bottle

from kuma_lite import markup, text, web
from kuma_lite.queue import context
from kuma_lite.web import limits, session
from kuma_lite.wiki import access, actions, checks, forms, links, lookups
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Revision

app = bottle.Bottle()

REFUSALS = (checks.Invalid, markup.TooComplex)
CHANGED = 'Somebody has changed this page in the meantime. Please look at the differences again.'
GONE = 'There is no such page now. Save it again to create it with this text.'
UNCHANGED = 'Nothing was different, so there is no new revision.'


@app.get('/new')
def new():
    """Ask for the path of a new page, and lead to its form."""
    access.require(session.person(), access.CREATE)
    wanted = web.query('path', limit=1000)
    if not wanted:
        return web.page('wiki/new.html', wanted='', error='')
    try:
        return web.see_other(web.docs_url(checks.checked_path(wanted), 'edit'))
    except checks.Invalid as refusal:
        return web.page('wiki/new.html', 422, wanted=wanted, error=str(refusal))


@app.get(DOCS + '$edit')
def edit(path):
    page, path = _writable(path)
    return _form(page, forms.of(page, page.current()) if page else forms.blank(path))


@app.post(DOCS + '$edit', body=limits.BODY)
def save(path):
    page, path = _writable(path)
    typed = forms.read(path)
    try:
        revision = actions.save(typed.path, typed.title, typed.content, session.person(), typed.comment,
                                typed.base, context.current().address)
    except actions.Conflict as conflict:
        return _conflict(typed, conflict.current)
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


def _form(page, typed, status=200, error='', preview=None, conflict=None):
    return lookups.answer('wiki/edit.html', page, status, typed=typed, error=error, preview=preview,
                          conflict=conflict, unsaved=bool(error or conflict or preview is not None))


def _conflict(typed, current):
    """The form again, with what others did and a base with which the person can save knowingly."""
    if current is None:
        return _form(None, typed._replace(base=None), 409, error=GONE)
    base = Revision.of(current.page).where(Revision.id == typed.base).first()
    theirs = lookups.differences(base.content, current.content) if base else []
    yours = lookups.differences(current.content, typed.content)
    return _form(current.page, typed._replace(base=current.id), 409,
                 conflict={'base': base, 'current': current, 'theirs': theirs, 'yours': yours})


def _revert_form(page, revision, status=200, comment='', error=''):
    current = page.current()
    return lookups.answer('wiki/revert.html', page, status, revision=revision, current=current,
                          comment=comment, error=error,
                          lines=lookups.differences(current.content, revision.content))


def _status(refusal):
    return getattr(refusal, 'status', 422)
