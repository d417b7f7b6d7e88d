"""What has happened to one page, told in a mail: as text and, with changed words, as HTML; and why a
reader is told."""
from typing import NamedTuple
from urllib.parse import quote

from kuma_lite import diffs, text
from kuma_lite.config import settings
from kuma_lite.diffs.words import Piece, shown
from kuma_lite.watch import topics
from kuma_lite.watch.models import CREATED, DELETED
from kuma_lite.web.addresses import absolute, docs_url, with_query
from kuma_lite.wiki.models import Page, Revision

NOBODY = 'somebody without an account'
LONGEST_LINE = 1000 # characters of a line of a new page: what is long is often one line
MOST_NEWS = 30      # edits of one page that one mail tells one by one
MOST_IDS = 40       # watches that one link ends: it has to fit into a header
TOO_LONG = '… the rest is too long for a mail; the links below lead to all of it.'


class Story(NamedTuple):
    """What happened to one page, as far as one mail tells it."""
    page: Page
    news: list                  # News in order, at least one
    old: Revision | None        # the page before all that
    new: Revision | None        # and after it; None where nothing is compared

    @property
    def last(self):
        return self.news[-1]

    @property
    def is_new(self):
        return self.news[0].kind == CREATED

    def newest(self):
        """The news that are told one by one."""
        return self.news[-MOST_NEWS:]

    def earlier(self):
        """How many are not."""
        return len(self.news) - len(self.newest())

    def authors(self):
        """Whose doing it was: "edda", "edda, mona and 2 others"."""
        names = list(dict.fromkeys(who(news) for news in self.news))
        if len(names) > 3:
            names[2:] = [f'{len(names) - 2} others']
        return names[0] if len(names) == 1 else f'{", ".join(names[:-1])} and {names[-1]}'

    def old_title(self):
        """The title that the page had, if it has another now."""
        return self.old.title if self.old and self.new and self.old.title != self.new.title else ''

    def changed_tags(self):
        """"added drink; removed tea", '' if none have changed."""
        if not self.new:
            return ''
        old, new = self.old.tag_names() if self.old else [], self.new.tag_names()
        changes = {'added': [tag for tag in new if tag not in old],
                   'removed': [tag for tag in old if tag not in new]}
        return '; '.join(f'{what} {", ".join(names)}' for what, names in changes.items() if names)

    def links(self):
        """{words: local address}"""
        path, person = self.page.path, self.last.person
        found = {'The page': docs_url(path)}
        if self.last.kind != DELETED:
            found['Its history'] = docs_url(path, 'history')
        if self.old and self.new:
            between = {'from': self.old.id, 'to': self.new.id}
            found['The comparison'] = with_query(docs_url(path, 'compare'), **between)
        if person:
            found['The editor'] = '/users/' + quote(person.name, safe='')
        return found


def of(news, with_texts=True):
    """The Story of news about one page. Reads two texts, unless it shall only name what happened."""
    edits = [one for one in news if one.is_edit]
    page = news[-1].page
    if not edits or news[-1].kind == DELETED or not with_texts:
        return Story(page, news, None, None)
    return Story(page, news, Revision.get_or_none(Revision.id == edits[0].revision.based_on_id),
                 Revision.get_by_id(edits[-1].revision_id))


def who(news):
    return news.person.name if news.person else NOBODY


def when(news):
    return text.exact(news.at, settings.site.timezone)


def as_text(story, limit):
    """The story as plain text, its differences cut after so many bytes."""
    parts = [*_events(story), _differences(story, limit), _links(story)]
    return '\n\n'.join(part for part in parts if part)


def _events(story):
    where = f'the page "{story.page.title}" ({story.page.path})'
    if len(story.news) == 1:
        yield f'{who(story.last)} {story.last.kind} {where}\nat {when(story.last)}.'
        yield 'It is a minor edit.' if story.last.is_minor else ''
        yield _remark(story.last)
    else:
        yield f'{where[:1].upper()}{where[1:]} was changed {len(story.news)} times:'
        yield '\n'.join([*_left_out(story), *(f'* {when(news)}: {who(news)} {news.kind} it. {_remark(news)}'
                                              .strip() for news in story.newest())])
    yield f'The title was "{story.old_title()}".' if story.old_title() else ''
    yield f'Tags: {story.changed_tags()}.' if story.changed_tags() else ''


def _left_out(story):
    if story.earlier():
        yield f'({story.earlier():,} times before these)'


def _remark(news):
    if news.is_edit:
        return f'Comment: {news.revision.comment}' if news.revision.comment else ''
    return f'Reason: {news.reason}' if news.reason else ''


def _differences(story, limit):
    if story.new is None:
        return ''
    old, new = story.old, story.new
    if old is None:
        return _cut((f'+{_shortened(line)}' for line in new.content.split('\n')), limit)
    lines = diffs.unified(old.content, new.content, f'revision {old.id}', f'revision {new.id}')
    return _cut(lines, limit) or 'The text is the same.'


def _shortened(line):
    return line if len(line) <= LONGEST_LINE else f'{line[:LONGEST_LINE]}…'


def _cut(lines, limit):
    """The lines up to so many bytes in all."""
    kept, size = [], 0
    for line in lines:
        size += len(line.encode('utf-8')) + 1
        if size > limit:
            return '\n'.join([*kept, TOO_LONG])
        kept.append(line)
    return '\n'.join(kept)


def _links(story):
    return '\n'.join(f'{what + ":":<16}{absolute(address)}' for what, address in story.links().items())


def diff_lines(story, limit):
    """The differences for HTML: [(kind, pieces), …], where a kind is 'same', 'removed', 'added', 'fold' or
    'note', and pieces are diffs' Pieces. Cut after about so many characters."""
    lines, size = [], 0
    for kind, pieces in _all(story.new) if story.old is None else _changes(story.old, story.new):
        size += 90 + sum(len(piece) + 20 for _, piece in pieces)    # with its HTML
        if size > limit:
            return [*lines, ('note', [Piece(False, TOO_LONG)])]
        lines.append((kind, pieces))
    return lines


def _all(revision):
    for line in revision.content.split('\n'):
        yield 'added', shown([Piece(False, line)])


def _changes(old, new):
    found = diffs.compare(old.content, new.content, unified=True)
    if not found.stretches:
        sentence = 'The text is the same.' if found.kind == 'same' else 'Too much is different for a mail.'
        yield 'note', [Piece(False, sentence)]
    for stretch in found.stretches:
        if stretch.folded:
            plural = '' if stretch.folded == 1 else 's'
            yield 'fold', [Piece(False, f'… {stretch.folded:,} unchanged line{plural} …')]
            continue
        for row in stretch.rows:
            if row.same:
                yield 'same', row.new[0].pieces
                continue
            yield from (('removed', line.pieces) for line in row.old)
            yield from (('added', line.pieces) for line in row.new)


def stop_link(watches):
    """The address that ends these watches of one person."""
    first, others = watches[0], '.'.join(str(watch.id) for watch in watches[1:MOST_IDS])
    return absolute(with_query(f'/unsubscribe/{first.id}', key=first.secret, also=others or None))


def farewell(person, watches, page):
    """(footer, headers): why a person hears of this page, and how to stop it."""
    link = stop_link(watches)
    said = [topics.words(watch.topic, page.title) for watch in watches]
    if len(watches) == 1:
        footer = (f'You get this mail because {person.name} watches {said[0]} on {settings.site.name}.\n'
                  f'To stop it: {link}')
    else:
        each = '\n'.join(f'* {words}; to stop it: {stop_link([watch])}'
                         for words, watch in zip(said, watches, strict=True))
        footer = (f'You get this mail because {person.name} watches on {settings.site.name}:\n{each}\n'
                  f'To stop all of these: {link}')
    return f'{footer}\n{_how_often()}', _stop_headers(link)


def farewell_to_digest(preference):
    """The same for a mail about all that a person watches."""
    link = absolute(with_query(f'/unsubscribe/all/{preference.id}', key=preference.secret))
    footer = (f'You get this mail because {preference.person.name} watches pages on {settings.site.name} and '
              f'wants to hear of them {preference.frequency}.\nTo stop all mails: {link}')
    return f'{footer}\n{_how_often()}', _stop_headers(link)


def _how_often():
    return f'How often you get mail: {absolute("/watches")}'


def _stop_headers(link):
    return {'List-Unsubscribe': f'<{link}>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'}


def headers(story):
    """What programs can sort by."""
    return {'X-Kuma-Editor': story.authors(), 'X-Kuma-Page': story.page.path,
            'X-Kuma-Title': story.new.title if story.new else story.page.title}
