"""The buttons that start and stop watching, the list of all that one watches, and the links in mails."""
import re

import bottle

from kuma_lite import web
from kuma_lite.queue.crontab import WEEKDAYS
from kuma_lite.watch import actions, panels, topics
from kuma_lite.watch.models import AT_ONCE, FREQUENCIES, NEVER, Pending, Watch, WatchPreference
from kuma_lite.web import session
from kuma_lite.wiki import access, lookups
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

UNSUBSCRIBE = '/unsubscribe/<watch_id:re:[0-9]{1,18}>'
SILENCE = '/unsubscribe/all/<preference_id:re:[0-9]{1,18}>'


@app.post(f'{DOCS}$subscribe')
def subscribe(path):
    page = lookups.existing(path, access.SUBSCRIBE)
    return _switch(topics.of_page(page), web.docs_url(page.path), page.title)


@app.post(f'{DOCS}$subscribe_to_tree')
def subscribe_to_tree(path):
    """A place and all below it; there need not be a page."""
    page = lookups.find(path)
    access.require(session.person(), access.SUBSCRIBE, page or path)
    topic = topics.of_tree(page.path if page else path)
    return _switch(topic, web.docs_url(topic.label, '' if page else 'children'))


@app.post('/watches')
def start_or_stop():
    """For a tag, a tree, the site or new pages."""
    access.require(session.person(), access.SUBSCRIBE)
    try:
        topic = topics.named(web.line('kind'), web.line('target', limit=1000))
    except ValueError as error:
        return _list(422, str(error))
    return _switch(topic, web.text('next', '/watches'))


def _switch(topic, next, title=''):
    """Do what the button says, and go on there."""
    words = topics.words(topic, title)
    if web.text('watch') == 'yes':
        actions.start(session.person(), topic)
        return web.see_other(next, _promise(topic, words, title))
    actions.stop(session.person(), topic)
    return web.see_other(next, f'You do not watch {words} any more.')


def _promise(topic, words, title):
    """What comes of a new watch: nothing is promised that will not come."""
    person = session.person()
    preference = WatchPreference.of(person)
    if not person.email:
        return f'You watch {words}, but get no mail about it: your account has no mail address.'
    if preference.frequency == NEVER:
        return f'You watch {words}, but get no mail about it: you have stopped all mails.'
    when = '' if preference.frequency == AT_ONCE else f', {panels.how_often(preference)}'
    return f'You will get a mail when somebody {topics.news(topic, title)}{when}.'


@app.get('/watches')
def watches():
    access.require(session.person(), access.SUBSCRIBE)
    return _list()


@app.post(f'/watches/{NUMBER}/stop')
def stop(number):
    access.require(session.person(), access.SUBSCRIBE)
    watch = Watch.get_or_none(Watch.id == number, Watch.person == session.person())
    if watch is None:
        raise web.NotFound('You have no such watch; perhaps you have stopped it already.')
    actions.stop_all([watch])
    return web.see_other(web.local(web.text('next'), '/watches'), 'You do not watch this any more.')


@app.post('/watches/how')
def how():
    """How often, at which hour, and whether minor edits count."""
    access.require(session.person(), access.SUBSCRIBE)
    frequency = web.text('frequency')
    if frequency not in FREQUENCIES:
        raise web.Refused(400, 'Please choose one of the times.')
    actions.prefer(session.person(), frequency, web.whole(web.text('hour'), 'hour', most=23),
                   web.whole(web.text('weekday'), 'weekday', most=6), web.text('minor', '') == 'yes')
    return web.see_other('/watches', 'That is how you get mail from now on.')


def _list(status=200, error=''):
    person = session.person()
    part = web.part_of(Watch.select().where(Watch.person == person), Watch.id)
    typed = {'kind': web.text('kind', ''), 'target': web.text('target', '')} if error else {}
    return web.page('watch/list.html', status, watches=_named(part.rows), after=part.next, error=error,
                    typed=typed, is_first=not web.query('after'), preference=WatchPreference.of(person),
                    how=panels.how_often, weekdays=WEEKDAYS,
                    waiting=Pending.select().where(Pending.person == person).count(),
                    there=_there(person))


def _named(watches):
    """[(watch, words, address), …]; a page that one may not read, or that is in the bin, has no name."""
    ids = [int(watch.target) for watch in watches if watch.kind == topics.PAGE]
    pages = {str(page.id): page for page in
             Page.select(Page.id, Page.path, Page.key, Page.title).where(Page.id.in_(ids))}
    return [(watch, *_shown(watch.topic, pages.get(watch.target))) for watch in watches]


def _shown(topic, page):
    if topic.kind == topics.PAGE:
        if page is None or page.is_deleted or not access.may(session.person(), access.VIEW, page):
            return 'A page that you cannot read at present', None
        return f'The page “{page.title}”', web.docs_url(page.path)
    return {topics.TREE: (f'All at and below {topic.label}', web.docs_url(topic.label, 'children')),
            topics.TAG: (f'The tag “{topic.label}”', '/tag/' + bottle.urlquote(topic.label)),
            topics.SITE: ('The whole site', '/recent'), topics.NEW: ('New pages', '/recent')}[topic.kind]


def _there(person):
    """Which of the topics without a target this person watches."""
    return {kind for kind in (topics.SITE, topics.NEW)
            if Watch.on(person, topics.named(kind, '')).exists()}


@app.get(UNSUBSCRIBE)
def ask(watch_id):
    """Only asks: mail programs and virus scanners open links by themselves."""
    return _page(_watches(watch_id), done=False)


# The secret in the address guards it: the mail programs that post here have neither cookie nor token.
@app.post(UNSUBSCRIBE, csrf=False)
def unsubscribe(watch_id):
    watches = _watches(watch_id)
    actions.stop_all(watches)
    return _page(watches, done=True)


def _watches(watch_id):
    """The watches of this link; none if it has done its work, or is not the one that was sent."""
    others = re.findall('[0-9]{1,18}', web.query('also', limit=1000))
    return actions.find_by_secret(int(watch_id), web.query('key'), others)


def _page(watches, done):
    """Names what the watcher may read; says the same of every link that is no good."""
    person = watches[0].person if watches else None
    names = [_words(watch, person) for watch in watches]
    return web.page('watch/unsubscribe.html', headers={'Cache-Control': 'no-store'}, watcher=person,
                    names=names, done=done)


def _words(watch, person):
    if watch.kind != topics.PAGE:
        return topics.words(watch.topic)
    page = Page.standing(int(watch.target))
    if page is None or not access.may(person, access.VIEW, page):
        return 'a page of this wiki'
    return topics.words(watch.topic, page.title)


@app.get(SILENCE)
def ask_for_silence(preference_id):
    return _silence_page(_preference(preference_id), done=False)


@app.post(SILENCE, csrf=False)
def silence(preference_id):
    preference = _preference(preference_id)
    if preference:
        actions.silence(preference)
    return _silence_page(preference, done=True)


def _preference(preference_id):
    return actions.preference_by_secret(int(preference_id), web.query('key'))


def _silence_page(preference, done):
    return web.page('watch/silence.html', headers={'Cache-Control': 'no-store'},
                    preference=preference, done=done)
