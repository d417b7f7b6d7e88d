"""Those who asked for an account and wait for a moderator."""
from peewee import DoubleField, TextField
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock
from kuma_lite.accounts import rules
from kuma_lite.db import BaseModel
from kuma_lite.web import menu


class Application(BaseModel):
    """An account that somebody asks for. It becomes a Person, or goes."""
    id = AutoIncrementField()           # never given again: a form may still tick one that is gone
    name = TextField()
    key = TextField(unique=True)        # accounts.rules.name_key(name)
    email = TextField()
    password_hash = TextField()
    words = TextField(default='')       # why, as far as they say it
    address = TextField()               # the network address they came from
    at = DoubleField(default=clock.now)

    @classmethod
    def listed(cls):
        return cls.select().order_by(cls.id.desc())

    @classmethod
    def waiting(cls, person):
        """How many wait, as far as the menu says it."""
        return cls.select(cls.id).limit(menu.MOST + 1).count()

    @classmethod
    def named(cls, name):
        return cls.get_or_none(cls.key == rules.name_key(name))
