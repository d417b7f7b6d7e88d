"""The tables of the search: the index itself, the titles in it, and every word that it has seen.

Only SQLite speaks FTS5, so this feature writes its SQL by hand.
"""
import json

from peewee import ForeignKeyField, TextField
from playhouse.sqlite_ext import FTS5Model, SearchField

from kuma_lite import db
from kuma_lite.db import BaseModel
from kuma_lite.search import words
from kuma_lite.wiki.models import Page

CANDIDATES = 1_000      # pages that are ranked; of words that stand on more of them, the newest
WEIGHTS = '10.0, 4.0, 1.0'      # of a word in the title, in a heading, in the text
SPELLED = 50            # words that a part of a word can stand for
SHORTEST, LONGEST = 3, 30       # letters of a word that is remembered for its spelling

RANKED = f'''
    SELECT id FROM (SELECT rowid AS id, bm25(search_index, {WEIGHTS}) AS score FROM search_index
                    WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT {CANDIDATES})
    ORDER BY score, id LIMIT ?'''


class Index(FTS5Model):
    """The words of each page, folded and cut by `words`; `rowid` is the id of the page. It does not keep the
    texts, which stand in `page.html`."""
    title = SearchField()
    headings = SearchField()
    text = SearchField()

    class Meta:
        database = db.database
        table_name = 'search_index'
        options = {'content': '', 'contentless_delete': 1, 'prefix': [2, 3], 'tokenize': 'ascii'}

    @classmethod
    def ranked(cls, expression, limit):
        """The ids of the pages that an FTS5 expression finds, the best first."""
        return [page_id for page_id, in db.database.execute_sql(RANKED, (expression, limit))]

    @classmethod
    def count(cls, expression, most):
        """How many pages there are, counted up to `most`."""
        sql = 'SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)'
        return db.database.execute_sql(sql, (expression, most)).fetchone()[0]


class Entry(BaseModel):
    """A page that the index holds."""
    page = ForeignKeyField(Page, primary_key=True, on_delete='CASCADE')
    title = TextField(index=True)       # its words, folded

    class Meta:
        table_name = 'search_entry'

    @classmethod
    def titled(cls, title, limit):
        """The ids of the pages with just this title."""
        return [page_id for page_id, in cls.select(cls.page).where(cls.title == title).limit(limit).tuples()]

    @classmethod
    def beginning(cls, title, limit):
        """The ids of the pages whose titles begin so, in the order of their titles."""
        rows = db.database.execute_sql('SELECT page_id FROM search_entry WHERE title >= ? AND title < ? '
                                       'ORDER BY title LIMIT ?', (title, f'{title}\U0010ffff', limit))
        return [page_id for page_id, in rows]


class Word(BaseModel):
    """A word that some page has or had: what a part of a word, or a misspelt one, may mean."""
    word = TextField(primary_key=True)

    class Meta:
        table_name = 'search_word'
        without_rowid = True

    @classmethod
    def around(cls, part):
        """Words that have this part in them, the shortest first."""
        rows = db.database.execute_sql('SELECT word FROM search_word WHERE instr(word, ?) '
                                       'ORDER BY length(word), word LIMIT ?', (part, SPELLED))
        return [word for word, in rows]

    @classmethod
    def near(cls, word):
        """Words that differ from this one in one letter, or in two that changed places."""
        rows = db.database.execute_sql('SELECT word FROM search_word WHERE word IN '
                                       '(SELECT value FROM json_each(?))', (json.dumps(words.slips(word)),))
        return [other for other, in rows]
