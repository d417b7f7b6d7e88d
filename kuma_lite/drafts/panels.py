"""What stands around the form in which a page is written: earlier drafts, who else is at it, the button."""
import bottle

from kuma_lite import clock, web
from kuma_lite.drafts import naming, presence
from kuma_lite.drafts.models import Draft
from kuma_lite.text import path_key
from kuma_lite.web.templates import exact
from kuma_lite.wiki import access, forms

WORDS = ('title', 'content', 'tags', 'section')


def others(path, page, person):
    """Who else has this form open; and from now on this person has."""
    if person and bottle.request.method == 'GET':
        presence.note(person, path, presence.OPENED)
    return web.render('drafts/others.html', path=path, since=_since, others=presence.others(person, path))


def offers(path, page, person):
    """The drafts that this person has left of this page, in other forms than this one, and that say
    something else than what was sent and comes back."""
    if not access.may(person, access.DRAFT, page or path):
        return ''
    drafts = list(Draft.of(person).where(Draft.key == path_key(path), Draft.form != naming.current()))
    if drafts and bottle.request.method == 'POST':
        sent = forms.read(path)
        drafts = [draft for draft in drafts if not _says(draft, sent)]
    return drafts and web.render('drafts/offers.html', drafts=drafts, page=page)


def _says(draft, sent):
    """Whether it holds the words that were sent, whatever they are based on and whyever they were typed."""
    kept = Draft.get_by_id(draft.id).typed()
    return all(getattr(kept, name) == getattr(sent, name) for name in WORDS)


def button(path, page, person):
    """The button "Keep as draft" and the name of the form."""
    if not access.may(person, access.DRAFT, page or path):
        return ''
    return web.render('drafts/button.html', path=path, name=naming.current())


def _since(then):
    """The time of day, in the time zone of the reader; with the date where that is another one."""
    said, today = exact(then), exact(clock.now())[:10]
    return said[11:16] if said.startswith(today) else said[:16]
