"""The links that are mailed to people to prove that an address is theirs."""
import hashlib
import secrets

from peewee import DoubleField, ForeignKeyField, TextField
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel

RECOVER, ADDRESS = 'recover', 'address'
LIFETIME = 3600         # seconds
KEEP = 86400            # seconds after which one that was asked for is forgotten


def new_salt():
    return secrets.token_urlsafe(24)


class MailedLink(BaseModel):
    """A link that works once, for an hour. The secret in it is in no table: the site's key makes it from
    `sealed`. A person has one of each kind; the next one takes its place."""
    id = AutoIncrementField()           # never given again: the key of a mail names it
    person = ForeignKeyField(Person, backref='links', on_delete='CASCADE')
    kind = TextField()
    email = TextField()                 # where it is sent
    salt = TextField(default=new_salt)
    made_at = DoubleField(default=clock.now, index=True)
    used_at = DoubleField(null=True)

    class Meta:
        indexes = ((('person', 'kind'), True),)

    @classmethod
    def open(cls):
        """Those that may still be used, each with its person. An hour from now is no clock of ours."""
        now = clock.now()
        return (cls.select(cls, Person).join(Person)
                .where(cls.used_at.is_null(), cls.made_at.between(now - LIFETIME, now), Person.active))

    @property
    def sealed(self):
        """What its secret is made from. Another password or address in the meantime makes another one."""
        account = f'{self.person.password_hash} {self.person.email}'
        then = hashlib.sha256(account.encode()).hexdigest()
        return f'{self.kind} {self.id} {self.email} {self.salt} {then}'

    @property
    def ends_at(self):
        return self.made_at + LIFETIME
