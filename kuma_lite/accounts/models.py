"""The tables of people, their sessions and tokens, of bans, and of attempts to log in."""
from peewee import JOIN, SQL, BooleanField, DoubleField, ForeignKeyField, IntegerField, TextField, fn
from playhouse.sqlite_ext import AutoIncrementField

from kuma_lite import clock, text
from kuma_lite.accounts import rules
from kuma_lite.config import settings
from kuma_lite.db import BaseModel
from kuma_lite.statements import Statement, slot

ROLES = ('reader', 'editor', 'moderator', 'admin')     # each may do what those before it may


class Person(BaseModel):
    name = TextField()
    key = TextField(unique=True)       # rules.name_key(name)
    looks = TextField(default='', index=True)   # rules.looks(name); '' where nobody minds who looks alike
    email = TextField()
    role = TextField()
    password_hash = TextField()
    active = BooleanField(default=True)
    created_at = DoubleField(default=clock.now)
    timezone = TextField(default='', constraints=[SQL("DEFAULT ''")])   # '': that of the site

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

    @classmethod
    def moderators(cls):
        """Those who look after the site now: moderators and admins who are not banned."""
        banned = Ban.in_force().select(Ban.person).where(Ban.person.is_null(False))
        return cls.select().where(cls.role.in_(('moderator', 'admin')), cls.active, cls.id.not_in(banned))

    @property
    def zone(self):
        """The name of the time zone in which this person reads times: that of the site if none was chosen, or
        one that this machine does not know."""
        return text.zones().get(self.timezone.casefold()) or settings.site.timezone

    def others_with_address(self):
        """Other accounts with the same mail address. Nobody has proved that it is theirs."""
        same = fn.LOWER(Person.email) == self.email.lower()
        return Person.select().where(same, Person.id != self.id, Person.active)

    def has_same_password(self):
        """Whether the account is still open, with the password that it had when this row was read."""
        same = (Person.id == self.id) & (Person.password_hash == self.password_hash)
        return Person.select().where(same, Person.active).exists()

    def at_least(self, role):
        return ROLES.index(self.role) >= ROLES.index(role)


# By mail address, in whatever spelling.
Person.add_index(SQL('CREATE INDEX IF NOT EXISTS person_mailbox ON person (lower(email))'))


class Session(BaseModel):
    token_hash = TextField(unique=True)
    person = ForeignKeyField(Person, backref='sessions', on_delete='CASCADE')
    created_at = DoubleField(default=clock.now)
    expires_at = DoubleField(index=True)
    used_at = DoubleField(default=clock.now)    # right to the hour
    agent = TextField(default='')               # what the browser called itself when it began

    @classmethod
    def of(cls, person):
        """Those of a person that count, the last used one first."""
        return cls.alive().where(cls.person == person).order_by(cls.used_at.desc(), cls.id.desc())

    @classmethod
    def alive(cls):
        """Sessions that count, each with its person."""
        return (cls.select(cls, Person).join(Person)
                .where(cls.expires_at > clock.now(), Person.active))

    @classmethod
    def with_token(cls, token_hash):
        """The one that counts with this token, or None."""
        return WITH_TOKEN.first(token_hash=token_hash, now=clock.now())


WITH_TOKEN = Statement(lambda: Session.select(Session, Person).join(Person).where(
    Session.token_hash == slot('token_hash'), Session.expires_at > slot('now'), Person.active))


class FormerName(BaseModel):
    """A name that somebody had: nobody else gets it, lest one be taken for the other. Only its digest is
    kept, so that who left is forgotten."""
    digest = TextField(unique=True)     # of rules.name_key(name)
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')     # who may take it back
    at = DoubleField(default=clock.now)

    @classmethod
    def owner(cls, name):
        """The person who had this name and is still here under another one, or None."""
        had = cls.select(cls, Person).join(Person).where(cls.digest == rules.name_digest(name), Person.active)
        found = had.first()
        return found.person if found else None


class SecondFactor(BaseModel):
    """What a person's authenticator app knows. `second_factor` is the only writer of it and its codes."""
    person = ForeignKeyField(Person, unique=True, on_delete='CASCADE')
    secret = TextField()                # base32
    last_step = IntegerField()          # of the last code that was used: neither it nor those before count
    at = DoubleField(default=clock.now)


class RecoveryCode(BaseModel):
    """A code that stands in for the app, once."""
    person = ForeignKeyField(Person, backref='recovery_codes', on_delete='CASCADE')
    digest = TextField()

    class Meta:
        indexes = ((('person', 'digest'), True),)


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
    id = AutoIncrementField()          # never given again: the moderation log names it
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
