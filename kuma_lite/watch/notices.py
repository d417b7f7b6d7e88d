"""The mail about an edit: what it says, and who gets it."""
from urllib.parse import quote

from kuma_lite import diffs, text
from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient
from kuma_lite.watch.models import Watch
from kuma_lite.web.addresses import absolute, docs_url, with_query
from kuma_lite.wiki import access
from kuma_lite.wiki.models import Revision

DIFF_LIMIT = 100_000    # bytes of a diff that a mail carries


def notice(revision):
    """What the mail about a revision says, as arguments of `mail.actions.post`. Computes a diff."""
    previous = Revision.get_or_none(Revision.id == revision.based_on_id)
    return {
        'key': f'revision:{revision.id}',
        'subject': _subject(revision),
        'text': '\n\n'.join(part for part in _parts(previous, revision) if part),
        'headers': {'X-Kuma-Editor': editor_name(revision), 'X-Kuma-Page': revision.page.path,
                    'X-Kuma-Title': revision.title},
        'recipients': recipients(revision),
    }


def recipients(revision):
    """Everybody who watched the page when it was edited, may read it now and is not the author."""
    author, page = revision.author, revision.page
    own_address = author.email.lower() if author else ''
    return [_recipient(watch, page) for watch in Watch.as_of(page, revision.created_at)
            if watch.person_id != revision.author_id and watch.person.email.lower() != own_address
            and access.may(watch.person, access.VIEW, page)]


def unsubscribe_link(watch):
    return absolute(with_query(f'/unsubscribe/{watch.id}', key=watch.secret))


def editor_name(revision):
    return revision.author.name if revision.author else 'somebody without an account'


def _recipient(watch, page):
    link = unsubscribe_link(watch)
    footer = (f'You get this mail because {watch.person.name} watches the page "{page.title}" '
              f'on {settings.site.name}.\nTo stop it: {link}')
    return Recipient(watch.person.email, footer, {
        'List-Unsubscribe': f'<{link}>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'})


def _subject(revision):
    return f'[{settings.site.name}] Page "{revision.title}" changed by {editor_name(revision)}'


def _parts(previous, revision):
    at = text.exact(revision.created_at, settings.site.timezone)
    yield f'{editor_name(revision)} changed the page "{revision.title}" ({revision.page.path})\nat {at}.'
    if revision.minor:
        yield 'It is a minor edit.'
    if revision.comment:
        yield f'Comment: {revision.comment}'
    if previous and previous.title != revision.title:
        yield f'The title was "{previous.title}".'
    yield _differences(previous, revision)
    yield _links(previous, revision)


def _differences(previous, revision):
    lines = diffs.unified(previous.content if previous else '', revision.content,
                              f'revision {previous.id}' if previous else 'nothing', f'revision {revision.id}')
    return _cut(lines) or 'The text is the same.'


def _cut(lines):
    """The lines up to DIFF_LIMIT bytes in all."""
    kept, size = [], 0
    for line in lines:
        size += len(line.encode('utf-8')) + 1
        if size > DIFF_LIMIT:
            return '\n'.join([*kept, '… the rest is too long for a mail; the links below lead to all of it.'])
        kept.append(line)
    return '\n'.join(kept)


def _links(previous, revision):
    path, author = revision.page.path, revision.author
    links = {'The page': docs_url(path), 'Its history': docs_url(path, 'history')}
    if previous:
        links['The comparison'] = f'{docs_url(path, "compare")}?from={previous.id}&to={revision.id}'
    if author:
        links['The editor'] = '/users/' + quote(author.name, safe='')
    return '\n'.join(f'{what + ":":<16}{absolute(address)}' for what, address in links.items())
