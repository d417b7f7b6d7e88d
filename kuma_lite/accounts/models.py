"""The tables of people, their sessions and tokens, of bans, and of attempts to log in."""
from peewee import JOIN, BooleanField, DoubleField, ForeignKeyField, TextField

from kuma_lite import clock
from kuma_lite.accounts import rules
from kuma_lite.db import BaseModel

ROLES = ('reader', 'editor', 'moderator', 'admin')     # each may do what those before it may


class Person(BaseModel):
    name = TextField()
    key = TextField(unique=True)       # rules.name_key(name)
    email = TextField()
    role = TextField()
    password_hash = TextField()
    active = BooleanField(default=True)
    created_at = DoubleField(default=clock.now)

    @classmethod
    def named(cls, name):
        """The person of this name in any spelling, or None."""
        return cls.get_or_none(cls.key == rules.name_key(name))

    @classmethod
    def by_key(cls):
        return cls.select().order_by(cls.key)

    @classmethod
    def admins(cls):
        """Those who can run the site now."""
        return cls.select().where(cls.role == 'admin', cls.active)

    def at_least(self, role):
        return ROLES.index(self.role) >= ROLES.index(role)


class Session(BaseModel):
    token_hash = TextField(unique=True)
    person = ForeignKeyField(Person, backref='sessions', on_delete='CASCADE')
    created_at = DoubleField(default=clock.now)
    expires_at = DoubleField(index=True)

    @classmethod
    def alive(cls):
        """Sessions that count, each with its person."""
        return (cls.select(cls, Person).join(Person)
                .where(cls.expires_at > clock.now(), Person.active))


class ApiToken(BaseModel):
    person = ForeignKeyField(Person, backref='tokens', on_delete='CASCADE')
    token_hash = TextField(unique=True)
    label = TextField()
    created_at = DoubleField(default=clock.now)
    used_at = DoubleField(null=True)   # right to the hour

    @classmethod
    def usable(cls):
        return cls.select(cls, Person).join(Person).where(Person.active)


class Ban(BaseModel):
    """A person, or whoever comes from a network, may not write until it ends. `bans` is the only writer."""
    person = ForeignKeyField(Person, null=True, backref='bans', on_delete='CASCADE')
    network = TextField(default='')    # "192.0.2.0/24" or "2001:db8::/32"; '' for a ban of a person
    by = ForeignKeyField(Person, null=True, backref='bans_made', on_delete='SET NULL')
    reason = TextField()
    at = DoubleField(default=clock.now)
    until = DoubleField(null=True)     # None: it has no end of its own
    lifted_at = DoubleField(null=True)

    @classmethod
    def in_force(cls):
        return cls.select().where(cls.holds())

    @classmethod
    def holds(cls):
        """An expression: the ban has neither ended nor been lifted."""
        return cls.lifted_at.is_null() & (cls.until.is_null() | (cls.until > clock.now()))

    @classmethod
    def listed(cls):
        """All of them, the newest first, each with the person that is banned."""
        return cls.select(cls, Person).join(Person, JOIN.LEFT_OUTER, on=cls.person).order_by(cls.id.desc())

    @property
    def whom(self):
        """The name of the person, or the network."""
        return self.person.name if self.person_id else self.network

    @property
    def is_in_force(self):
        return self.lifted_at is None and (self.until is None or self.until > clock.now())


class LoginAttempt(BaseModel):
    """One try at a password that has not turned out right. What was typed is kept as a hash only:
    people type their passwords into the wrong field."""
    account = TextField()
    address = TextField()
    at = DoubleField(default=clock.now)

    class Meta:
        indexes = ((('account', 'at'), False), (('address', 'at'), False))

    @classmethod
    def since(cls, time):
        """Those between `time` and now; a clock that was put back leaves some in the future."""
        return cls.select().where(cls.at.between(time, clock.now())).order_by(cls.at.desc())
