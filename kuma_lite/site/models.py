"""What was chosen, and the pictures."""
from peewee import BlobField, DoubleField, ForeignKeyField, IntegerField, TextField
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page


class Setting(BaseModel):
    """Somebody chose something. Rows are never changed: the last one of a key counts, and those before it say
    what it takes to go back."""
    id = AutoIncrementField()
    key = TextField(index=True)             # one of chosen.OFFERED, or 'logo'
    value = TextField(null=True)            # none: what config.ini says, or no logo
    person = ForeignKeyField(Person, null=True, backref='+', on_delete='SET NULL')
    at = DoubleField(default=clock.now)

    @classmethod
    def of(cls, key):
        """The choices of a key, the last one first."""
        return cls.select().where(cls.key == key).order_by(cls.id.desc())

    @classmethod
    def newest(cls, key):
        """What counts now: a value, or None."""
        row = cls.of(key).first()
        return row and row.value


class Picture(BaseModel):
    """A logo that is in use, or was until the last choice."""
    file = TextField(primary_key=True)      # "0123456789abcdef.png", from what is in it
    width = IntegerField()                  # pixels
    height = IntegerField()
    data = BlobField()


def stands(path):
    """Whether there is a page at what was typed as a path."""
    try:
        return Page.at(path) is not None
    except ValueError:
        return False
