"""Mails about attempts, as arguments of `mail.actions.post`."""
from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient
from kuma_lite.web.addresses import absolute, docs_url
from kuma_lite.wiki import protection

MOST = 50       # attempts that one mail names
QUIET = 600     # seconds between two mails


def about(attempts):
    """The mail to moderators: what was stopped."""
    count = len(attempts)
    what = 'An edit waits' if count == 1 else f'{count:,} edits wait'
    lines = [f'{what} for a moderator: {absolute("/spam/attempts")}', '', *map(_line, attempts[:MOST])]
    if count > MOST:
        lines.append(f'… and {count - MOST:,} more.')
    return {'key': f'attempts:{attempts[0].id}-{attempts[-1].id}',
            'subject': f'[{settings.site.name}] {what} for a moderator',
            'text': '\n'.join(lines), 'recipients': _moderators()}


def about_first(edits):
    """The mail to moderators: who has edited for the first time, as FirstEdits."""
    revisions = [edit.revision for edit in edits]
    count, one = len(revisions), revisions[0]
    what = (f'{one.author.name} has edited for the first time: "{one.title}"' if count == 1 else
            f'{count:,} people have edited for the first time')
    lines = [f'{what}.', '', *map(_first_line, revisions[:MOST])]
    if count > MOST:
        lines.append(f'… and {count - MOST:,} more: {absolute("/dashboards/revisions")}')
    return {'key': f'first-edits:{edits[0].id}-{edits[-1].id}', 'subject': f'[{settings.site.name}] {what}',
            'text': '\n'.join(lines), 'recipients': _moderators()}


def _first_line(revision):
    """What it changed stands behind the link, with the buttons that say whether it is spam."""
    at = text.exact(revision.created_at, settings.site.timezone)
    where = absolute(docs_url(revision.page.path, f'verdict/{revision.id}'))
    return f'{at}: {revision.author.name}, {revision.page.path}\n{where}'


def published(attempt):
    """The mail to the author of an edit that is published now."""
    path = attempt.path
    return {'key': f'attempt:{attempt.id}',
            'subject': f'[{settings.site.name}] Your edit of "{attempt.title}" is published',
            'text': f'A moderator has looked at your edit; it is published.\n\n{absolute(docs_url(path))}',
            'recipients': [Recipient(attempt.person.email)]}


def _line(attempt):
    who = attempt.person.name if attempt.person else 'somebody without an account'
    at = text.exact(attempt.at, settings.site.timezone)
    why = attempt.why if protection.of(attempt.path).readers <= protection.MODERATORS else ''
    return f'{at}: {who}, {attempt.path} ({attempt.outcome}). {why}'.strip()


def _moderators():
    people = Person.moderators()
    return [Recipient(person.email) for person in people]
