"""Pages for programs: read one, write one."""
import bottle

from kuma_lite import markup, text, web
from kuma_lite.queue import context
from kuma_lite.web import forms, limits, session
from kuma_lite.wiki import access, actions, checks, lookups
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

FIELDS = ('title', 'content', 'tags', 'comment', 'minor', 'base_revision', 'merge')
PAGE = '/api/v1/pages/<path:path>'


@app.get(PAGE)
def show(path):
    page = lookups.find(path)
    access.require(session.person(), access.VIEW, page or path)
    if page is None:
        raise web.NotFound('There is no page at this path.')
    return web.json(page.current().as_dict())


# No form token: a cookie counts for nothing here, and no browser adds a Bearer token by itself.
@app.put(PAGE, csrf=False, body=limits.BODY)
def save(path):
    """Create a page (201) or change it (200).

    `base_revision` says which revision was changed. If it is not the newest one any more, the answer is 409
    with the id of the newest, unless `merge` is true and both can be brought together: then the new revision
    holds both, and its `based_on` is not the `base_revision` that was sent. "latest" overwrites. Fields
    that are left out stay as they are: `title`, `tags`; `comment` is then empty and `minor` false.
    202 with `held`: it is kept, and a moderator decides whether it is saved.
    """
    person = session.person() if session.bearer() else None
    page, fields = _at(path), _fields()
    access.require(person, access.EDIT if page else access.CREATE, page or path)
    write = _overwrite if fields['base'] == 'latest' else _save
    try:
        revision = write(path, page, fields, person)
    except checks.Held as held:
        return web.json({'held': str(held)}, held.status)
    current = revision or lookups.find(path).current()
    return web.json(current.as_dict(), 201 if revision and revision.is_first else 200)


def _at(path):
    try:
        return Page.at(path)
    except ValueError as error:
        raise web.Refused(422, str(error)) from None


def _overwrite(path, page, fields, person):
    """Once more whenever somebody was faster: a title that was left out is that of the page by then."""
    for _ in range(actions.TRIES):
        try:
            return _save(path, page, {**fields, 'base': page and page.current_id, 'merge': False}, person)
        except web.Refused as refusal:
            if refusal.status != 409:
                raise
            page = _at(path)
    raise web.Refused(409, 'Others keep changing this page; please try again.')


def _save(path, page, fields, person):
    if fields['title'] is None:
        fields = {**fields, 'title': page.title if page else text.title_from_path(path)}
    write = actions.merge if fields['merge'] else actions.save
    sent = {name: value for name, value in fields.items() if name != 'merge'}
    try:
        return write(path, author=person, address=context.current().address, **sent)
    except actions.Conflict as conflict:
        raise _conflict(fields['base'], conflict.current) from None
    except checks.Held:
        raise
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


def _fields():
    """The fields that were sent; the title is None if it was left out."""
    data = web.json_body()
    _check_names(data)
    if 'content' not in data:
        raise web.Refused(422, 'The field “content” is missing: it is the text of the page, in Markdown.')
    return {'title': forms.json_text(data, 'title', None),
            'content': forms.json_text(data, 'content', limit=limits.BODY),
            'comment': forms.json_text(data, 'comment', ''),
            'words': _tags(data.get('tags')), 'minor': _truth(data, 'minor'),
            'base': _base(data.get('base_revision')), 'merge': _truth(data, 'merge')}


def _check_names(data):
    """A name that is misspelt must not look as if it had been heard."""
    unknown = sorted(data.keys() - set(FIELDS))
    if unknown:
        raise web.Refused(422, f'There is no field “{unknown[0][:80]}”; there are {", ".join(FIELDS)}.')


def _tags(names):
    """A list of tags as people type them; None where none was sent."""
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) and ',' not in name for name in names):
        raise web.Refused(422, '“tags” must be a list of texts without commas.')
    return ', '.join(names)


def _truth(data, name):
    value = data.get(name, False)
    if type(value) is not bool:
        raise web.Refused(422, f'“{name}” must be true or false.')
    return value


def _base(value):
    if value is None or value == 'latest':
        return value
    if type(value) is int:
        return value if 0 <= value < 2 ** 63 else 0     # no revision has either
    raise web.Refused(422, '“base_revision” must be the number of a revision, or "latest".')

