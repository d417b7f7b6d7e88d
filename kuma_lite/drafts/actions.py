"""The one writer of drafts. They never stand in the way of an edit."""
import json

from kuma_lite import clock, db, text
from kuma_lite.drafts import naming, presence
from kuma_lite.drafts.models import Draft
from kuma_lite.web import Refused
from kuma_lite.wiki import checks, forms
from kuma_lite.wiki.models import Page

MOST = 20           # drafts of one person
PER_MINUTE = 60     # times that one of them is saved


def keep(person, form, typed):
    """Keep what was typed into the form of this name. Returns the Draft, or None where that is what the
    page says anyway; then there is none any more.

    Only that form's own draft is written over. Raises Refused.
    """
    _check_size(typed.content)
    with db.atomic():
        if _is_on_page(typed):
            Draft.delete().where(Draft.person == person, Draft.form == form).execute()
            return None
        draft = Draft.of_form(person, form) or _new(person, form)
        _count(draft)
        _fill(draft, typed)
        draft.save()
    return draft


def _is_on_page(typed):
    page = Page.at(typed.path)
    if page is None:
        return not typed.content.strip()
    shown = forms.of(page, page.current())
    return typed._replace(base=None, seen=None, comment='', minor=False) == shown._replace(base=None)


def _check_size(content):
    size = len(content.encode('utf-8'))
    if size > checks.CONTENT_LIMIT:
        raise Refused(413, f'The text has {size:,} bytes; a draft can have {checks.CONTENT_LIMIT:,}.')


def _new(person, form):
    if Draft.of(person).count() >= MOST:
        raise Refused(422, f'You have {MOST} drafts already. Please throw some away; /drafts lists them.')
    return Draft(person=person, form=form)


def _count(draft):
    minute = int(clock.now() // 60)
    draft.saves = draft.saves + 1 if draft.minute == minute else 1
    draft.minute = minute
    if draft.saves > PER_MINUTE:
        raise Refused(429, 'This draft has been saved very often in the last minute; please wait a moment.')


def _fill(draft, typed):
    draft.path, draft.key = typed.path, text.path_key(typed.path)
    draft.title, draft.section, draft.base = typed.title, typed.section, typed.newest
    draft.saved_at, draft.fields = clock.now(), json.dumps(typed._asdict(), ensure_ascii=False)


def hand_over(draft, form):
    """From now on the draft belongs to the form of this name. What is typed into the one that had it
    becomes another draft.

    Raises OperationalError if others are writing; nothing is lost then, there will be two drafts.
    """
    with db.atomic(impatient=True):
        Draft.update(form=form).where(Draft.id == draft.id).execute()


def discard(draft):
    with db.atomic():
        draft.delete_instance()


def on_page_saved(page, revision, is_new):
    """The listener for events.page_saved: the draft of the form that was saved goes, in the transaction
    that saves it. Drafts that other forms have left stay."""
    if not revision.author_id:
        return
    presence.leave(revision.author_id, page)
    form = naming.sent()
    if form:
        Draft.delete().where(Draft.person == revision.author_id, Draft.form == form).execute()
