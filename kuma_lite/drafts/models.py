"""The tables of drafts, and of who has which page open for editing."""
import json

from peewee import DoubleField, ForeignKeyField, IntegerField, TextField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.forms import EditForm
from kuma_lite.wiki.models import Page

LATE = 2 * 60       # seconds that a request may wait for its turn, and more


class Draft(BaseModel):
    """What a person has typed into the form called `form`, about the page at `path`, if there is one."""
    person = ForeignKeyField(Person, backref='drafts', on_delete='CASCADE')
    form = TextField()
    path = TextField()
    key = TextField()                       # text.path_key(path)
    section = TextField(default='')         # of the page, where it is not about all of it
    base = IntegerField(null=True)          # the revision that is edited
    title = TextField()
    saved_at = DoubleField(index=True)
    minute = IntegerField(default=0)        # in which it was saved last,
    saves = IntegerField(default=0)         # and how often in that one
    fields = TextField()                    # JSON: the whole form. Last, so that a list need not read past it

    class Meta:
        indexes = ((('person', 'form'), True), (('person', 'key'), False))

    @classmethod
    def of(cls, person):
        """The drafts of a person, listed without what was typed, the newest first."""
        columns = [field for field in cls._meta.sorted_fields if field is not cls.fields]
        return cls.select(*columns).where(cls.person == person).order_by(cls.saved_at.desc(), cls.id.desc())

    @classmethod
    def with_pages(cls, person):
        """[(draft, page or None), …] of the same."""
        drafts = list(cls.of(person))
        pages = Page.select(Page.key, Page.path, Page.current_id).where(Page.key.in_([d.key for d in drafts]))
        by_key = {page.key: page for page in pages}
        return [(draft, by_key.get(draft.key)) for draft in drafts]

    @classmethod
    def of_form(cls, person, form):
        return cls.get_or_none(cls.person == person, cls.form == form)

    def typed(self):
        """The form as it was typed, as a wiki.forms.EditForm."""
        fields = json.loads(self.fields)
        return EditForm(**{name: fields[name] for name in EditForm._fields if name in fields})


class SavedForm(BaseModel):
    """The form of this name was saved. What is on its way from it still is older than that."""
    person = ForeignKeyField(Person, on_delete='CASCADE')
    form = TextField()
    saved_at = DoubleField(index=True)

    class Meta:
        indexes = ((('person', 'form'), True),)

    @classmethod
    def recent(cls):
        return cls.select().where(cls.saved_at > clock.now() - LATE)


class Presence(BaseModel):
    """A person has the form of a page open."""
    person = ForeignKeyField(Person, on_delete='CASCADE')
    key = TextField()
    since = DoubleField()
    until = DoubleField(index=True)     # when this ends, unless something is heard from the form

    class Meta:
        indexes = ((('key', 'person'), True),)

    @classmethod
    def others(cls, key, person):
        """Those who are at it now, apart from this person, each with its person; who began first is first."""
        return (cls.select(cls, Person).join(Person)
                .where(cls.key == key, cls.until > clock.now(), cls.person != person, Person.active)
                .order_by(cls.since))
