"""Cleaning up after an author: the form with its preview, and the page that shows how far it is."""
import bottle

from kuma_lite import web
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import Person
from kuma_lite.accounts.rules import Invalid
from kuma_lite.moderation import actions, cleaning, forms, planning
from kuma_lite.moderation.models import Cleanup, Step
from kuma_lite.web import session
from kuma_lite.wiki import access
from kuma_lite.wiki.lookups import NUMBER
from kuma_lite.wiki.models import Page

app = bottle.Bottle()

DAYS = {'1': 'the last day', '3': 'the last three days', '7': 'the last week', '30': 'the last month',
        '365': 'the last year'}


@app.get('/moderation/cleanup/<name>')
def ask(name):
    author = _author(name)
    return _form(author, _days(web.query('days') or '3'))


@app.post('/moderation/cleanup/<name>', body=128 * 1024)
def clean_up(name):
    """Show what would happen, or begin: the button says which."""
    author, days = _author(name), _days(web.text('days'))
    typed = forms.read_cleanup(planning.revisions(author, int(days)))
    if typed.is_preview:
        return _form(author, days, typed)
    try:
        until = forms.until(typed.ban_days) if typed.ban else actions.NO_BAN
        made = actions.clean_up(author, typed.ticked, session.person(), typed.reason, until)
    except Invalid as refusal:
        return _form(author, days, typed, 422, str(refusal))
    return web.see_other(f'/moderation/cleanups/{made.id}')


@app.get(f'/moderation/cleanups/{NUMBER}')
def show(number):
    cleanup = _cleanup(number)
    return _shown(cleanup)


@app.post(f'/moderation/cleanups/{NUMBER}/undo')
def undo(number):
    cleanup = _cleanup(number)
    try:
        actions.undo_cleanup(cleanup.id, session.person())
    except Invalid as refusal:
        return _shown(cleanup, 409, str(refusal))
    return web.see_other(f'/moderation/cleanups/{cleanup.id}')


def _author(name):
    access.require(session.person(), access.MODERATE)
    author = Person.named(name)
    if author is None:
        raise web.NotFound('Nobody of this name has an account here.')
    return author


def _days(days):
    if days not in DAYS:
        raise web.Refused(400, '“days” is none of the choices.')
    return days


def _form(author, days, typed=None, status=200, error=''):
    found, is_more = planning.found(author, int(days), typed and typed.ticked)
    is_banned = bool(bans.of_person(author))
    typed = typed or forms.CleanupForm(ban=author != session.person() and not is_banned)
    return web.page('moderation/cleanup.html', status, author=author, days=days, choices=DAYS, found=found,
                    is_banned=is_banned, is_more=is_more, typed=typed, error=error,
                    lengths=forms.LENGTHS, most=planning.MOST)


def _cleanup(number):
    access.require(session.person(), access.MODERATE)
    found = Cleanup.get_or_none(Cleanup.id == number)
    if found is None:
        raise web.NotFound('There is no such clean-up.')
    return found


def _shown(cleanup, status=200, error=''):
    steps = (Step.select(Step, Page.id, Page.path, Page.key, Page.title).join(Page)
             .where(Step.cleanup == cleanup).order_by(Step.id))
    counts = cleaning.counts(cleanup)
    return web.page('moderation/progress.html', status, headers={'Cache-Control': 'no-store'}, error=error,
                    cleanup=cleanup, steps=list(steps), counts=counts, total=sum(counts.values()),
                    left=counts.get('waiting', 0) if cleanup.undo_batch_id is None else
                    sum(counts.get(state, 0) for state in ('done', 'follow-up', 'failed')))
