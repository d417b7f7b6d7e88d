"""Mails about a page that waited for the mail server: what has become of the page, and of its reader."""
from peewee import fn

from kuma_lite.accounts.models import Person
from kuma_lite.mail.models import mailbox
from kuma_lite.watch import notices
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Page

GONE = 'The page was purged.'
CLOSED = 'Its reader may not read the page any more.'


def objection(delivery):
    """Why a mail about one page must not be sent any more, or ''; for `mail.tasks.OBJECTIONS`."""
    page_id = notices.page_of(delivery.message.thread)
    if page_id is None:
        return ''
    page = Page.get_or_none(Page.id == page_id)
    if page is None:
        return GONE
    if access.may(None, access.VIEW, page):     # mostly so, and then nobody has to be looked for
        return ''
    readers = Person.select().where(fn.LOWER(Person.email) == mailbox(delivery.address))
    return '' if any(access.may(person, access.VIEW, page) for person in readers) else CLOSED
