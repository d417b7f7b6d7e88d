"""Pages, revisions and links: how they are read. Only `actions` and `tasks` write them."""
import json

from peewee import JOIN, DoubleField, ForeignKeyField, IntegerField, TextField

from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel


class Page(BaseModel):
    path = TextField()                      # as it was first spelled
    key = TextField(unique=True)            # `text.path_key(path)`: two spellings are one page
    title = TextField()
    current_id = IntegerField(default=0)    # its newest revision; 0 only inside the first save
    created_at = DoubleField()
    updated_at = DoubleField()
    headings = TextField()                  # JSON: [[level, id, text], …]
    html = TextField()                      # last, so that a list of pages need not read past it

    @classmethod
    def at(cls, path):
        """The page at `path`, however it is spelled, or None. ValueError: that is no path."""
        return cls.get_or_none(cls.key == text.path_key(path))

    @classmethod
    def listed(cls):
        """All pages by path, without their text."""
        return cls.select(cls.path, cls.key, cls.title, cls.updated_at).order_by(cls.key)

    @classmethod
    def below(cls, path):
        """The pages below a path, listed; there need not be a page at it."""
        key = text.path_key(path)
        return cls.listed().where(cls.key > f'{key}/', cls.key < f'{key}0')     # "0" follows "/"

    def parents(self):
        """[(path, name, exists), …] of the pages above, from the top; there need not be such pages."""
        segments = self.path.split('/')
        paths = ['/'.join(segments[:depth]) for depth in range(1, len(segments))]
        keys = [text.path_key(path) for path in paths]
        there = {key for key, in Page.select(Page.key).where(Page.key.in_(keys)).tuples()} if keys else ()
        return [(path, text.title_from_path(path), key in there)
                for path, key in zip(paths, keys, strict=True)]

    def current(self):
        return Revision.of(self).where(Revision.id == self.current_id).get()

    def outline(self):
        """[(level, id, text), …] of the headings."""
        return [tuple(heading) for heading in json.loads(self.headings)]


class Revision(BaseModel):
    page = ForeignKeyField(Page, backref='revisions', on_delete='CASCADE')
    based_on_id = IntegerField(null=True)   # the revision that was edited; none for the first
    author = ForeignKeyField(Person, null=True, backref='revisions', on_delete='SET NULL')
    address = TextField(default='')         # the network address it came from
    created_at = DoubleField()
    title = TextField()
    comment = TextField(default='')
    content = TextField()

    @classmethod
    def of(cls, page):
        """The revisions of a page, newest first, each with its author."""
        return (cls.select(cls, Person).join_from(cls, Person, JOIN.LEFT_OUTER)
                .where(cls.page == page).order_by(cls.id.desc()))

    @classmethod
    def listed(cls, page):
        """The same without their text, for lists."""
        columns = (cls.id, cls.page, cls.based_on_id, cls.created_at, cls.title, cls.comment)
        return (cls.select(*columns, cls.author, Person).join_from(cls, Person, JOIN.LEFT_OUTER)
                .where(cls.page == page).order_by(cls.id.desc()))

    @property
    def is_first(self):
        return self.based_on_id is None

    def as_dict(self):
        """What programs get to see of it."""
        return {'path': self.page.path, 'title': self.title, 'content': self.content,
                'comment': self.comment, 'revision': self.id, 'based_on': self.based_on_id,
                'author': self.author and self.author.name, 'saved_at': text.iso(self.created_at)}

    def says(self, title, content):
        return self.title == title and self.content == content


class Link(BaseModel):
    """A page has a link to `target`, the key of a path, whether there is a page or not."""
    page = ForeignKeyField(Page, on_delete='CASCADE')
    target = TextField(index=True)

    class Meta:
        indexes = ((('page', 'target'), True),)
