"""What is in the bin, and why."""
from peewee import JOIN, DoubleField, ForeignKeyField, TextField
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page


class Deletion(BaseModel):
    """A page in the bin."""
    id = AutoIncrementField()           # never given again: a form may still name one that is restored
    page = ForeignKeyField(Page, unique=True, on_delete='CASCADE')
    key = TextField(index=True)         # where it stood
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')
    reason = TextField()
    at = DoubleField(default=clock.now)

    @classmethod
    def listed(cls):
        """All of them, the newest first, each with its page (without text) and who did it."""
        columns = (cls, Page.id, Page.path, Page.title, Page.current_id, Person)
        return (cls.select(*columns).join_from(cls, Page).join_from(cls, Person, JOIN.LEFT_OUTER)
                .order_by(cls.id.desc()))

    @classmethod
    def at_key(cls, key):
        """Those of pages that stood at this key, the newest first."""
        return cls.listed().where(cls.key == key)
