"""The one writer of drafts. They never stand in the way of an edit."""
import json

from kuma_lite import clock, db, text
from kuma_lite.drafts import naming, presence
from kuma_lite.drafts.models import Draft, Presence, SavedForm
from kuma_lite.web import Refused
from kuma_lite.wiki import checks, forms

MOST = 20           # drafts of one person
PER_MINUTE = 60     # times that one of them is saved

SAVED = 'This has been saved already. To write on, please open the page for editing again.'


def keep(person, form, typed):
    """Keep what was typed into the form of this name. Returns the Draft, or None where nothing was; then
    there is none any more.

    Only that form's own draft is written over. Raises Refused.
    """
    _check_size(typed.content)
    untouched = _is_untouched(typed)
    with db.atomic():
        _check_is_open(person, form)
        if untouched:
            _delete(person, form)
            return None
        draft = Draft.of_form(person, form) or _new(person, form)
        _count(draft)
        _fill(draft, typed)
        draft.save()
    return draft


def _is_untouched(typed):
    begun = forms.untouched(typed)
    return typed == begun._replace(base=typed.base, seen=typed.seen, minor=typed.minor)


def _check_is_open(person, form):
    """Raise Refused if the form was saved, lest what was on its way then bring its draft back."""
    if SavedForm.recent().where(SavedForm.person == person, SavedForm.form == form).exists():
        raise Refused(409, SAVED)


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
    _close(page, revision.author_id)


def on_page_unchanged(page, person):
    """The listener for events.page_unchanged: who sent that form is done with it, too."""
    _close(page, person and person.id)


def on_person_left(person):
    """The listener for events.person_left: nobody will write on."""
    for model in (Draft, SavedForm, Presence):
        model.delete().where(model.person == person).execute()


def _close(page, person):
    if person is None:
        return
    presence.leave(person, page)
    form = naming.sent()
    if form:
        _delete(person, form)
        SavedForm.replace(person=person, form=form, saved_at=clock.now()).execute()


def _delete(person, form):
    Draft.delete().where(Draft.person == person, Draft.form == form).execute()
