"""Cleaning up after an author or an address: the form with its preview, and a page that says how it goes."""
import bottle

from kuma_lite import web
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import Person
from kuma_lite.accounts.rules import Invalid
from kuma_lite.moderation import actions, cleaning, forms, planning
from kuma_lite.moderation.models import Cleanup, Step
from kuma_lite.web import session
from kuma_lite.wiki import access, protection
from kuma_lite.wiki.lookups import NUMBER
from kuma_lite.wiki.models import Page, Revision

app = bottle.Bottle()

DAYS = {'1': 'the last day', '3': 'the last three days', '7': 'the last week', '30': 'the last month',
        '365': 'the last year'}


@app.get('/moderation/cleanup/<name>')
def ask(name):
    return _form(_author(name), _days(web.query('days') or '3'))


@app.post('/moderation/cleanup/<name>', body=128 * 1024)
def clean_up(name):
    return _clean_up(_author(name))


@app.get('/moderation/cleanup')
def ask_about_network():
    """The same for those without an account: of a network, or who came from where a `revision` did."""
    access.require(session.person(), access.MODERATE)
    number = web.query('revision')
    if number:
        network = _address_of(web.whole(number, 'revision'))
        return web.see_other(web.with_query('/moderation/cleanup', network=network))
    return _form(_network(web.query('network')), _days(web.query('days') or '3'))


@app.post('/moderation/cleanup', body=128 * 1024)
def clean_up_network():
    access.require(session.person(), access.MODERATE)
    return _clean_up(_network(web.line('network')))


def _clean_up(source):
    """Show what would happen, or begin: the button says which."""
    days = _days(web.text('days'))
    typed = forms.read_cleanup(planning.revisions(source, int(days), session.person()))
    if typed.is_preview:
        return _form(source, days, typed)
    try:
        until = forms.until(typed.ban_days) if typed.ban else actions.NO_BAN
        made = actions.clean_up(source, typed.ticked, session.person(), typed.reason, until)
    except Invalid as refusal:
        return _form(source, days, typed, 422, str(refusal))
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
    return planning.Source(author)


def _network(words):
    try:
        return planning.Source(network=str(bans.parse(words)))
    except Invalid as refusal:
        raise web.Refused(422, str(refusal)) from None


def _address_of(number):
    """Where a visitor's revision came from."""
    columns = (Revision.author, Revision.address, Revision.page)
    found = Revision.select(*columns).where(Revision.id == number).first()
    if found is None or found.author_id:
        raise web.NotFound('There is no such revision by somebody without an account.')
    access.require(session.person(), access.VIEW, found.page)
    if not found.address:
        raise web.NotFound('The address from which this came is not kept any more.')
    return found.address


def _days(days):
    if days not in DAYS:
        raise web.Refused(400, '“days” is none of the choices.')
    return days


def _form(source, days, typed=None, status=200, error=''):
    found, is_more = planning.found(source, int(days), session.person(), typed and typed.ticked)
    ban = bans.of_person(source.author) if source.author else bans.of(None, source.network.partition('/')[0])
    # Somebody else has the address in a while.
    typed = typed or forms.CleanupForm(ban=source.author != session.person() and not ban,
                                       ban_days='' if source.author else '7')
    return web.page('moderation/cleanup.html', status, source=source, days=days, choices=DAYS, found=found,
                    is_banned=bool(ban), is_more=is_more, typed=typed, error=error,
                    lengths=forms.LENGTHS, most=planning.MOST)


def _cleanup(number):
    access.require(session.person(), access.MODERATE)
    found = Cleanup.get_or_none(Cleanup.id == number)
    if found is None:
        raise web.NotFound('There is no such clean-up.')
    return found


def _shown(cleanup, status=200, error=''):
    steps = (Step.select(Step, Page.id, Page.path, Page.key, Page.title).join(Page)
             .where(Step.cleanup == cleanup, protection.readable(session.person())).order_by(Step.id))
    counts = cleaning.counts(cleanup)
    return web.page('moderation/progress.html', status, headers={'Cache-Control': 'no-store'}, error=error,
                    cleanup=cleanup, steps=list(steps), counts=counts, total=sum(counts.values()),
                    left=counts.get('waiting', 0) if cleanup.undo_batch_id is None else
                    sum(counts.get(state, 0) for state in ('done', 'follow-up', 'failed')))
