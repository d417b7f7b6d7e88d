"""The mails: about one page, or about all that a reader watches. Each as arguments of `mail.actions.post`,
without recipients. They compute differences: never inside a transaction."""
from kuma_lite.config import settings
from kuma_lite.watch import stories
from kuma_lite.watch.models import DELETED, RESTORED
from kuma_lite.web.templates import render_for_mail

DIFF_LIMIT = 100_000    # bytes of differences that the text of a mail carries
HTML_LIMIT = 60_000     # characters of HTML for them: some mail programs show about 100,000
MOST_TOLD = 40          # pages of a digest whose differences are shown; others are only named


def of_one(news):
    """The mail that everybody gets at once."""
    return of_page(news.key, stories.of([news]))


def of_page(key, story):
    """The mail about what has happened to one page."""
    return {'key': key, 'subject': _subject(story), 'text': stories.as_text(story, DIFF_LIMIT),
            'html': _html([story], HTML_LIMIT), 'thread': f'page:{story.page.id}',
            'headers': stories.headers(story)}


def of_digest(key, told, person, frequency):
    """The mail about several pages; `told` is a Story for each."""
    pages = 'page has' if len(told) == 1 else 'pages have'
    subject = f'[{settings.site.name}] {frequency.capitalize()} mail: {len(told):,} {pages} changed'
    share = max(len(told[:MOST_TOLD]), 1)
    texts = [stories.as_text(story, DIFF_LIMIT // share) for story in told]
    return {'key': key, 'subject': subject, 'text': f'\n\n{"=" * 70}\n\n'.join(texts),
            'html': _html(told, HTML_LIMIT // share), 'thread': f'digest:{person.id}', 'headers': {}}


def _subject(story):
    site, title = settings.site.name, story.page.title
    if story.new:
        title = story.new.title
    if story.is_new and story.last.kind != DELETED:
        return f'[{site}][New] Page "{title}" created by {story.authors()}'
    done = story.last.kind if story.last.kind in (DELETED, RESTORED) else 'changed'
    by = stories.who(story.last) if done != 'changed' else story.authors()
    return f'[{site}] Page "{title}" {done} by {by}'


def _html(told, limit):
    return render_for_mail('watch/mail.html', stories=told, who=stories.who, limit=limit,
                           lines=stories.diff_lines)
