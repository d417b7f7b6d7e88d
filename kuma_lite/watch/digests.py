"""The mails that did not leave at once: what waits for a reader, put together when it is due.

Nothing is told twice or lost, wherever the process dies: the rows of `Pending` go in the transaction that
posts the mail. Rights, watches and wishes are looked at again now.
"""
import contextlib
import secrets
from itertools import groupby

from peewee import chunked

from kuma_lite import clock, db
from kuma_lite.accounts.models import Person
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.queue.failpoints import failpoint
from kuma_lite.watch import fanout, notices, stories
from kuma_lite.watch.models import Pending, WatchPreference

CHUNK = 500     # rows in one statement


class Overtaken(Exception):
    """Somebody else took some of it meanwhile: another worker, or the reader, who has read the page."""


def send(person_id):
    """Mail a person what is due: one mail about everything, or one about each page that has come to rest."""
    person = Person.get_or_none(Person.id == person_id)
    if person is None:
        return
    waiting, preference = list(Pending.of(person)), WatchPreference.of(person)
    for rows in _mails(waiting, preference):
        # The next look finds what is left.
        with contextlib.suppress(Overtaken):
            _send(person, preference, rows)


def _mails(waiting, preference):
    """What belongs into one mail each, as lists of rows."""
    if preference.is_digest:
        return [waiting] if any(map(_is_due, waiting)) else []
    return [rows for rows in _by_page(waiting) if any(map(_is_due, rows))]


def _is_due(row):
    return row.due_at <= clock.now()


def _by_page(rows):
    """The rows of each page; the page with the oldest news comes first."""
    first = {}
    for row in rows:
        first.setdefault(row.page_id, row.id)
    rows = sorted(rows, key=lambda row: (first[row.page_id], row.news_id))
    return [list(some) for _, some in groupby(rows, key=lambda row: row.page_id)]


def _send(person, preference, rows):
    wanted = [(row, watches) for row in rows if (watches := _watches(person, row.news))]
    mail = wanted and _compose(person, preference, wanted)
    with db.atomic():
        _take(person, rows)
        if mail:
            notice, recipient = mail
            post(**notice, recipients=[recipient])
        failpoint('digest')


def _take(person, rows):
    """Delete these rows, all of them, or raise Overtaken."""
    for some in chunked(rows, CHUNK):
        ids = [row.news_id for row in some]
        if Pending.delete().where(Pending.person == person, Pending.news.in_(ids)).execute() != len(ids):
            raise Overtaken


def _watches(person, news):
    """The watches for which this person hears of the news; none if that is not so any more."""
    return next((watches for _, _, watches in fanout.watchers(news, [person.id])), [])


def _compose(person, preference, wanted):
    """(arguments of `post`, Recipient). The key is new each time: `_take` sees to it that it is used once."""
    key = f'digest:{person.id}:{secrets.token_hex(8)}'
    pages = _by_page([row for row, _ in wanted])
    told = [stories.of([row.news for row in rows], with_texts=number < notices.MOST_TOLD)
            for number, rows in enumerate(pages)]
    if preference.is_digest:
        preference.person = person
        farewell = stories.farewell_to_digest(preference)
        notice = notices.of_digest(key, told, person, preference.frequency)
    else:
        watches = {watch.id: watch for _, some in wanted for watch in some}
        farewell = stories.farewell(person, list(watches.values()), told[0].page)
        notice = notices.of_page(key, told[0])
    return notice, Recipient(person.email, *farewell)
