"""The tables of the search: the index itself, the titles in it, and every word that it has seen.

Only SQLite speaks FTS5, so this feature writes its SQL by hand.
"""
import json
from itertools import islice

from peewee import ForeignKeyField, TextField
from playhouse.sqlite_ext import FTS5Model, SearchField

from kuma_lite import db
from kuma_lite.db import BaseModel
from kuma_lite.search import words
from kuma_lite.wiki.models import Page
from kuma_lite.wiki.protection import readable, readable_sql

CANDIDATES = 1_000      # pages that are ranked
WEIGHTS = '10.0, 4.0, 1.0'      # of a word in the title, in a heading, in the text
SPELLED = 50            # words that a part of a word, or a misspelt one, can stand for
READ = 50_000           # words that are looked through for parts of words
TRIED = 1_000           # of them, those with a part among which the shortest are chosen
SHORTEST, LONGEST = 3, 30       # letters of a word that is remembered for its spelling

# Beginnings with so many letters are found like words; longer ones cost what all words with them have places.
# 4 and 5 make the index a quarter larger and a save 0.05 ms slower (100 ms if it has 50,000 different words);
# with them, a beginning that half of 50,000 pages have takes 0.2 ms, not 20.
PREFIXES = [2, 3, 4, 5]

# {readable}: what says that somebody may read a page, see `wiki.protection`. All that is found is found for a
# person: the words of a page are no less secret than the page.
NEWEST = '''
    SELECT rowid FROM search_index WHERE search_index MATCH ? AND {readable} ORDER BY rowid DESC LIMIT ?'''
RANKED = f'''
    SELECT id FROM (SELECT rowid AS id, bm25(search_index, {WEIGHTS}) AS score FROM search_index
                    WHERE search_index MATCH ? AND {{readable}} ORDER BY rowid DESC LIMIT {CANDIDATES})
    ORDER BY score, id LIMIT ?'''
COUNT = 'SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? AND {readable} LIMIT ?)'
BEGINNING = '''
    SELECT page_id FROM search_entry WHERE title >= ? AND title < ? AND {readable}
    ORDER BY title, page_id LIMIT ?'''
SEEN_FIRST = '''
    SELECT group_concat(word, char(10)) FROM (SELECT word FROM search_word ORDER BY id LIMIT ?)'''
UNUSED = '''
    SELECT value FROM json_each(?)
    WHERE NOT EXISTS (SELECT 1 FROM search_index WHERE search_index MATCH '"' || value || '"')'''


class Index(FTS5Model):
    """The words of each page, folded and cut by `words`; `rowid` is the id of the page. It does not keep the
    texts, which stand in `page.html`."""
    title = SearchField()
    headings = SearchField()
    text = SearchField()

    class Meta:
        database = db.database
        table_name = 'search_index'
        options = {'content': '', 'contentless_delete': 1, 'prefix': PREFIXES, 'tokenize': 'ascii'}

    @classmethod
    def ranked(cls, expression, limit, person=None):
        """The ids of the pages that an FTS5 expression finds for a person, the best first; of too many, the
        best of the newest. Takes the longer the more pages have one of the words: `bm25` counts them."""
        return cls._ids(RANKED, expression, limit, person)

    @classmethod
    def newest(cls, expression, limit, person=None):
        """The ids of the pages that it finds, the newest first; those behind them cost nothing."""
        return cls._ids(NEWEST, expression, limit, person)

    @classmethod
    def _ids(cls, sql, expression, limit, person):
        sql = sql.format(readable=readable_sql(person, 'search_index.rowid'))
        return [page_id for page_id, in db.database.execute_sql(sql, (expression, limit))]

    @classmethod
    def count(cls, expression, most, person=None):
        """How many pages there are, counted up to `most`."""
        sql = COUNT.format(readable=readable_sql(person, 'search_index.rowid'))
        return db.database.execute_sql(sql, (expression, most)).fetchone()[0]

    @classmethod
    def cost(cls, expression):
        """How many places `ranked` counts at most: as if every page had each word, beginning and phrase."""
        most = db.database.execute_sql('SELECT max(page_id) FROM search_entry').fetchone()[0] or 0
        return most * (expression.count('"') // 2)


class Entry(BaseModel):
    """A page that the index holds."""
    page = ForeignKeyField(Page, primary_key=True, on_delete='CASCADE')
    title = TextField(index=True)       # its words, folded

    class Meta:
        table_name = 'search_entry'

    @classmethod
    def titled(cls, title, limit, person=None):
        """The ids of the pages with just this title."""
        found = (cls.title == title) & readable(person, cls.page)
        rows = cls.select(cls.page).where(found).order_by(cls.page).limit(limit)
        return [page_id for page_id, in rows.tuples()]

    @classmethod
    def beginning(cls, title, limit, person=None):
        """The ids of the pages whose titles begin so, in the order of their titles."""
        sql = BEGINNING.format(readable=readable_sql(person, 'search_entry.page_id'))
        rows = db.database.execute_sql(sql, (title, f'{title}\U0010ffff', limit))
        return [page_id for page_id, in rows]


class Word(BaseModel):
    """A word that some page has, or had yesterday: what a part of a word, or a misspelt one, may mean.

    They stand in the order in which they were seen: a wiki's common words are among the first, and what
    somebody pours into it comes behind them.
    """
    word = TextField(unique=True)

    class Meta:
        table_name = 'search_word'

    @classmethod
    def around(cls, parts):
        """{part: words that have it in them, the shortest first}, of the `READ` words that were seen first.

        One pass for all parts, in which SQLite only hands over the text: 10 ms for so many words.
        """
        text = f'{db.database.execute_sql(SEEN_FIRST, (READ,)).fetchone()[0] or ""}\n'
        return {part: sorted(islice(_lines(text, part), TRIED), key=lambda word: (len(word), word))[:SPELLED]
                for part in parts}

    @classmethod
    def near(cls, word):
        """Words that differ from this one in one letter, or in two that changed places."""
        rows = db.database.execute_sql(
            'SELECT word FROM search_word WHERE word IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?',
            (json.dumps(words.slips(word)), SPELLED))
        return [other for other, in rows]

    @classmethod
    def chunks(cls, size):
        """All words, so many at a time."""
        last, chunk = 0, True
        while chunk:
            chunk = list(cls.select().where(cls.id > last).order_by(cls.id).limit(size))
            last = chunk[-1].id if chunk else last
            yield [row.word for row in chunk]

    @classmethod
    def unused(cls, some):
        """Those of these words that the index finds on no page."""
        return [word for word, in db.database.execute_sql(UNUSED, (json.dumps(some),))]


def _lines(text, part):
    """The lines that have this part in them."""
    at = text.find(part)
    while at >= 0:
        start, stop = text.rfind('\n', 0, at) + 1, text.find('\n', at)
        yield text[start:stop]
        at = text.find(part, stop)
