"""The moderation log, and the clean-ups with their steps, one for each page."""
import json

from peewee import JOIN, DoubleField, ForeignKeyField, IntegerField, TextField

from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page


class Entry(BaseModel):
    """Somebody did something as a moderator. Nothing but the ways to take it back is changed later."""
    at = DoubleField(default=clock.now)
    person = ForeignKeyField(Person, null=True, backref='moderation', on_delete='SET NULL')
    action = TextField(index=True)      # a key of log.ACTIONS
    subject = TextField(index=True)     # "page:12", "person:3", "ban:7", "cleanup:2", "revision:99"
    title = TextField()                 # what it is called, should the subject be gone one day
    reason = TextField(default='')
    undo = TextField(default='')        # JSON, see log.write; '' for what nothing takes back
    undone_at = DoubleField(null=True)

    @classmethod
    def listed(cls):
        """All of them, the newest first, each with who did it."""
        return cls.select(cls, Person).join(Person, JOIN.LEFT_OUTER).order_by(cls.id.desc())

    @property
    def way_back(self):
        """What takes it back, as `log.write` was told, while nobody has done so; else None."""
        return json.loads(self.undo) if self.undo and self.undone_at is None else None

    @property
    def public_title(self):
        """The title, unless it is the address of somebody, or what somebody wanted to publish in vain."""
        if '/' in self.title and self.subject.startswith(('ban:', 'cleanup:')):     # no name has one
            return 'an address'
        if self.subject.startswith('application:'):
            return 'somebody'
        return 'an edit' if self.subject.startswith('/') else self.title


class Cleanup(BaseModel):
    """One clean-up after one author, or after those without an account who came from a network: what was
    asked for, and how far it is."""
    author = ForeignKeyField(Person, null=True, backref='cleanups', on_delete='CASCADE')
    network = TextField(default='')         # "192.0.2.0/24"; '' for an author, and when it was forgotten
    person = ForeignKeyField(Person, null=True, backref='cleanups_made', on_delete='SET NULL')
    reason = TextField()
    at = DoubleField(default=clock.now)
    batch_id = IntegerField(null=True)
    finished_at = DoubleField(null=True)
    undo_batch_id = IntegerField(null=True)
    undone_by = ForeignKeyField(Person, null=True, backref='cleanups_undone', on_delete='SET NULL')
    undone_at = DoubleField(null=True)      # when taking it back had come to its end

    @property
    def public_whom(self):
        """After whom, for everybody: without the address of anybody."""
        return self.author.name if self.author_id else 'somebody without an account'

    @property
    def whom(self):
        """The same for moderators."""
        return self.network or self.public_whom


class Step(BaseModel):
    """What a clean-up does with one page. `state` is waiting, done, follow-up or failed; and, once it is
    taken back, undone or kept."""
    cleanup = ForeignKeyField(Cleanup, backref='steps', on_delete='CASCADE')
    page = ForeignKeyField(Page, on_delete='CASCADE')
    ticked = TextField()                    # JSON: the ids of the revisions that are spam
    state = TextField(default='waiting')
    deed = TextField(default='')            # 'reverted', 'deleted', or '' for none
    deletion = IntegerField(null=True)      # the Deletion that put it into the bin
    revision = IntegerField(null=True)      # the one that a revert made
    was = IntegerField(null=True)           # the newest one before that
    undoing = IntegerField(null=True)       # the one that took that revert back
    note = TextField(default='')            # for people: why it could not be done

    class Meta:
        indexes = ((('cleanup', 'page'), True),)

    def ids(self):
        return json.loads(self.ticked)

    @classmethod
    def made(cls, page):
        """The ids of all revisions of a page that clean-ups made, or taking them back."""
        rows = cls.select(cls.revision, cls.undoing).where(cls.page == page).tuples()
        return {number for row in rows for number in row if number}
