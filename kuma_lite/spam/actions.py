"""The one writer of attempts and verdicts. Whoever reviews has been asked `access.may()`."""
import functools
import hashlib

from peewee import fn

from kuma_lite import clock, db, events
from kuma_lite.queue import context
from kuma_lite.spam import first, judging, models, notices, patterns, tasks
from kuma_lite.spam.models import (
    HAM,
    LET_THROUGH,
    OPEN,
    SPAM,
    Attempt,
    FirstEdit,
    Held,
    Marked,
    RuleList,
    Trace,
)
from kuma_lite.spam.reading import digest
from kuma_lite.web import docs_url
from kuma_lite.web.ratelimits import network
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki import checks
from kuma_lite.wiki.merging import Version
from kuma_lite.wiki.models import Page, Revision

ADDED_LIMIT = 100_000   # characters of what is new that are kept for reading; the whole edit stands in Held
MOST_HELD = 20          # edits of one account or address that wait for a moderator, whole
FIRST = 60              # seconds before moderators are told, so that a burst is one mail

REFUSAL = ('This could not be saved, because it looks like spam to the checks of this wiki. Your text is '
           'still here, and moderators have been told.')
HOLDING = ('Your edit is kept, and a moderator will look at it before it is published: a check could not '
           'decide whether it is spam. You need not do anything.')
TOO_MANY = (f'{MOST_HELD} of your edits wait for a moderator already. Please save this one when they have '
            'been looked at; your text is still here.')
REPLACED = 'Its author has sent another one since, which takes its place'


class Refused(ValueError):
    """It cannot be done; the message is a sentence for the person."""


class NotPublished(Refused):
    """The verdict counts, but the edit could not be published."""


def trace(new, revision=None):
    """Remember that an edit was judged, for the rules about floods and repeated text. In a transaction."""
    Trace.create(person=new.author, address=network(new.address), digest=digest(new.content))


def let_through(new, found, revision):
    """Record what would have been stopped, in the transaction that saves it."""
    trace(new)
    verdict = models.REVIEW if found.outcome == judging.SPAM else models.FAILED
    _record(new, found.why, LET_THROUGH, verdict, revision)


def refuse(new, draft, why, hint=''):
    """Record what looks like spam; raises checks.Suspected."""
    with db.atomic():
        attempt = _recorded(new, why, models.REFUSED, models.REVIEW)
        if _waiting(new) < MOST_HELD or attempt.held.exists():
            _keep(attempt, draft)
    raise checks.Suspected(f'{REFUSAL} {hint}'.strip())


def hold(new, draft, why):
    """Record what nobody could judge, whole, to be published later; raises checks.Held.

    Raises Suspected if too much waits already.
    """
    _hold(new, draft, why, models.FAILED)
    raise checks.Held(HOLDING)


def hold_first(new, draft, why):
    """The same for one of the first edits of its author. It takes the place of what they wanted to make of
    the same revision before. Raises as `hold` does."""
    said = [why, first.why(new.author, new.address)]
    with db.atomic():
        attempt = _hold(new, draft, '. '.join(filter(None, said)), models.REVIEW)
        if new.author:
            _replace_others(attempt)
    raise checks.Held(first.sentence())


def _hold(new, draft, why, verdict):
    with db.atomic():
        if _waiting(new) >= MOST_HELD and _same(new) is None:
            raise checks.Suspected(TOO_MANY, status=429)
        attempt = _recorded(new, why, models.HELD, verdict)
        _keep(attempt, draft)
    return attempt


def _replace_others(attempt):
    """Close what its author has sent of the same page and revision before. Its text stays to be read."""
    base = Held.select(Held.base).where(Held.attempt == attempt)
    older = (Attempt.select(Attempt.id).join(Held)
             .where(Attempt.person == attempt.person, Attempt.path == attempt.path, Held.base == base,
                    Attempt.outcome == models.HELD, Attempt.verdict == models.REVIEW,
                    Attempt.id != attempt.id))
    Attempt.update(verdict=models.CLOSED, reviewed_at=clock.now(), why=REPLACED).where(
        Attempt.id.in_(older)).execute()


def _recorded(new, why, outcome, verdict):
    """The attempt that waits already, if the same is sent again, or a new one."""
    same = _same(new)
    if same is None:
        trace(new)
        return _record(new, why, outcome, verdict)
    same.why, same.outcome, same.verdict, same.at = why, outcome, verdict, clock.now()
    same.save(only=[Attempt.why, Attempt.outcome, Attempt.verdict, Attempt.at])
    return same


def _record(new, why, outcome, verdict, revision=None):
    attempt = Attempt.create(person=new.author, address=new.address, agent=new.agent, kind=new.kind,
                             path=new.path, title=new.title, why=why, outcome=outcome, verdict=verdict,
                             revision=revision, digest=_digest(new), added=new.text[:ADDED_LIMIT])
    tasks.tell_moderators.schedule(delay=_until_next_mail(Attempt))
    return attempt


def _until_next_mail(table):
    """Seconds until moderators can be told what is in a table: soon, but not ten mails in ten minutes."""
    told = table.select(fn.max(table.told_at)).scalar() or 0
    return max(FIRST, told + notices.QUIET - clock.now())


def on_page_saved(page, revision, is_new):
    """The listener for events.page_saved: moderators hear of the first edit of everybody who comes by the
    network."""
    author = revision.author
    if author is None or first.is_trusted(author) or not context.current().request_id:
        return
    if Revision.select(Revision.id).where(Revision.author == author).limit(2).count() == 1:
        FirstEdit.create(revision=revision)
        tasks.tell_first_edits.schedule(delay=_until_next_mail(FirstEdit))


def _same(new):
    return _of(new).where(Attempt.digest == _digest(new)).order_by(Attempt.id.desc()).first()


def _waiting(new):
    return _of(new).join(Held).count()


def _of(new):
    """Attempts of the same source that wait for a moderator."""
    who = Attempt.person == new.author if new.author else (
        Attempt.person.is_null() & (Attempt.address == new.address))
    return Attempt.select(Attempt).where(who, Attempt.verdict.in_(OPEN), Attempt.outcome != LET_THROUGH)


def _digest(new):
    return hashlib.sha256(f'{new.path}\n{new.text or new.gone}'.encode()).hexdigest()


def _keep(attempt, draft):
    base = '' if draft.base is None else str(draft.base)
    tags = None if draft.tags is None else ', '.join(draft.tags)
    Held.replace(attempt=attempt, base=base, title=draft.title, comment=draft.comment, tags=tags,
                 minor=draft.minor, content=draft.content).execute()


def review(attempt, verdict, reviewer, was):
    """A moderator's verdict, HAM, SPAM or CLOSED, on an attempt whose verdict `was` that. Ham is published.

    Returns the Revision that was published, or None. Raises Refused; NotPublished: all is done but that.
    """
    held = attempt.held.first() if verdict == HAM and attempt.revision_id is None else None
    if held is None:
        return _say(attempt, verdict, reviewer, was)
    try:
        edit = wiki.prepare(_draft(attempt, held))
        return _say(attempt, verdict, reviewer, was, functools.partial(wiki.write, edit, edit.draft.base))
    except wiki.Conflict:
        problem = 'The page has changed since, so that it cannot be published as it is.'
    except Refused:
        raise
    except ValueError as refusal:       # Invalid, TooComplex
        problem = str(refusal)
    _say(attempt, verdict, reviewer, was)
    raise NotPublished(f'{problem} The verdict counts; here is the text, to be put in by hand.')


def _draft(attempt, held):
    """What shall be saved: together with what others have saved since, where that goes."""
    base = int(held.base) if held.base.isdigit() else held.base or None
    page = Page.at(attempt.path)
    old = page and base != page.current_id and Revision.of(page).where(Revision.id == base).first()
    title, content, words = held.title, held.content, held.tags
    if old:
        merged = wiki.joined(old.version(), _version(held, old), page.current().version())
        if merged.is_clean:
            (title, content, tags), base = merged.version, page.current_id
            words = ', '.join(tags)
    return checks.draft(attempt.path, title, content, held.comment, attempt.person, attempt.address, words,
                        held.minor, base)


def _version(held, old):
    """What a held edit says; it was made from the revision `old`."""
    return Version(held.title, held.content, old.version().tags if held.tags is None else
                   checks.checked_tags(held.tags))


def _say(attempt, verdict, reviewer, was, publish=None):
    """Write the verdict, and with it what it entails; returns what `publish()` returns, or None."""
    with db.atomic():
        _write_verdict(attempt, verdict, reviewer, was)
        revision = publish() if publish else None
        if revision:
            Attempt.update(revision=revision).where(Attempt.id == attempt.id).execute()
            tasks.tell_author(attempt.id)
        if publish:
            Held.delete().where(Held.attempt == attempt).execute()
        if attempt.outcome == LET_THROUGH and attempt.revision_id and verdict in (HAM, SPAM):
            _write_mark(attempt.revision_id, verdict == SPAM, reviewer)
        events.emit(events.verdict_given, reviewer, verdict, attempt.title, f'/spam/attempts/{attempt.id}')
        _follow(attempt)
    return revision


def close(wrote, has, what, person):
    """Close what waits of somebody unread, with a ban or a clean-up: `what` names it, for `reopen`. In the
    caller's transaction. `wrote` is an expression about Attempt, `has(address)` says whether an attempt that
    it finds is theirs."""
    waits = Attempt.verdict.in_(OPEN) & (Attempt.outcome != LET_THROUGH)
    Attempt.update(verdict=models.CLOSED, was=Attempt.verdict, closed_with=what, reviewer=person,
                   reviewed_at=clock.now()).where(Attempt.id.in_(_ids(waits & wrote, has))).execute()


def reopen(what, wrote=None, has=None):
    """What `close` has closed waits again, unless somebody has judged it since; all of it, or that of
    somebody, as above. In the caller's transaction."""
    which = (Attempt.closed_with == what) & (Attempt.verdict == models.CLOSED)
    if wrote is not None:
        which = Attempt.id.in_(_ids(which & wrote, has))
    Attempt.update(verdict=Attempt.was, was='', closed_with='', reviewer=None, reviewed_at=None).where(
        which).execute()


def _ids(which, has):
    rows = list(Attempt.select(Attempt.id, Attempt.address).where(which).tuples())
    return [number for number, address in rows if has(address)]


def _write_verdict(attempt, verdict, reviewer, was):
    free = Attempt.outcome == LET_THROUGH
    changed = (Attempt.update(verdict=verdict, reviewer=reviewer, reviewed_at=clock.now())
               .where(Attempt.id == attempt.id, Attempt.verdict == was, free | Attempt.revision.is_null()))
    if not changed.execute():
        raise Refused('Somebody else has said something about this meanwhile. Please look again.')


def _follow(attempt):
    tasks.learn_attempt(attempt.id)
    tasks.submit_attempt(attempt.id)


def mark(revision, is_spam, person):
    """A moderator's verdict on a published revision. What is on the page stays as it is."""
    with db.atomic():
        _write_mark(revision.id, is_spam, person)
        events.emit(events.verdict_given, person, SPAM if is_spam else HAM, revision.title,
                    docs_url(revision.page.path, f'verdict/{revision.id}'))
        attempt = Attempt.get_or_none(Attempt.revision == revision, Attempt.outcome == LET_THROUGH)
        if attempt is None:
            tasks.learn_revision(revision.id)
            tasks.submit_revision(revision.id)
            return
        Attempt.update(verdict=SPAM if is_spam else HAM, reviewer=person, reviewed_at=clock.now()).where(
            Attempt.id == attempt.id).execute()
        _follow(attempt)


def _write_mark(revision_id, is_spam, person):
    says = {Marked.is_spam: is_spam, Marked.person: person, Marked.at: clock.now()}
    Marked.insert({Marked.revision: revision_id, **says}).on_conflict(
        conflict_target=[Marked.revision], update=says).execute()


def keep_rules(words, person, base):
    """Save the list of words, if it is still the one that the person saw (its id, None: there was none)."""
    patterns.check(words)
    with db.atomic():
        newest = RuleList.newest()
        if (newest and newest.id) != base:
            raise Refused('Somebody else has changed the list meanwhile. Theirs stands below yours.')
        RuleList.create(text=words, person=person)
