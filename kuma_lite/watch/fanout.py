"""Who hears of some news: each mail address once, at once or later as its owner wants it.

A fan-out goes through the addresses in order, in chunks; `News.told` says how far it has come. Whoever is
stopped half way begins there again: a mail is posted once (see mail.actions), and what waits for later
is written in the transaction that moves `told`.
"""
from collections import defaultdict
from itertools import groupby

from peewee import chunked

from kuma_lite import db
from kuma_lite.accounts.models import Person
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import mailbox
from kuma_lite.watch import notices, pending, stories
from kuma_lite.watch.models import AT_ONCE, NEVER, News, Watch, WatchPreference
from kuma_lite.wiki import access

CHUNK = 500     # addresses dealt with at a time


def tell(news):
    """Deal with everybody who watches what the news are about. May be called again after it was stopped."""
    notice = None
    for addresses in chunked(_addresses(news), CHUNK):
        now, later = _readers(news, [number for _, numbers in addresses for number in numbers])
        if now:
            notice = notice or notices.of_one(news)
            post(**notice, recipients=now)
        if not _note(news, addresses[-1][0], later):
            return      # somebody else is at it, too


def _addresses(news):
    """[(address, [person id, …]), …] of those who are left, by address. Many people are a few MB."""
    ids = Watch.concerning(news.around()).select(Watch.person).where(Watch.created_at <= news.at)
    people = (Person.select(Person.id, Person.email)
              .where(Person.id.in_(ids), Person.active, Person.email != ''))
    rows = sorted((mailbox(address), number) for number, address in people.tuples())
    by_address = groupby(rows, key=lambda row: row[0])
    return [(address, [number for _, number in some]) for address, some in by_address if address > news.told]


def _readers(news, ids):
    """(Recipients of a mail now, [(person, preference), …] who hear of it later): one for each address."""
    now, later = {}, {}
    for person, preference, watches in watchers(news, ids):
        address = mailbox(person.email)
        if preference.frequency == AT_ONCE:
            now.setdefault(address, recipient(person, watches, news.page))
        else:
            later.setdefault(address, (person, preference))
    return list(now.values()), [reader for address, reader in later.items() if address not in now]


def watchers(news, ids):
    """(person, preference, watches) of those of these people who hear of the news, as things are now."""
    preferences, by_person = WatchPreference.by_person(ids), defaultdict(list)
    concerning = Watch.concerning(news.around()).where(Watch.created_at <= news.at, Watch.person.in_(ids))
    for watch in concerning.order_by(Watch.id):
        by_person[watch.person_id].append(watch)
    for person in Person.select().where(Person.id.in_(ids)).order_by(Person.id):
        preference = preferences.get(person.id) or WatchPreference(person=person)
        if by_person[person.id] and hears(person, preference, news):
            yield person, preference, by_person[person.id]


def hears(person, preference, news):
    """Whether somebody who watches wants to hear of this, and may."""
    if not person.active or not person.email or preference.frequency == NEVER or is_own(news, person):
        return False
    if news.is_edit and news.page.is_deleted or news.is_minor and not preference.minor:
        return False
    return access.may(person, access.VIEW, news.page)


def is_own(news, person):
    """Also under another name: one address, two accounts. Not where the author's account is the newer one:
    whoever signs up with the address of somebody else must not keep mails from them."""
    return news.person is not None and (
        news.person_id == person.id
        or (news.person_id < person.id and mailbox(news.person.email) == mailbox(person.email)))


def recipient(person, watches, page):
    return Recipient(person.email, *stories.farewell(person, watches, page))


def _note(news, address, later):
    """Remember how far it has come, and what waits; False if somebody else has come further meanwhile."""
    with db.atomic():
        moved = News.update(told=address).where(News.id == news.id, News.told == news.told).execute()
        if moved:
            pending.keep(news, later)
            news.told = address
    return bool(moved)
