"""Who watches what and how often they want mail; what has happened, and who still has to hear of it."""
import json
import secrets
from functools import reduce
from operator import or_

from peewee import JOIN, BooleanField, DoubleField, ForeignKeyField, IntegerField, TextField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.statements import Statement, slot
from kuma_lite.watch import topics
from kuma_lite.wiki.models import Page, Revision

AT_ONCE, QUIET, DAILY, WEEKLY, NEVER = FREQUENCIES = ('at once', 'quiet', 'daily', 'weekly', 'never')
CREATED, CHANGED, DELETED, RESTORED = 'created', 'changed', 'deleted', 'restored'


def new_secret():
    return secrets.token_urlsafe(24)


class Watch(BaseModel):
    """A person wants to hear of a topic. Whoever knows `secret` may end it."""
    person = ForeignKeyField(Person, backref='watches', on_delete='CASCADE')
    kind = TextField()                  # see topics.Topic
    target = TextField(default='')
    label = TextField(default='')
    secret = TextField(default=new_secret)
    created_at = DoubleField(default=clock.now)

    class Meta:
        indexes = ((('person', 'kind', 'target'), True), (('kind', 'target'), False))

    @classmethod
    def of(cls, person, page):
        """The watch of just this page."""
        return cls.on(person, topics.of_page(page))

    @classmethod
    def on(cls, person, topic):
        return cls.select().where(cls.person == person, cls.kind == topic.kind, cls.target == topic.target)

    @classmethod
    def is_any(cls):
        """Whether anybody watches anything."""
        return ANY.first() is not None

    @classmethod
    def concerning(cls, around):
        """The watches of one of the topics that `topics.around` gives."""
        wanted = [(cls.kind == kind) & cls.target.in_(some) for kind, some in around.items() if some]
        return cls.select().where(reduce(or_, wanted))

    @property
    def topic(self):
        return topics.Topic(self.kind, self.target, self.label)


ANY = Statement(lambda: Watch.select(Watch.id).limit(1))


class WatchPreference(BaseModel):
    """How often a person wants mail. Whoever knows `secret` may stop all of it."""
    person = ForeignKeyField(Person, unique=True, on_delete='CASCADE')
    frequency = TextField(default=AT_ONCE)
    hour = IntegerField(default=8)      # of a daily or weekly mail, in the time zone of the person
    weekday = IntegerField(default=1)   # of a weekly one; 0 is Sunday
    minor = BooleanField(default=True)  # whether minor edits count
    secret = TextField(default=new_secret)

    @classmethod
    def of(cls, person):
        """That of a person; the defaults, which are not in the table, of who has chosen nothing."""
        return CHOSEN.first(person=person.id) or cls(person=person)

    @classmethod
    def by_person(cls, ids):
        """{person id: preference} of those who have chosen something."""
        return {row.person_id: row for row in cls.select().where(cls.person.in_(ids))}

    @property
    def is_digest(self):
        return self.frequency in (DAILY, WEEKLY)


CHOSEN = Statement(lambda: WatchPreference.select().where(WatchPreference.person == slot('person')))


class News(BaseModel):
    """Something that happened to a page. It stays while somebody still has to hear of it, and 30 days."""
    key = TextField(unique=True)        # "revision:12"; that of its mail, if it gets one of its own
    kind = TextField()                  # CREATED, CHANGED, DELETED or RESTORED
    page = ForeignKeyField(Page, on_delete='CASCADE')
    revision = ForeignKeyField(Revision, on_delete='CASCADE')   # that the page had then
    place = TextField()                 # the key of the path at which it stood
    tags = TextField(default='[]')      # JSON: names, those that were taken away included
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')
    reason = TextField(default='')      # of a deletion
    at = DoubleField(index=True)
    told = TextField(default='')        # up to this mail address, in their order, everybody was dealt with

    def around(self):
        tag_names, is_new = json.loads(self.tags), self.kind == CREATED
        return topics.around(self.page_id, self.place, tag_names, is_new)

    @property
    def is_edit(self):
        return self.kind in (CREATED, CHANGED)

    @property
    def is_minor(self):
        return self.kind == CHANGED and self.revision.minor


class Pending(BaseModel):
    """A person will hear of some news later. Deleted in the transaction that posts the mail, and when
    the person has seen the page by then."""
    person = ForeignKeyField(Person, on_delete='CASCADE')
    news = ForeignKeyField(News, on_delete='CASCADE')
    page = ForeignKeyField(Page, on_delete='CASCADE')
    at = DoubleField()                  # when it happened
    due_at = DoubleField(index=True)    # when it is mailed, if nothing happens before

    class Meta:
        indexes = ((('person', 'news'), True), (('person', 'page'), False))

    @classmethod
    def of(cls, person):
        """What waits for a person, in the order in which it happened, without the texts of pages."""
        before_text = [field for field in Revision._meta.sorted_fields if field is not Revision.content]
        page = (Page.id, Page.path, Page.key, Page.title, Page.current_id)
        return (cls.select(cls, News, *before_text, *page, Person).join_from(cls, News)
                .join_from(News, Revision).join_from(News, Page)
                .join_from(News, Person, JOIN.LEFT_OUTER)
                .where(cls.person == person).order_by(News.id))

    @classmethod
    def seen_with(cls, person, page):
        """An expression: what waits for somebody who has the page, as it stands in `page`, on the screen."""
        seen = News.select(News.id).where(News.page == page, News.revision <= page.current_id)
        return (cls.person == person) & (cls.page == page) & cls.news.in_(seen)

    @classmethod
    def due(cls):
        """The ids of the people for whom something is due now."""
        due = cls.select(cls.person).where(cls.due_at <= clock.now())
        return due.distinct().order_by(cls.person).tuples()
