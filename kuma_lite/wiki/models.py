"""Pages, revisions, links and tags: how they are read. Only `actions` and `tasks` write them."""
import json

from peewee import JOIN, SQL, BooleanField, DoubleField, ForeignKeyField, IntegerField, TextField, fn
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.statements import Statement, slot
from kuma_lite.wiki.merging import Version


def below(column, key):
    """An expression: the key in the column is that of a page below `key`."""
    return (column > f'{key}/') & (column < f'{key}0')      # "0" follows "/"


class Page(BaseModel):
    id = AutoIncrementField()               # never given again: the moderation log and feeds name it
    path = TextField()                      # as it was first spelled
    key = TextField(unique=True, null=True) # `text.path_key(path)`, one for all spellings; none in the bin
    title = TextField()
    name = TextField(null=True, index=True) # `text.title_key(title)`: a link may name it; none in the bin
    current_id = IntegerField(default=0)    # its newest revision; 0 only inside the first save
    created_at = DoubleField()
    updated_at = DoubleField()
    headings = TextField()                  # JSON: [[level, id, text], …]
    html = TextField()                      # last, so that a list of pages need not read past it

    @classmethod
    def at(cls, path):
        """The page at `path`, however it is spelled, or None. ValueError: that is no path."""
        return AT_KEY.first(key=text.path_key(path))

    @classmethod
    def called(cls, name, most=6):
        """The pages with titles like this key of a path, wherever they stand; the oldest first."""
        columns = (cls.id, cls.path, cls.key, cls.title)
        return cls.select(*columns).where(cls.name == name).order_by(cls.id).limit(most)

    @classmethod
    def standing(cls, page_id):
        """The page with this id, or None if there is none or it is in the bin."""
        return STANDING.first(page=page_id)

    @classmethod
    def standing_ids(cls):
        """The ids of all pages that are not in the bin."""
        return cls.select(cls.id).where(cls.key.is_null(False)).order_by(cls.id)

    @classmethod
    def under(cls, key):
        """The ids of all pages below a key."""
        return cls.select(cls.id).where(below(cls.key, key))

    @classmethod
    def listed(cls):
        """All pages by path, without their text."""
        return (cls.select(cls.path, cls.key, cls.title, cls.updated_at)
                .where(cls.key.is_null(False)).order_by(cls.key))

    def parents(self):
        """[(path, name, exists), …] of the pages above, from the top; there need not be such pages."""
        segments = self.path.split('/')
        paths = ['/'.join(segments[:depth]) for depth in range(1, len(segments))]
        keys = [text.path_key(path) for path in paths]
        there = {page.key for page in AT_KEYS.all(keys=json.dumps(keys))} if keys else ()
        return [(path, text.title_from_path(path), key in there)
                for path, key in zip(paths, keys, strict=True)]

    def current(self):
        found = ONE.first(page=self.id, revision=self.current_id)
        if found is None:
            raise Revision.DoesNotExist(f'Page {self.id} has no revision {self.current_id}.')
        return found

    def newest(self):
        """The same without its text, as `Revision.listed` gives it."""
        return NEWEST.first(page=self.id)

    @property
    def is_deleted(self):
        return self.key is None

    def outline(self):
        """[(level, id, text), …] of the headings."""
        return [tuple(heading) for heading in json.loads(self.headings)]


class Revision(BaseModel):
    id = AutoIncrementField()               # never given again: mails, feeds and clean-ups name it
    page = ForeignKeyField(Page, backref='revisions', on_delete='CASCADE')
    based_on_id = IntegerField(null=True)   # the revision that was edited; none for the first
    author = ForeignKeyField(Person, null=True, backref='revisions', on_delete='SET NULL')
    address = TextField(default='')         # the network address it came from
    created_at = DoubleField()
    title = TextField()
    comment = TextField(default='')
    minor = BooleanField(default=False)     # its author says that few need to hear of it
    tags = TextField(default='[]')          # JSON: the names of the page's tags
    size = IntegerField(default=0)          # characters of the text
    content = TextField()

    @classmethod
    def of(cls, page):
        """The revisions of a page, newest first, each with its author."""
        return (cls.select(cls, Person).join_from(cls, Person, JOIN.LEFT_OUTER)
                .where(cls.page == page).order_by(cls.id.desc()))

    @classmethod
    def listed(cls, page=None):
        """The same without their text, for lists; of all pages if none is given. `growth` is how many
        characters each has more than the one before; `retitled` and `retagged` say what else is different."""
        before = cls.alias()
        columns = (cls.id, cls.page, cls.based_on_id, cls.created_at, cls.title, cls.comment, cls.minor,
                   cls.tags, (cls.size - fn.coalesce(before.size, 0)).alias('growth'),
                   (cls.title != before.title).alias('retitled'), (cls.tags != before.tags).alias('retagged'))
        found = (cls.select(*columns, cls.author, Person).join_from(cls, Person, JOIN.LEFT_OUTER)
                 .join_from(cls, before, JOIN.LEFT_OUTER, on=before.id == cls.based_on_id)
                 .order_by(cls.id.desc()))
        return found.where(cls.page == page) if page else found

    @property
    def is_first(self):
        return self.based_on_id is None

    def tag_names(self):
        return json.loads(self.tags)

    def before(self):
        """The revision of the same page that was saved before it, listed, or None."""
        return Revision.listed(self.page_id).where(Revision.id < self.id).first()

    def after(self):
        return Revision.listed(self.page_id).where(Revision.id > self.id).order_by(Revision.id).first()

    def version(self):
        """What it says, to be merged with what others say."""
        return Version(self.title, self.content, tuple(self.tag_names()))

    def as_dict(self):
        """What programs get to see of it."""
        return {'path': self.page.path, 'title': self.title, 'content': self.content,
                'tags': self.tag_names(), 'comment': self.comment, 'minor': self.minor,
                'revision': self.id, 'based_on': self.based_on_id,
                'author': self.author and self.author.name, 'saved_at': text.iso(self.created_at)}

    def says(self, title, content, tags=None):
        """Whether it says just this; about `tags` nothing is asked if they are None."""
        return (self.title == title and self.content == content
                and (tags is None or set(self.tag_names()) == set(tags)))


class Link(BaseModel):
    """A page has a link to `target`, the key of a path, whether there is a page or not."""
    page = ForeignKeyField(Page, on_delete='CASCADE')
    target = TextField(index=True)

    class Meta:
        indexes = ((('page', 'target'), True),)

    @classmethod
    def to(cls, key):
        """The links to `key`, the newest first, each with its page."""
        columns = (Page.id, Page.path, Page.title, Page.updated_at)
        return cls.select(cls.id, *columns).join(Page).where(cls.target == key).order_by(cls.id.desc())

    @classmethod
    def leads_to(cls, key):
        """Whether any page has a link to `key`."""
        return LEADS_TO.first(target=key) is not None


class Tag(BaseModel):
    """A word that pages are found by; there is none without a page."""
    key = TextField(unique=True)            # `tags.key(name)`: two spellings are one tag
    name = TextField()                      # as it was first spelled
    uses = IntegerField(default=0)          # how many pages have it: nobody has to count them

    @classmethod
    def listed(cls):
        return cls.select().order_by(cls.key)


class PageTag(BaseModel):
    page = ForeignKeyField(Page, on_delete='CASCADE', index=False)
    tag = ForeignKeyField(Tag, on_delete='CASCADE')

    class Meta:
        indexes = ((('page', 'tag'), True),)

    @classmethod
    def of(cls, tag):
        """The pages of a tag, the one that has it for the shortest time first."""
        columns = (Page.id, Page.path, Page.title, Page.updated_at)
        return cls.select(cls.id, *columns).join(Page).where(cls.tag == tag).order_by(cls.id.desc())


# What nearly every view or edit of a page asks
AT_KEY = Statement(lambda: Page.select().where(Page.key == slot('key')))
AT_KEYS = Statement(lambda: Page.select(Page.key).where(
    Page.key.in_(SQL('(SELECT value FROM json_each(?))', slot('keys').params))))
STANDING = Statement(lambda: Page.select().where(Page.id == slot('page'), Page.key.is_null(False)))
ONE = Statement(lambda: Revision.of(slot('page')).where(Revision.id == slot('revision')))
LEADS_TO = Statement(lambda: Link.select(Link.id).where(Link.target == slot('target')).limit(1))
NEWEST = Statement(lambda: Revision.listed(slot('page')).limit(1))


# The order of `tree`: a "/" before all other characters, so that all below a page follows it at once.
Page.add_index(SQL("CREATE INDEX IF NOT EXISTS page_place ON page (replace(key, '/', char(1)))"))
# What lists of changes are filtered by, so that nobody reads past the texts for it.
Revision.add_index(SQL('CREATE INDEX IF NOT EXISTS revision_when '
                       'ON revision (created_at, author_id, page_id)'))
