"""The tables of spam: what was stopped, what moderators said about it, and what can be learned from that."""
from peewee import JOIN, BooleanField, DoubleField, ForeignKeyField, IntegerField, TextField, fn

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page, Revision

# What a moderator has said: nothing yet (REVIEW, or FAILED: a check could not decide),
# HAM, SPAM, or CLOSED: nobody will say.
VERDICTS = REVIEW, FAILED, HAM, SPAM, CLOSED = 'review', 'failed', 'ham', 'spam', 'closed'
OPEN = (REVIEW, FAILED)
# What became of the edit at that moment. Of those that are HELD somebody expects that they will be published.
OUTCOMES = REFUSED, HELD, LET_THROUGH = 'refused', 'held', 'let through'

# What lists of them are asked for.
STATES = REVIEW, HELD, SPAM, HAM, CLOSED


class Attempt(BaseModel):
    """An edit that a check has stopped, or would have stopped but for the training."""
    at = DoubleField(default=clock.now, index=True)
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')
    address = TextField(default='')         # the network address it came from; '' after 30 days
    agent = TextField(default='')           # the same for the browser
    kind = TextField()                      # 'edit', 'create' or 'api'
    path = TextField()
    title = TextField()
    why = TextField()                       # which check said what: one sentence
    outcome = TextField(default=REFUSED)    # one of OUTCOMES
    verdict = TextField(default=REVIEW)     # one of VERDICTS
    reviewer = ForeignKeyField(Person, null=True, on_delete='SET NULL', backref='reviews')
    reviewed_at = DoubleField(null=True)
    closed_with = TextField(default='')     # what it was closed with, unread: 'ban', 'cleanup:3'
    was = TextField(default='')             # its verdict before that
    revision = ForeignKeyField(Revision, null=True, on_delete='SET NULL')   # let through, or published then
    learned = TextField(default='')         # the verdict that the classifier has counted
    told_at = DoubleField(null=True, index=True)    # when moderators were told of it
    digest = TextField(default='', index=True)   # of what is new, to know it again
    added = TextField(default='')           # what is new, line by line; '' after 30 days. Last, as it is long

    class Meta:
        table_name = 'spam_attempt'         # the queue has attempts, too
        indexes = ((('verdict', 'id'), False), (('address', 'person'), False))

    @classmethod
    def listed(cls):
        """All of them, without their text, each with its person."""
        columns = [field for field in cls._meta.sorted_fields if field is not cls.added]
        return cls.select(*columns, Person).join(Person, JOIN.LEFT_OUTER, on=cls.person)

    @classmethod
    def untold(cls):
        return cls.listed().where(cls.told_at.is_null()).order_by(cls.id)

    @classmethod
    def waiting(cls):
        """Those whose authors wait for a moderator."""
        return cls.listed().where(cls.verdict.in_(OPEN), cls.outcome == HELD)

    @classmethod
    def unjudged(cls):
        """Those that nobody has judged."""
        return cls.select(cls.id).where(cls.verdict.in_(OPEN))

    @classmethod
    def since(cls, moment):
        return cls.select(cls.id).where(cls.at >= moment)

    @classmethod
    def in_state(cls, state):
        """Those that one of STATES names."""
        if state == HELD:
            return cls.waiting()
        if state == REVIEW:
            return cls.listed().where(cls.verdict.in_(OPEN), cls.outcome != HELD)
        return cls.listed().where(cls.verdict == state)

    @classmethod
    def held_of(cls, person):
        """What was held of a person, the newest first, each with its whole text as long as that is kept."""
        return (cls.listed().select_extend(Held).join_from(cls, Held, JOIN.LEFT_OUTER, attr='whole')
                .where(cls.person == person, cls.outcome == HELD))

    @classmethod
    def beginnings(cls, attempts, length):
        """{id: the first characters of what is new}"""
        ids = [attempt.id for attempt in attempts]
        return dict(cls.select(cls.id, fn.SUBSTR(cls.added, 1, length)).where(cls.id.in_(ids)).tuples())

    @property
    def is_open(self):
        return self.verdict in OPEN


class Held(BaseModel):
    """The whole edit of an attempt, as long as somebody may still publish it."""
    attempt = ForeignKeyField(Attempt, unique=True, on_delete='CASCADE', backref='held')
    base = TextField(default='')            # the id of the revision that was edited, 'latest'; '': a new page
    title = TextField()
    comment = TextField(default='')
    tags = TextField(null=True)             # "Tea, Green tea"; None: those that the page has
    minor = BooleanField(default=False)
    content = TextField()

    class Meta:
        table_name = 'spam_held'


class Marked(BaseModel):
    """What a moderator said about a revision that is published."""
    revision = ForeignKeyField(Revision, unique=True, on_delete='CASCADE')
    is_spam = BooleanField()
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')
    at = DoubleField(default=clock.now)
    learned = TextField(default='')         # as in Attempt

    class Meta:
        table_name = 'spam_marked'


class FirstEdit(BaseModel):
    """Somebody has edited for the first time, and moderators are told; kept for a day after that."""
    revision = ForeignKeyField(Revision, unique=True, on_delete='CASCADE')
    told_at = DoubleField(null=True, index=True)

    class Meta:
        table_name = 'spam_first_edit'

    @classmethod
    def untold(cls):
        """Those that nobody has heard of, each with its revision, page and author."""
        columns = (Revision.id, Revision.created_at, Revision.title, Page.id, Page.path, Page.key)
        return (cls.select(cls, *columns, Person).join(Revision).join_from(Revision, Page)
                .join_from(Revision, Person).where(cls.told_at.is_null()).order_by(cls.id))


class Trace(BaseModel):
    """An edit of the last day was judged: so that one who repeats it, or edits very often, is noticed."""
    at = DoubleField(default=clock.now, index=True)
    person = ForeignKeyField(Person, null=True, on_delete='CASCADE')
    address = TextField(default='')
    digest = TextField(default='')           # of what was new

    class Meta:
        table_name = 'spam_trace'
        indexes = ((('person', 'at'), False), (('address', 'at'), False), (('digest', 'at'), False))


class RuleList(BaseModel):
    """The words and patterns that moderators keep; the newest row counts."""
    at = DoubleField(default=clock.now)
    person = ForeignKeyField(Person, null=True, on_delete='SET NULL')
    text = TextField()

    class Meta:
        table_name = 'spam_rules'

    @classmethod
    def newest(cls):
        return cls.select().order_by(cls.id.desc()).first()


class Word(BaseModel):
    """In how many texts that moderators have judged a word stood; the word '' counts the texts."""
    word = TextField(unique=True)
    spam = IntegerField(default=0)
    ham = IntegerField(default=0)

    class Meta:
        table_name = 'spam_word'
