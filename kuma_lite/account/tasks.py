"""The mails about one's own account, each by a task, so that no answer waits for one or tells of it."""
from kuma_lite import queue
from kuma_lite.account import links, mails
from kuma_lite.account.models import RECOVER, MailedLink
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import Person
from kuma_lite.web import windows

HOUR = 3600
MOST = 3                # mails an hour for one account: who is pestered keeps the last link


@queue.task(retries=5, retry_delay=10, retry_backoff=2)
def mail_recovery(person_ids, salt):
    """Mail each of these people a link for a new password; there may be none. For each asking; safe to run
    twice: the same link in the same mail. Costs some rows."""
    for person in Person.select().where(Person.id.in_(person_ids), Person.active):
        if not bans.of_person(person) and _has_room(person, salt):
            mails.recovery(person, links.make(person, RECOVER, person.email, salt))


def _has_room(person, salt):
    """Whether it may be mailed; it may if it was before."""
    again = MailedLink.get_or_none(MailedLink.person == person, MailedLink.kind == RECOVER)
    return again and again.salt == salt or not windows.count_write(f'recovery {person.id}', MOST, HOUR)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='person:{person_id}')
def tell_password_changed(person_id, at, by_mail):
    """Mail somebody whose password was changed. Once for each change; safe to run twice: a mail goes once."""
    person = Person.get_or_none(Person.id == person_id)
    if person and person.active:
        mails.password_changed(person, at, by_mail)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='link:{link_id}')
def mail_address_link(link_id):
    """Mail somebody a link that confirms a new address, and the old one a notice. Once for each asking; safe
    to run twice: a mail goes once."""
    link = MailedLink.open().where(MailedLink.id == link_id).first()
    if link and not bans.of_person(link.person):
        mails.address_link(link)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='person:{person_id}')
def tell_address_changed(person_id, old, at):
    """Mail the address that somebody had. Once for each change; safe to run twice: a mail goes once."""
    person = Person.get_or_none(Person.id == person_id)
    if person and old:
        mails.address_changed(person, old, at)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='person:{person_id}')
def tell_renamed(person_id, old, at):
    """Mail somebody whose name was changed. Once for each change; safe to run twice: a mail goes once. Costs
    some rows."""
    person = Person.get_or_none(Person.id == person_id)
    if person and person.active:
        mails.renamed(person, old, at)


@queue.task(retries=5, retry_delay=10, retry_backoff=2)
def tell_left(address, at):
    """Mail the address that a closed account had. Neither it nor the mail, which is kept for a while,
    says who is “Former member 12” now. Once; safe to run twice: a mail goes once. Costs some rows."""
    mails.left(address, at)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='person:{person_id}')
def tell_factor(person_id, at, is_on):
    """Mail somebody whose second factor was turned on or off. Once for each change; safe to run twice: a mail
    goes once."""
    person = Person.get_or_none(Person.id == person_id)
    if person and person.active:
        mails.factor_changed(person, at, is_on)


@queue.periodic_task(queue.crontab(hour='4', minute='35'), catch_up='latest')
def delete_old_links():
    """Delete links that ended a day ago. Daily; safe to run twice; 1,000 rows at a time."""
    links.delete_old()
