"""Mails about accounts, and those who never confirmed their address or were never answered."""
from kuma_lite import clock, db, queue
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.signup import mails
from kuma_lite.signup.models import LIFETIME, Application

DAY, CHUNK = 86400, 1000
MOST = 3                # links a day for one address: it may be that of somebody who is pestered


@queue.task(retries=5, retry_delay=10, retry_backoff=2)
def mail_link(application_id):
    """Mail a link that confirms the address. Once for each sign-up; safe to run twice: a mail goes once."""
    application = Application.open().where(Application.id == application_id).first()
    if application and application.earlier_today().count() < MOST:
        mails.link(application)


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='person:{person_id}')
def welcome(person_id):
    """Mail somebody whose account is new. Once for each; safe to run twice: a mail goes once."""
    person = Person.get_or_none(Person.id == person_id)
    if person and person.active:
        mails.welcome(person)


@queue.task(retries=5, retry_delay=10, retry_backoff=2)
def tell_moderators(application_id):
    """Mail the moderators that somebody waits. For the first one only, until the list is empty again: robots
    must not fill their mailboxes. Safe to run twice."""
    application = Application.get_or_none(Application.id == application_id)
    if application:
        mails.tell_moderators(application)


@queue.periodic_task(queue.crontab(minute='15'), catch_up='none')
def delete_old_applications():
    """Delete what nobody has answered for [privacy] keep_addresses days, and what was not confirmed while the
    link worked. Hourly; safe to run twice; 1,000 rows at a time. Nothing is caught up, so that a clock that
    is wrong for a minute deletes nothing."""
    before = clock.now() - settings.privacy.keep_addresses * DAY
    late = Application.confirmed_at.is_null() & (Application.at <= clock.now() - LIFETIME)
    db.delete_in_chunks(Application, (Application.at <= before) | late, CHUNK)
