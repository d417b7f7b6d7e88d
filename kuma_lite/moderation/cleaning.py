"""One step of a clean-up: what is done with one page, and how it is taken back.

Each is one transaction that first makes the step its own, so that it happens once, however often it is run.
"""
from peewee import fn

from kuma_lite import db, markup
from kuma_lite.deletion import actions as deletion
from kuma_lite.deletion.models import Deletion
from kuma_lite.moderation import log, planning
from kuma_lite.moderation.models import Cleanup, Step
from kuma_lite.spam import actions as spam
from kuma_lite.wiki import access, checks, neighbours
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision

TRIES = 5       # times that a page is looked at anew because somebody has edited it just then
REFUSALS = (checks.Invalid, markup.TooComplex, deletion.Refused)
CHANGED = (wiki.Conflict, deletion.Changed)

BUSY = 'Somebody was editing it at that moment; please look at it.'
NOT_ALLOWED = 'Whoever asked for it may not do that any more.'
EDITED_SINCE = 'Somebody has edited it since; it stays as it is.'
PUT_BACK = 'Somebody has restored it meanwhile.'
NOTHING = 'There was nothing to take back.'


@log.summed_up()
def clean(step_id):
    """Do one step. A page with others below it is left to `clean_above`, or to a person."""
    step = _open(step_id, 'waiting')
    if step is None:
        return
    if not access.may(step.cleanup.person, access.DELETE, step.page):
        _leave(step, 'failed', NOT_ALLOWED)
        return
    _patiently(step, lambda: _clean(step), 'follow-up')


def _clean(step):
    page, ticked = Page.get_by_id(step.page_id), set(step.ids())
    plan = planning.plan(page, ticked)
    if plan.deed == planning.REVERT:
        _revert(step, page, plan.target)
    elif plan.deed == planning.LEAVE:
        _leave(step, 'done', plan.note)
    elif plan.deed == planning.FOLLOW_UP:
        _leave(step, 'follow-up', plan.note)
    else:
        _delete(step, page)


def _revert(step, page, target):
    edit = _edit(step, page, Revision.get_by_id(target.id), step.cleanup.person, reason(step.cleanup))
    with db.atomic():
        if _take(step, 'waiting', state='done', deed='reverted', was=page.current_id):
            saved = wiki.write(edit, page.current_id)
            Step.update(revision=saved and saved.id, deed='reverted' if saved else '').where(
                Step.id == step.id).execute()
            _mark(step, True)


def _delete(step, page):
    with db.atomic():
        if _take(step, 'waiting', state='done', deed='deleted'):
            found = deletion.delete(page.id, page.current_id, reason(step.cleanup), step.cleanup.person)
            Step.update(deletion=found.id).where(Step.id == step.id).execute()
            _mark(step, True)


def _leave(step, state, note):
    """Only mark what is spam."""
    with db.atomic():
        if _take(step, 'waiting', state=state, note=note) and state != 'failed':
            _mark(step, True)


def reason(cleanup):
    """What the history of a page and the bin say."""
    return f'Cleaning up after {cleanup.public_whom}: {cleanup.reason}'[:deletion.REASON_LIMIT].rstrip()


@log.summed_up()
def undo(step_id):
    """Take back what one step did, as far as nobody has edited the page since."""
    step = _open(step_id, 'done', 'follow-up', 'failed')
    if step is None:
        return
    if not access.may(step.cleanup.undone_by, access.DELETE, step.page):
        _keep(step, NOT_ALLOWED)
        return
    _patiently(step, lambda: _undo(step), 'kept')


def _undo(step):
    page = Page.get_by_id(step.page_id)
    if step.deed == 'deleted':
        _restore(step, page)
    elif step.deed == 'reverted':
        _revert_back(step, page)
    else:
        _keep(step, NOTHING, 'undone')


def _restore(step, page):
    found = Deletion.get_or_none(Deletion.id == step.deletion)
    if found is None:
        _keep(step, *((EDITED_SINCE, 'kept') if page.is_deleted else (PUT_BACK, 'undone')))
        return
    deletion.restore(found, step.cleanup.undone_by)     # if the process dies now, it is PUT_BACK next time
    _keep(step, '', 'undone')


def _revert_back(step, page):
    if page.is_deleted or not _is_untouched(step, page):
        _keep(step, EDITED_SINCE)
        return
    old = Revision.get_by_id(step.was)
    comment = f'Took back the clean-up after {step.cleanup.public_whom}.'
    edit = _edit(step, page, old, step.cleanup.undone_by, comment)
    with db.atomic():
        if _take(step, step.state, state='undone'):
            saved = wiki.write(edit, page.current_id)
            Step.update(undoing=saved and saved.id).where(Step.id == step.id).execute()
            _mark(step, False)


def _is_untouched(step, page):
    """Whether the page says what the step made of it, and nobody has edited it since. Clean-ups that came
    later and have been taken back do not count."""
    if page.current_id == step.revision:
        return True
    others = Revision.id.not_in(Step.made(page))
    if Revision.select().where(Revision.page == page, Revision.id > step.revision, others).exists():
        return False
    made = Revision.get_by_id(step.revision)
    return page.current().says(made.title, made.content, made.tag_names())


def _keep(step, note, state='kept'):
    """Nothing is done with the page; what was marked is not spam after all."""
    with db.atomic():
        if _take(step, step.state, state=state, note=note):
            _mark(step, False)


def clean_above(cleanup):
    """Try again what this clean-up or an earlier one left because of pages below that are gone now."""
    deleted = Deletion.select(Deletion.key).join(Step, on=Step.page == Deletion.page)
    keys = {key for deletion in deleted.where(Step.cleanup == cleanup, Step.deed == 'deleted')
            for key in neighbours.above(deletion.key)}
    left = Step.select(Step, Page).join(Page).switch(Step).join(Cleanup).where(
        Page.key.in_(keys), Step.state == 'follow-up', Cleanup.undo_batch_id.is_null())
    for step in sorted(left, key=lambda step: planning.depth(step.page), reverse=True):
        if _take(step, 'follow-up', state='waiting', note=''):
            clean(step.id)


def give_up(step_id):
    """Say of a step that could not be run to its end that somebody has to look at the page."""
    step = _open(step_id, 'waiting')
    if step:
        _take(step, 'waiting', state='failed', note='An error kept it from being done; please look at it.')


def _patiently(step, do, state):
    """Call `do()`; again, if somebody edits the page at that moment. Else the step gets that state."""
    note = BUSY
    for _ in range(TRIES):
        try:
            return do()
        except CHANGED:
            continue
        except REFUSALS as refusal:
            note = str(refusal)
            break
    with db.atomic():
        if _take(step, step.state, state=state, note=note):
            _mark(step, state == 'follow-up')


def _edit(step, page, revision, person, comment):
    """The revert to a revision, as a wiki.actions.Edit: a moderator decided it, no check is asked."""
    words = ', '.join(revision.tag_names())
    return wiki.prepare(checks.draft(page.path, revision.title, revision.content,
                                     comment[:checks.COMMENT_LIMIT], person, '', words, base=page.current_id))


def _open(step_id, *states):
    return Step.get_or_none(Step.id == step_id, Step.state.in_(states))


def _take(step, before, **change):
    """Change the step if it is still in the state `before`: of two that run it one does."""
    return Step.update(**change).where(Step.id == step.id, Step.state == before).execute() == 1


def _mark(step, is_spam):
    for revision in list(Revision.select().where(Revision.id.in_(step.ids()))):
        spam.mark(revision, is_spam, step.cleanup.person if is_spam else step.cleanup.undone_by)


def counts(cleanup):
    """{state: number of pages} of a clean-up."""
    rows = Step.select(Step.state, fn.COUNT(Step.id)).where(Step.cleanup == cleanup).group_by(Step.state)
    return dict(rows.tuples())
