"""The one writer of pages and revisions."""
from typing import NamedTuple

from kuma_lite import clock, db, events, generations
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.wiki import checks, contributors, links, tasks, turns
from kuma_lite.wiki.models import Page, Revision


class Conflict(Exception):
    """The page is not what the edit was based on; `current` is its newest revision, if it has one."""

    def __init__(self, current):
        super().__init__('Somebody else has changed this page in the meantime.')
        self.current = current


class Edit(NamedTuple):
    """A draft that may be written, and what it looks like."""
    draft: checks.Draft
    rendered: links.Rendered


def save(path, title, content, author, comment='', base=None, address=''):
    """Save an edit. Returns the new Revision, or None when it would change nothing.

    `base` is the id of the revision that was edited, None for a page that must be new, or
    'latest' to overwrite whatever is there. The caller has asked `access.may()`. Raises
    checks.Invalid and markup.TooComplex (both ValueErrors that hold a sentence) and Conflict.
    """
    return write(check(path, title, content, author, comment, address), base)


def check(path, title, content, author, comment='', address=''):
    """The first half of `save`, which takes its time: never in a transaction. Returns an Edit."""
    draft = checks.draft(path, title, content, comment, author, address)
    checks.run(draft)
    with turns.turn(draft.content, turns.WRITING):
        return Edit(draft, links.render(draft.content, draft.key))


def write(edit, base):
    """The second half of `save`, for whoever has to write something else in the same transaction."""
    draft = edit.draft
    with db.atomic():
        page = Page.at(draft.path)
        current = page and page.current()
        if current and current.says(draft.title, draft.content):
            return None    # also the second click of an impatient person
        _check_base(current, base)
        return _write(draft, edit.rendered, page)


def _check_base(current, base):
    if base == 'latest':
        return
    if base != (current and current.id):
        raise Conflict(current)


def _write(draft, rendered, page):
    is_new = page is None
    page = page or _new_page(draft)
    revision = Revision.create(page=page, based_on_id=page.current_id or None, author=draft.author,
                               address=draft.address, created_at=clock.now(), title=draft.title,
                               comment=draft.comment, content=draft.content)
    _show(page, revision, rendered)
    links.replace(page, rendered.targets)
    _tell(page, revision, rendered, is_new)
    failpoint('edit')
    return revision


def _new_page(draft):
    now = clock.now()
    return Page.create(path=draft.path, key=draft.key, title=draft.title, created_at=now,
                       updated_at=now, headings='[]', html='')


def _show(page, revision, rendered):
    """Make the revision what readers see."""
    page.title, page.current_id, page.updated_at = revision.title, revision.id, revision.created_at
    page.html, page.headings = rendered.html, rendered.headings
    page.save()


def _tell(page, revision, rendered, is_new):
    """All that follows from an edit; every line queues a task in this transaction or none."""
    generations.bump(generations.of_page(page.id))
    if is_new:
        generations.bump(generations.EVERYTHING)    # it stands above or below others
    if is_new and links.pages_linking_to(page.key):
        tasks.rerender_linkers(page.key)
    if rendered.is_outdated():    # a page it links to was created while it was rendered
        tasks.rerender(page.id)
    if not is_new:
        contributors.names.invalidate(page.id)
    events.emit(events.page_saved, page, revision, is_new)


def revert(page, revision, author, comment='', base=None, address=''):
    """Make an old revision the newest one again, as a new revision. Raises as `save` does."""
    return save(page.path, revision.title, revision.content, author,
                comment or f'Went back to revision {revision.id}.', base, address)
