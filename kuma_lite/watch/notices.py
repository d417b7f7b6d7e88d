"""The mails: about one page, or about all that a reader watches. Each as arguments of `mail.actions.post`,
without recipients. They compute differences: never inside a transaction."""
from kuma_lite.config import settings
from kuma_lite.watch import stories
from kuma_lite.watch.models import DELETED, RESTORED
from kuma_lite.web.addresses import absolute
from kuma_lite.web.templates import render_for_mail

THREAD = 'page:'        # what the name of the thread of a page's mails begins with; then comes its id
DIFF_LIMIT = 100_000    # bytes of differences that the text of a mail carries
HTML_LIMIT = 60_000     # characters of HTML for them: some mail programs show about 100,000
MOST_NAMED = 300        # pages of a digest that are named; of the others it only says how many there are
MOST_TOLD = 40          # pages of a digest whose differences are shown; others are only named


def of_one(news):
    """The mail that everybody gets at once."""
    return of_page(news.key, stories.of([news]))


def of_page(key, story):
    """The mail about what has happened to one page."""
    return {'key': key, 'subject': _subject(story), 'text': stories.as_text(story, DIFF_LIMIT),
            'html': _html([story], HTML_LIMIT), 'thread': thread_of(story.page.id),
            'headers': stories.headers(story)}


def thread_of(page_id):
    """The thread of the mails about a page."""
    return f'{THREAD}{page_id}'


def page_of(thread):
    """The id of the page whose mails are in a thread, None if it is another kind of thread."""
    return int(thread.removeprefix(THREAD)) if thread.startswith(THREAD) else None


def of_digest(key, told, person, frequency):
    """The mail about several pages; `told` is a Story for each."""
    pages = 'page has' if len(told) == 1 else 'pages have'
    subject = f'[{settings.site.name}] {frequency.capitalize()} mail: {len(told):,} {pages} changed'
    share = max(len(told[:MOST_TOLD]), 1)
    texts = [stories.as_text(story, DIFF_LIMIT // share) for story in told[:MOST_NAMED]]
    left_out = _left_out(told)
    return {'key': key, 'subject': subject, 'text': f'\n\n{"=" * 70}\n\n'.join([*texts, *left_out]),
            'html': _html(told[:MOST_NAMED], HTML_LIMIT // share, left_out), 'thread': f'digest:{person.id}',
            'headers': {}}


def _left_out(told):
    """[a sentence] about the pages for which a mail has no room."""
    rest = len(told) - MOST_NAMED
    return [f'And {rest:,} more: {absolute("/recent")}'] if rest > 0 else []


def _subject(story):
    site, title = settings.site.name, story.page.title
    if story.new:
        title = story.new.title
    if story.is_new and story.last.kind != DELETED:
        return f'[{site}][New] Page "{title}" created by {story.authors()}'
    done = story.last.kind if story.last.kind in (DELETED, RESTORED) else 'changed'
    by = stories.who(story.last) if done != 'changed' else story.authors()
    return f'[{site}] Page "{title}" {done} by {by}'


def _html(told, limit, left_out=()):
    return render_for_mail('watch/mail.html', stories=told, who=stories.who, limit=limit,
                           lines=stories.diff_lines, left_out=left_out)
