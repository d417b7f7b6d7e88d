"""Who watches which page."""
import secrets

from peewee import DoubleField, ForeignKeyField, TextField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page


def new_secret():
    return secrets.token_urlsafe(24)


class Watch(BaseModel):
    """A person wants a mail for each edit of a page. Whoever knows `secret` may end it."""
    person = ForeignKeyField(Person, backref='watches', on_delete='CASCADE')
    page = ForeignKeyField(Page, backref='watches', on_delete='CASCADE')
    secret = TextField(default=new_secret)
    created_at = DoubleField(default=clock.now)

    class Meta:
        indexes = ((('person', 'page'), True),)

    @classmethod
    def of(cls, person, page):
        return cls.select().where(cls.person == person, cls.page == page)

    @classmethod
    def as_of(cls, page, time):
        """The watches of a page that were there at `time`, each with its person, in a fixed order.
        Nobody whose account is closed or has no address."""
        return (cls.select(cls, Person).join(Person)
                .where(cls.page == page, cls.created_at <= time, Person.active, Person.email != '')
                .order_by(cls.id))
