"""What people see of watching: the buttons on the page of a thing, and "would I get mail for this?"."""
from urllib.parse import quote

import bottle

from kuma_lite import text, web
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.mail.muting import muted
from kuma_lite.queue.crontab import WEEKDAYS
from kuma_lite.statements import Statement, slot
from kuma_lite.watch import notices, pending, topics
from kuma_lite.watch.models import AT_ONCE, DAILY, NEVER, QUIET, WEEKLY, Watch, WatchPreference
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Revision

ANY = Statement(lambda: Watch.select(Watch.id).where(Watch.person == slot('person')).limit(1))
TAGS = Statement(lambda: Revision.select(Revision.tags).where(Revision.id == slot('revision')))
LAST_MAIL = Statement(lambda: Delivery.select().join(Message)
                      .where(Message.thread == slot('thread'), Delivery.address == slot('address'))
                      .order_by(Delivery.id.desc()).limit(1))


def on_page(page, person):
    """The button of a page, and whether its mails reach this person; for `wiki.panels`."""
    if not access.may(person, access.SUBSCRIBE, page):
        return ''
    if bottle.request.method == 'GET':
        pending.has_seen(person, page)
    watches, own = _concerning(person, page), topics.of_page(page)
    return web.render('watch/panel.html', page=page, watches=watches, words=topics.words,
                      watching=any(watch.topic[:2] == own[:2] for watch in watches),
                      tree=any(watch.topic[:2] == topics.of_tree(page.path)[:2] for watch in watches),
                      preference=watches and WatchPreference.of(person), how=how_often,
                      muted=muted(person.email) if watches else None, last=last_mail(person, page))


def on_topic(kind, target, person):
    """The button for a tag, a tree or the site, on the page that is about it; for `wiki.panels`."""
    if not access.may(person, access.SUBSCRIBE):
        return ''
    topic = topics.named(kind, target)
    here = quote(bottle.request.path, safe='/$')
    return web.render('watch/topic.html', topic=topic, words=topics.words(topic), next=here,
                      watching=Watch.on(person, topic).exists())


def _concerning(person, page):
    """The watches of a person for which they hear of an edit of this page."""
    if not ANY.first(person=person.id):
        return []
    tag_names = TAGS.first(revision=page.current_id).tag_names()
    around = topics.around(page.id, text.path_key(page.path), tag_names, False)
    return list(Watch.concerning(around).where(Watch.person == person).order_by(Watch.id))


def how_often(preference):
    """When a person is told, as the end of a sentence."""
    at = f'at {preference.hour:02}:00'
    return {AT_ONCE: 'at once', QUIET: 'once nobody has changed it for half an hour',
            DAILY: f'in your daily mail {at}',
            WEEKLY: f'in your weekly mail, on {WEEKDAYS[preference.weekday]} {at}',
            NEVER: 'not at all'}[preference.frequency]


def last_mail(person, page):
    """The last Delivery to this person about this page alone, or None."""
    return LAST_MAIL.first(thread=notices.thread_of(page.id), address=person.email)
