"""The one writer of pages and revisions."""
import json
from typing import NamedTuple

from kuma_lite import clock, db, events, generations, markup, text
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.wiki import checks, contributors, links, neighbours, protection, sections, tags, tasks, turns
from kuma_lite.wiki.merging import Version
from kuma_lite.wiki.models import Page, Revision

TRIES = 50      # times that an edit is merged anew because somebody was faster again


class Conflict(Exception):
    """The page is not what the edit was based on; `current` is its newest revision, if it has one."""

    def __init__(self, current):
        super().__init__('Somebody else has changed this page in the meantime.')
        self.current = current


class MergeRefused(checks.Invalid):
    """What the edit makes together with the edits of others since its base may not be saved."""

    def __init__(self, refusal):
        super().__init__(f'Together with what others have saved meanwhile it cannot be saved. {refusal}',
                         getattr(refusal, 'status', 422))


class Edit(NamedTuple):
    """A draft that may be written, and what it looks like."""
    draft: checks.Draft
    rendered: links.Rendered
    then: tuple = ()    # what the checks want to be called with the revision, in the same transaction


def save(path, title, content, author, comment='', base=None, address='', words=None, minor=False):
    """Save an edit. Returns the new Revision, or None when it would change nothing.

    `base` is the id of the revision that was edited, None for a page that must be new, or
    'latest' to overwrite whatever is there. `words` are tags, "Tea, Green tea"; None keeps those that
    the page has. The caller has asked `access.may()`. Raises checks.Invalid and markup.TooComplex (both
    ValueErrors that hold a sentence) and Conflict.
    """
    return write(check(path, title, content, author, comment, address, words, minor, base), base)


def merge(path, title, content, author, comment='', base=None, address='', words=None, minor=False,
          section=''):
    """Save an edit together with whatever others have saved since `base`. Returns and raises as `save` does.

    With `section`, `content` is only what the section with this id shall say. Conflict: both have changed
    the same lines. MergeRefused, an Invalid: what came of it is beyond the limits.
    """
    mine = checks.draft(path, title, content, comment, author, address, words, minor)
    for _ in range(TRIES):
        edit, newest = _merged(mine, base, section)
        try:
            return write(edit, newest)
        except Conflict as conflict:
            if not _is_of(conflict.current, base):      # no other try knows more
                raise
            faster = conflict
    raise faster


def _is_of(current, base):
    """Whether the page with this newest revision, or None, has a revision `base`: then it can be merged."""
    return current is not None and Revision.of(current.page_id).where(Revision.id == base).exists()


def check(path, title, content, author, comment='', address='', words=None, minor=False, base=None):
    """The first half of `save`, which takes its time: never in a transaction. Returns an Edit."""
    draft = checks.draft(path, title, content, comment, author, address, words, minor, base)
    return prepare(draft, checks.run(draft))


def prepare(draft, then=()):
    """A draft that has passed its checks, or that somebody has decided to save all the same, as an Edit."""
    with turns.turn(draft.content, turns.WRITING):
        return Edit(draft, links.render(draft.content, draft.path), then)


def write(edit, base):
    """The second half of `save`, for whoever has to write something else in the same transaction."""
    draft = edit.draft
    with db.atomic():
        page = Page.at(draft.path)
        current = page and page.current()
        if current and current.says(draft.title, draft.content, draft.tags):
            events.emit(events.page_unchanged, page, draft.author)
            return None    # also the second click of an impatient person
        _check_base(current, base)
        revision = _write(draft, edit.rendered, page)
        for tell in edit.then:
            tell(revision)
        return revision


def _merged(mine, base, section):
    """The draft put together with the newest revision, as an Edit, and the id of that revision."""
    page = Page.at(mine.path)
    current = page and page.current()
    old = page and Revision.of(page).where(Revision.id == base).first()
    if old is None and section:
        raise Conflict(current)
    if old is None:     # it is new, or `write` finds the conflict
        return _check_again(mine, mine, base), base
    mine_now = Version(mine.title, mine.content, old.version().tags if mine.tags is None else mine.tags)
    merged = joined(old.version(), mine_now, current.version(), section)
    if not merged.is_clean:
        raise Conflict(current)
    try:
        return _check_again(mine, merged.version, current.id), current.id
    except (checks.Suspected, checks.Held):     # of what is new compared with the newest revision
        raise
    except (checks.Invalid, markup.TooComplex) as refusal:
        if old.id == current.id:    # nobody else has a part in it
            raise
        raise MergeRefused(refusal) from None


def joined(base, mine, theirs, section=''):
    """As `sections.merge`; long texts wait for their turn."""
    with turns.turn(mine.content + theirs.content, turns.WRITING):
        return sections.merge(base, mine, theirs, section)


def _check_again(mine, says, base):
    """The draft, saying something else, as an Edit."""
    words = says.tags if says.tags is None else ', '.join(says.tags)
    return check(mine.path, says.title, says.content, mine.author, mine.comment, mine.address, words,
                 mine.minor, base)


def _check_base(current, base):
    if base == 'latest':
        return
    if base != (current and current.id):
        raise Conflict(current)


def _write(draft, rendered, page):
    is_new, retitled = page is None, page is not None and page.title != draft.title
    page = page or _new_page(draft)
    old_name = page.name
    revision = Revision.create(page=page, based_on_id=page.current_id or None, author=draft.author,
                               address=draft.address, created_at=clock.now(), title=draft.title,
                               comment=draft.comment, minor=draft.minor, tags=_tags(draft, page),
                               size=len(draft.content), content=draft.content)
    tags.replace(page, json.loads(revision.tags))
    _show(page, revision, rendered)
    neighbours.tell(page, links.replace(page, rendered.targets), is_new, retitled)
    tasks.tell_linkers(page.key if is_new else None, {old_name} ^ {page.name})
    _tell(page, revision, rendered, is_new)
    failpoint('edit')
    return revision


def _tags(draft, page):
    """The tags that the page has from now on, as JSON."""
    if draft.tags is not None:
        return json.dumps(draft.tags, ensure_ascii=False)
    return page.current().tags if page.current_id else '[]'


def _new_page(draft):
    now = clock.now()
    page = Page.create(path=draft.path, key=draft.key, title=draft.title, created_at=now,
                       updated_at=now, headings='[]', html='')
    protection.settle(page)
    return page


def _show(page, revision, rendered):
    """Make the revision what readers see."""
    page.title, page.current_id, page.updated_at = revision.title, revision.id, revision.created_at
    page.name = text.title_key(page.title)
    page.html, page.headings = rendered.html, rendered.headings
    page.save()


def _tell(page, revision, rendered, is_new):
    """All that follows from an edit; every line queues a task in this transaction or none."""
    generations.bump(generations.of_page(page.id))
    if rendered.is_outdated():    # a page it links to was created while it was rendered, or is itself
        tasks.rerender(page.id)
    if not is_new:
        contributors.names.invalidate(page.id)
    events.emit(events.page_saved, page, revision, is_new)


def revert(page, revision, author, comment='', base=None, address=''):
    """Make an old revision the newest one again, as a new revision. Raises as `save` does."""
    return save(page.path, revision.title, revision.content, author,
                comment or f'Went back to revision {revision.id}.', base, address,
                ', '.join(json.loads(revision.tags)))
