"""What follows from an attempt and from a verdict, and the tidying up."""
from types import SimpleNamespace

from kuma_lite import clock, db, queue
from kuma_lite.config import settings
from kuma_lite.mail.actions import post
from kuma_lite.spam import akismet, classifier, notices
from kuma_lite.spam.models import CLOSED, HAM, OPEN, SPAM, Attempt, FirstEdit, Held, Marked, Trace, Word
from kuma_lite.spam.reading import added_lines
from kuma_lite.wiki import access, protection
from kuma_lite.wiki.models import Revision

DAY = 24 * 3600
CHUNK = 100         # rows a transaction: an attempt can have a megabyte


@queue.task(retries=5, retry_delay=10, retry_backoff=2, unique='all')
def tell_moderators():
    """Mail moderators what was stopped since the last mail. At most every ten minutes; run twice, it may
    say something twice, but never leaves anything out. Costs a mail for each moderator."""
    untold = list(Attempt.untold())
    if untold:
        post(**notices.about(untold))
        with db.atomic():
            Attempt.update(told_at=clock.now()).where(Attempt.told_at.is_null(),
                                                      Attempt.id <= untold[-1].id).execute()


@queue.task(retries=5, retry_delay=10, retry_backoff=2, unique='all')
def tell_first_edits():
    """Mail moderators who has edited for the first time since the last such mail, as far as it is published
    and no moderator has seen it before. At most every ten minutes; run twice as the above."""
    untold = list(FirstEdit.untold())
    seen = {number for number, in Attempt.select(Attempt.revision).where(
        Attempt.revision.in_([edit.revision_id for edit in untold])).tuples()}
    news = [edit for edit in untold if edit.revision_id not in seen and not edit.revision.page.is_deleted
            and protection.of(edit.revision.page).readers <= protection.MODERATORS]
    if news:
        post(**notices.about_first(news))
    if untold:
        with db.atomic():
            FirstEdit.update(told_at=clock.now()).where(FirstEdit.told_at.is_null(),
                                                        FirstEdit.id <= untold[-1].id).execute()


@queue.task(retries=5, retry_delay=10, retry_backoff=2, subject='attempt:{attempt_id}')
def tell_author(attempt_id):
    """Mail the author of an edit that a moderator has published. Once for each; safe to run twice."""
    attempt = Attempt.get_or_none(Attempt.id == attempt_id)
    author = attempt and attempt.revision_id and attempt.person
    if author and author.active and access.may(author, access.VIEW, attempt.path):
        post(**notices.published(attempt))


@queue.task(atomic=True, retries=3, subject='attempt:{attempt_id}')
def learn_attempt(attempt_id):
    """Count the words of an attempt as its verdict says. After each verdict; counts once, however often it
    runs; writes up to 1,000 rows."""
    attempt = Attempt.get_or_none(Attempt.id == attempt_id)
    if attempt is None or not attempt.added:
        return
    verdict = attempt.verdict if attempt.verdict in (HAM, SPAM) else ''
    classifier.learn(attempt.added, attempt.person, verdict, attempt.learned)
    Attempt.update(learned=verdict).where(Attempt.id == attempt_id).execute()


@queue.task(atomic=True, retries=3, subject='revision:{revision_id}')
def learn_revision(revision_id):
    """The same for what a moderator said about a revision."""
    marked = Marked.get_or_none(Marked.revision == revision_id)
    if marked is None:
        return
    verdict = SPAM if marked.is_spam else HAM
    classifier.learn(_new_text(marked.revision), marked.revision.author, verdict, marked.learned)
    Marked.update(learned=verdict).where(Marked.id == marked.id).execute()


@queue.task(retries=5, retry_delay=60, retry_backoff=3, subject='attempt:{attempt_id}')
def submit_attempt(attempt_id):
    """Tell Akismet what a moderator said, if there is a key. After each verdict; safe to run twice; waits two
    seconds at most."""
    attempt = Attempt.get_or_none(Attempt.id == attempt_id)
    if attempt and attempt.added and attempt.verdict in (HAM, SPAM):
        _submit(attempt.verdict, path=attempt.path, text=attempt.added, author=attempt.person,
                address=attempt.address, agent=attempt.agent)


@queue.task(retries=5, retry_delay=60, retry_backoff=3, subject='revision:{revision_id}')
def submit_revision(revision_id):
    """The same for what a moderator said about a revision."""
    marked = Marked.get_or_none(Marked.revision == revision_id)
    if marked:
        revision = marked.revision
        _submit(SPAM if marked.is_spam else HAM, path=revision.page.path, text=_new_text(revision),
                author=revision.author, address=revision.address, agent='')


@queue.periodic_task(queue.crontab(minute='22'), catch_up='none')
def forget():
    """Forget the texts and addresses of attempts of 30 days ago, and traces of yesterday. Hourly; safe to run
    twice; 100 rows at a time.

    Nothing is caught up, so that a clock that is wrong for a minute forgets nothing.
    """
    old = Attempt.at <= clock.now() - settings.spam.keep_days * DAY
    db.delete_in_chunks(Held, Held.attempt.in_(Attempt.select(Attempt.id).where(old)), CHUNK)
    while _forget_some(old & ((Attempt.added != '') | (Attempt.address != '') | Attempt.verdict.in_(OPEN))):
        pass
    db.delete_in_chunks(FirstEdit, FirstEdit.told_at <= clock.now() - DAY, CHUNK)
    db.delete_in_chunks(Trace, Trace.at <= clock.now() - DAY, CHUNK)
    db.delete_in_chunks(Word, classifier.rare(), CHUNK)


def _forget_some(which):
    """Whether there may be more."""
    with db.atomic():
        some = [row.id for row in Attempt.select(Attempt.id).where(which).limit(CHUNK)]
        Attempt.update(verdict=CLOSED).where(Attempt.id.in_(some), Attempt.verdict.in_(OPEN)).execute()
        Attempt.update(added='', address='', agent='').where(Attempt.id.in_(some)).execute()
    return len(some) == CHUNK


def _submit(verdict, **about):
    if settings.spam.akismet_key:
        akismet.ask('submit-spam' if verdict == SPAM else 'submit-ham',
                    akismet.about(SimpleNamespace(**about)))


def _new_text(revision):
    """What a revision added to the one before it."""
    before = Revision.get_or_none(Revision.id == revision.based_on_id)
    added, _ = added_lines(before.content if before else '', revision.content)
    new_title = '' if before and before.title == revision.title else revision.title
    return '\n'.join(filter(None, [added, new_title, revision.comment]))
