"""Those who asked for an account, and have to confirm their address or wait for a moderator."""
import hashlib

from peewee import SQL, DoubleField, TextField, fn
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock
from kuma_lite.accounts import rules
from kuma_lite.db import BaseModel
from kuma_lite.web import menu

DAY = 86400
LIFETIME = 3 * DAY      # seconds that somebody has to confirm the address


class Application(BaseModel):
    """An account that somebody asks for. It becomes a Person, or goes. Nobody has its name before the address
    is confirmed: of two who ask for one name, the first one with a mailbox gets it."""
    id = AutoIncrementField()           # never given again: a form may still tick one that is gone
    name = TextField()
    key = TextField()                   # accounts.rules.name_key(name)
    email = TextField()
    password_hash = TextField()
    words = TextField(default='')       # why, as far as they say it
    address = TextField()               # the network address they came from
    at = DoubleField(default=clock.now)
    confirmed_at = DoubleField(null=True)

    @classmethod
    def listed(cls):
        """Those who wait for a moderator."""
        return cls.select().where(cls.confirmed_at.is_null(False)).order_by(cls.id.desc())

    @classmethod
    def unconfirmed(cls):
        """Those who have not followed the link that was mailed to them."""
        return cls.select().where(cls.confirmed_at.is_null()).order_by(cls.id.desc())

    @classmethod
    def open(cls):
        """The same, as far as their links still work. Three days from now is no clock of ours."""
        now = clock.now()
        return cls.unconfirmed().where(cls.at.between(now - LIFETIME, now))

    @classmethod
    def waiting(cls, person):
        """How many wait for a moderator, as far as the menu says it."""
        return cls.listed().limit(menu.MOST + 1).count()

    @classmethod
    def named(cls, name):
        """The one who waits for a moderator under this name, or None."""
        return cls.listed().where(cls.key == rules.name_key(name)).first()

    def earlier_today(self):
        """Those of the day before this one with the same mail address."""
        same = fn.LOWER(Application.email) == self.email.lower()
        return Application.select().where(same, Application.id < self.id, Application.at > self.at - DAY)

    @property
    def sealed(self):
        """What the secret of its link is made from; see mail/links.py."""
        return f'signup {self.id} {self.email} {hashlib.sha256(self.password_hash.encode()).hexdigest()}'

    @property
    def ends_at(self):
        return self.at + LIFETIME


Application.add_index(SQL('CREATE UNIQUE INDEX IF NOT EXISTS "application_key" ON "application" ("key") '
                          'WHERE "confirmed_at" IS NOT NULL'))
