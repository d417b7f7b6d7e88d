"""Mails about attempts, as arguments of `mail.actions.post`."""
from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient
from kuma_lite.web.addresses import absolute, docs_url

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
    return f'{at}: {who}, {attempt.path} ({attempt.outcome}). {attempt.why}'


def _moderators():
    people = Person.select().where(Person.role.in_(('moderator', 'admin')), Person.active)
    return [Recipient(person.email) for person in people]
