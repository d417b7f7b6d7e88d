"""Pages for programs: read one, write one."""
import bottle

from kuma_lite import markup, text, web
from kuma_lite.queue import context
from kuma_lite.web import forms, limits, session
from kuma_lite.wiki import access, actions, checks, lookups
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

FIELDS = ('title', 'content', 'comment', 'base_revision')
PAGE = '/api/v1/pages/<path:path>'


@app.get(PAGE)
def show(path):
    page = lookups.find(path)
    access.require(session.person(), access.VIEW, page)
    if page is None:
        raise web.NotFound('There is no page at this path.')
    return web.json(page.current().as_dict())


# No form token: a cookie counts for nothing here, and no browser adds a Bearer token by itself.
@app.put(PAGE, csrf=False, body=limits.BODY)
def save(path):
    """Create a page (201) or change it (200)."""
    person = session.person() if session.bearer() else None
    page = _at(path)
    access.require(person, access.EDIT if page else access.CREATE, page)
    revision = _save(path, _fields(page, path), person)
    current = revision or lookups.find(path).current()
    return web.json(current.as_dict(), 201 if revision and revision.is_first else 200)


def _at(path):
    try:
        return Page.at(path)
    except ValueError as error:
        raise web.Refused(422, str(error)) from None


def _save(path, fields, person):
    try:
        return actions.save(path, author=person, address=context.current().address, **fields)
    except actions.Conflict as conflict:
        raise _conflict(fields['base'], conflict.current) from None
    except checks.Invalid as refusal:
        raise web.Refused(refusal.status, str(refusal)) from None
    except markup.TooComplex as refusal:
        raise web.Refused(422, str(refusal)) from None


def _conflict(base, current):
    if current is None:
        return web.Refused(409, 'There is no page at this path; leave out base_revision to create it.',
                           revision=None)
    sentence = ('This page exists; base_revision must say which revision you have changed.'
                if base is None else 'Somebody else has changed this page since that revision.')
    return web.Refused(409, sentence, revision=current.id)


def _fields(page, path):
    """The fields that were sent; a title that is left out stays as it is."""
    data = web.json_body()
    _check_names(data)
    if 'content' not in data:
        raise web.Refused(422, 'The field “content” is missing: it is the text of the page, in Markdown.')
    title = page.title if page else text.title_from_path(path)
    return {'title': forms.json_text(data, 'title', title),
            'content': forms.json_text(data, 'content', limit=limits.BODY),
            'comment': forms.json_text(data, 'comment', ''),
            'base': _base(data.get('base_revision'))}


def _check_names(data):
    """A name that is misspelt must not look as if it had been heard."""
    unknown = sorted(data.keys() - set(FIELDS))
    if unknown:
        raise web.Refused(422, f'There is no field “{unknown[0][:80]}”; there are {", ".join(FIELDS)}.')


def _base(value):
    if value is None or value == 'latest' or type(value) is int:
        return value
    raise web.Refused(422, '“base_revision” must be the number of a revision, or "latest".')

