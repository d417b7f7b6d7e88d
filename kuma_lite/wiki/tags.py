"""Tags: words that pages are found by. `parse` reads what people type, `replace` is the only writer."""
import re
import unicodedata

from peewee import JOIN, fn

from kuma_lite import text
from kuma_lite.statements import Statement, slot
from kuma_lite.wiki import protection
from kuma_lite.wiki.models import PageTag, Tag

MOST = 20       # tags of one page
LONGEST = 50    # characters of one
JOINER = re.compile(r'(?<=\S)[\u200c\u200d](?=\S)')    # in Persian words, and between the parts of some emoji


OF_PAGE = Statement(lambda: Tag.select().join(PageTag).where(PageTag.page == slot('page')).order_by(Tag.key))


def parse(words):
    """The tags in "Tea, Green tea", each once. Raises ValueError with a sentence for people."""
    if len(words) > 4 * MOST * LONGEST:     # the rest is not worth the time
        raise ValueError(f'A page can have {MOST} tags of {LONGEST} characters each.')
    names = [' '.join(unicodedata.normalize('NFC', word).split()) for word in words.split(',')]
    found = {}
    for name in filter(None, names):
        _check(name)
        found.setdefault(key(name), name)
    if len(found) > MOST:
        raise ValueError(f'A page can have {MOST} tags; these are {len(found)}.')
    return list(found.values())


def key(name):
    """What all spellings of a tag have in common."""
    name = JOINER.sub('', name)
    return ' '.join(unicodedata.normalize('NFKC', unicodedata.normalize('NFKC', name).casefold()).split())


def _check(name):
    if len(name) > LONGEST:
        raise ValueError(f'The tag “{name[:LONGEST]}…” is too long; a tag can have {LONGEST} characters.')
    if {'.', '..'} & set(name.split('/')):      # browsers make another address of it
        raise ValueError('A tag cannot be “.” or “..”.')
    shown = JOINER.sub('', name)
    kinds = {unicodedata.category(character) for character in shown}
    is_seen = any(kind[0] in 'LNPS' for kind in kinds)
    if not is_seen or kinds & text.UNSEEN or set(text.INVISIBLE) & set(shown):
        raise ValueError(f'The tag “{text.legible(name)}” contains a character that cannot be seen; '
                         'please type it again.')


def of(page):
    """The tags of a page, as Tag rows by name."""
    return OF_PAGE.all(page=page.id)


def listed(person):
    """The tags of the pages that a person may read, by name; `uses` counts those pages."""
    hidden = (protection.hidden(person).select(PageTag.tag, fn.count(PageTag.id).alias('pages'))
              .join(PageTag, JOIN.CROSS)    # so that SQLite begins with what is hidden: mostly nothing
              .where(PageTag.page == protection.Restriction.page).group_by(PageTag.tag))
    uses = Tag.uses - fn.coalesce(hidden.c.pages, 0)
    return (Tag.select(Tag.id, Tag.key, Tag.name, uses.alias('uses'))
            .join(hidden, JOIN.LEFT_OUTER, on=hidden.c.tag_id == Tag.id).where(uses > 0).order_by(Tag.key))


def named(name, person):
    """The Tag of this name, however it is spelled; None if no page has it that the person may read."""
    found = Tag.get_or_none(Tag.key == key(name))
    readable = protection.readable(person, PageTag.page)
    return found if found and PageTag.select().where(PageTag.tag == found, readable).exists() else None


def replace(page, names):
    """Make `names`, which `parse` gave, the tags of the page; in the caller's transaction.

    Whoever deletes a page calls it first with no names: each tag knows how many pages it has.
    """
    had = {tag.key: tag for tag in of(page)}
    wanted = {key(name): name for name in names}
    for gone in had.keys() - wanted.keys():
        _remove(page, had[gone])
    for new in wanted.keys() - had.keys():
        _add(page, new, wanted[new])


def _add(page, tag_key, name):
    tag, _ = Tag.get_or_create(key=tag_key, defaults={'name': name})
    PageTag.create(page=page, tag=tag)
    Tag.update(uses=Tag.uses + 1).where(Tag.id == tag.id).execute()


def _remove(page, tag):
    PageTag.delete().where(PageTag.page == page, PageTag.tag == tag).execute()
    Tag.update(uses=Tag.uses - 1).where(Tag.id == tag.id).execute()
    Tag.delete().where(Tag.id == tag.id, Tag.uses == 0).execute()
