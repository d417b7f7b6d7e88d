"""How a page gets into the index and out of it. The index row is made before the transaction."""
import json
from itertools import islice
from typing import NamedTuple

from kuma_lite import db
from kuma_lite.search import words
from kuma_lite.search.models import LONGEST, SHORTEST, Entry, Word
from kuma_lite.wiki.models import Page

# Each different word is a few rows that are written in one transaction: these take a fifth of a second.
MOST = 50_000       # different words of one page that the index takes in; what comes after them is not found
# Words of one page that are remembered for their spelling: the first, from the title on. A text of 15,000
# words has no more, and the beginning of a longer one says what it is about. All are found as written.
SPELLED = 3_000


class Row(NamedTuple):
    """A page as the index holds it."""
    title: str
    tokens: tuple       # of title, headings and text, each as one string
    spelled: str        # JSON: the words to remember


def refresh(page_id):
    """Make the index say what the page says now, if it says anything. May be called again at any time.

    If it is edited meanwhile, nothing is written: that edit has called for this as well.
    """
    page = Page.standing(page_id)
    row = page and _row(page)
    with db.atomic(retraceable=True):
        if _current(page_id) == (page and page.current_id):
            _remove(page_id)
            if row:
                _add(page_id, row)


def _current(page_id):
    row = db.database.execute_sql('SELECT current_id FROM page WHERE id = ? AND key IS NOT NULL',
                                  (page_id,)).fetchone()
    return row and row[0]


def remove_strangers():
    """Take out of the index what is no page any more."""
    gone = [page_id for page_id, in db.database.execute_sql(
        'SELECT rowid FROM search_index WHERE rowid NOT IN (SELECT id FROM page WHERE key IS NOT NULL)')]
    for page_id in gone:
        refresh(page_id)


def forget_words(size):
    """Forget the words that no page has any more, yielding after each so many that were looked up."""
    for some in Word.chunks(size):
        unused = Word.unused(some)
        if unused:
            with db.atomic(retraceable=True):       # asked again: a page may have brought one back
                Word.delete().where(Word.word.in_(Word.unused(unused))).execute()
        yield


def chunks(size):
    """[(first, last), …]: the ids of all pages, so many at a time."""
    ids = [page_id for page_id, in Page.standing_ids().tuples()]
    return [(ids[at], ids[min(at + size, len(ids)) - 1]) for at in range(0, len(ids), size)]


def pages_between(first, last):
    return [page_id for page_id, in
            Page.standing_ids().where(Page.id.between(first, last)).tuples()]


def _row(page):
    text = _within(words.tokens(words.plain(page.html)))
    headings = words.tokens('\n'.join(heading for _, _, heading in page.outline()))
    title = words.tokens(page.title)
    tokens = words.heads(title), words.heads(headings), text
    return Row(' '.join(words.runs(page.title)), tuple(map(' '.join, tokens)),
               json.dumps(_spelled([*title, *text]), ensure_ascii=False))


def _spelled(tokens):
    """The words to remember of a page."""
    spelled = (word for word in dict.fromkeys(tokens)
               if SHORTEST <= len(word) <= LONGEST and not words.is_unspaced(word))
    return list(islice(spelled, SPELLED))


def _within(tokens):
    """The tokens up to the last different one that is taken in."""
    if len(tokens) <= MOST:
        return tokens
    seen = set()
    for number, token in enumerate(tokens):
        seen.add(token)
        if len(seen) > MOST:
            return tokens[:number]
    return tokens


def _add(page_id, row):
    execute = db.database.execute_sql
    execute('INSERT INTO search_index (rowid, title, headings, text) VALUES (?, ?, ?, ?)',
            (page_id, *row.tokens))
    execute('INSERT OR IGNORE INTO search_word (word) SELECT value FROM json_each(?)', (row.spelled,))
    Entry.insert(page=page_id, title=row.title).execute()


def _remove(page_id):
    db.database.execute_sql('DELETE FROM search_index WHERE rowid = ?', (page_id,))
    Entry.delete().where(Entry.page == page_id).execute()
