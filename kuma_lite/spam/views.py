"""Attempts and held edits, each with its verdict; a verdict on a published revision; the list of words."""
import bottle

from kuma_lite import web
from kuma_lite.config import settings
from kuma_lite.spam import actions, akismet, counts, patterns
from kuma_lite.spam.models import CLOSED, HAM, REVIEW, SPAM, STATES, Attempt, Marked, RuleList
from kuma_lite.web import limits, session
from kuma_lite.wiki import access, lookups, panels, turns
from kuma_lite.wiki.lookups import DOCS, NUMBER
from kuma_lite.wiki.models import Revision

app = bottle.Bottle()

GIVEN = {HAM: 'no spam', SPAM: 'spam', CLOSED: 'closed'}     # verdicts that a moderator can give
LIST_LIMIT = 200_000    # bytes of the list of words
BEGINNING = 240         # characters of what is new that a list shows
KEPT = 'The list is kept, and counts from now on.'


@app.get('/spam/attempts')
def attempts():
    """The held edits first, because somebody waits for them; then what was refused."""
    access.require(session.person(), access.REVIEW)
    state = web.query('state', REVIEW)
    if state not in STATES:
        raise web.NotFound('There are no attempts of this kind.')
    part = web.part_of(Attempt.in_state(state), Attempt.id)
    rows, held = _readable(part.rows), _held() if state == REVIEW and not web.query('after') else []
    return web.page('spam/attempts.html', state=state, attempts=rows, after=part.next,
                    counts=counts.by_state(session.person()),
                    beginnings=Attempt.beginnings(held + rows, BEGINNING), held=held,
                    is_newest=not web.query('after'))


def _held():
    return _readable(Attempt.waiting().order_by(Attempt.id).limit(10))


def _readable(attempts):
    """Without those about pages that only admins may read, for who is none."""
    return [attempt for attempt in attempts if access.may(session.person(), access.REVIEW, attempt.path)]


@app.get(f'/spam/attempts/{NUMBER}')
def show(number):
    return _shown(_attempt(number))


@app.post(f'/spam/attempts/{NUMBER}')
def review(number):
    attempt = _attempt(number)
    verdict, was = web.line('verdict'), web.line('was')
    if verdict not in GIVEN:
        raise web.Refused(422, 'A verdict is ham, spam or closed.')
    if verdict == HAM:
        access.require(session.person(), access.EDIT, attempt.path)
    try:
        published = actions.review(attempt, verdict, session.person(), was)
    except actions.Refused as refusal:
        return _shown(_attempt(number), 409, str(refusal))
    if published:
        return web.see_other(web.text('next', web.docs_url(published.page.path)), 'The edit is published.')
    return web.see_other(web.text('next', '/spam/attempts'), f'The verdict is kept: {GIVEN[verdict]}.')


@app.get(f'{DOCS}$verdict/{NUMBER}')
def ask_verdict(path, number):
    """What a published revision changed, and what a moderator has said about it."""
    page = lookups.existing(path, access.REVIEW)
    revision = lookups.revision(page, number)
    before = revision.before()
    old = Revision.get_by_id(before.id).content if before else ''
    return lookups.answer('spam/verdict.html', page, revision=revision, before=before, after=revision.after(),
                          marked=Marked.get_or_none(Marked.revision == revision),
                          about=panels.about_author(revision.author, revision.address, session.person()),
                          diff=lookups.differences(old, revision.content, True, turns.READING))


@app.post(f'{DOCS}$verdict/{NUMBER}')
def verdict(path, number):
    page = lookups.existing(path, access.REVIEW)
    revision, said = lookups.revision(page, number), web.line('verdict')
    if said not in (HAM, SPAM):
        raise web.Refused(422, 'A verdict on a revision is ham or spam.')
    actions.mark(revision, said == SPAM, session.person())
    return web.see_other(web.docs_url(page.path, f'verdict/{revision.id}'),
                         f'The verdict is kept: {GIVEN[said]}.')


@app.get('/spam/rules')
def rules():
    access.require(session.person(), access.REVIEW)
    newest = RuleList.newest()
    return _rules_form(newest, newest.text if newest else '')


@app.post('/spam/rules', body=limits.BODY)
def keep_rules():
    access.require(session.person(), access.REVIEW)
    typed, base = web.text('text', limit=LIST_LIMIT), web.line('base')
    try:
        actions.keep_rules(typed, session.person(), web.whole(base, 'base') if base else None)
    except patterns.Unusable as refusal:
        return _rules_form(RuleList.newest(), typed, 422, str(refusal))
    except actions.Refused as refusal:
        return _rules_form(RuleList.newest(), typed, 409, str(refusal))
    return web.see_other('/spam/rules', KEPT)


@app.post('/spam/akismet')
def try_key():
    """Ask Akismet whether it knows the key."""
    access.require(session.person(), access.REVIEW)
    if not settings.spam.akismet_key:
        raise web.Refused(422, 'There is no akismet_key in the section [spam] of config.ini.')
    return web.see_other('/spam/rules', akismet.verify() or 'Akismet knows the key.')


def panel(page, person):
    """The way to the verdict on what stands on a page now, for `wiki.panels`."""
    if not access.may(person, access.REVIEW, page):
        return ''
    return web.render('spam/panel.html', page=page)


def _rules_form(newest, typed, status=200, error=''):
    return web.page('spam/rules.html', status, newest=newest, typed=typed, error=error,
                    asks_akismet=bool(settings.spam.akismet_key))


def _attempt(number):
    access.require(session.person(), access.REVIEW)
    found = Attempt.get_or_none(Attempt.id == number)
    if found is None:
        raise web.NotFound('There is no such attempt.')
    access.require(session.person(), access.REVIEW, found.path)
    return found


def _shown(attempt, status=200, error=''):
    page, held = lookups.find(attempt.path), attempt.held.first()
    return web.page('spam/attempt.html', status, attempt=attempt, page=page, held=held, error=error,
                    about=panels.about_author(attempt.person, attempt.address, session.person()),
                    diff=_change(attempt, page, held), given=GIVEN)


def _change(attempt, page, held):
    """What the edit changes on the page as it is now, or did when it was saved; None if it is not known."""
    if attempt.revision_id:
        revision = Revision.get_by_id(attempt.revision_id)
        before = Revision.get_or_none(Revision.id == revision.based_on_id)
        return lookups.differences(before.content if before else '', revision.content, True, turns.READING)
    if held is None:
        return None
    current = page.current().content if page else ''
    return lookups.differences(current, held.content, True, turns.READING)
