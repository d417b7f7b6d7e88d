"""What is to be mailed: a message, and one delivery for each address it goes to; and which addresses
want no more."""
import json

from peewee import SQL, DoubleField, ForeignKeyField, IntegerField, TextField, fn

from kuma_lite import clock, db

STATES = QUEUED, SENT, REFUSED, GAVE_UP = 'queued', 'sent', 'refused', 'gave_up'


class Message(db.BaseModel):
    """What every recipient gets. `key` says what it is about ("revision:12") and is there once."""
    key = TextField(unique=True)
    subject = TextField()
    text = TextField()
    html = TextField(default='')            # the same for those who prefer it; '' is none
    thread = TextField(default='', index=True)          # what it has in common with others ("page:12")
    headers = TextField(default='{}')       # JSON: name → value
    sealed = TextField(default='')          # what SECRET in the text is made from; see message.py
    created_at = DoubleField(default=clock.now, index=True)

    @classmethod
    def unaddressed(cls, before):
        """An expression: older than that, and without any delivery."""
        return (cls.created_at <= before) & ~fn.EXISTS(
            Delivery.select(Delivery.id).where(Delivery.message == cls.id))


class Delivery(db.BaseModel):
    """One message to one address, and how that went. `state` is queued, sent, refused or gave_up."""
    message = ForeignKeyField(Message, backref='deliveries', on_delete='CASCADE')
    address = TextField()
    footer = TextField(default='')          # why this reader gets it, and how to stop
    headers = TextField(default='{}')       # JSON: name → value
    state = TextField(default=QUEUED)
    attempts = IntegerField(default=0)
    last_words = TextField(default='')      # what the server said the last time, or why it was not asked
    tried_at = DoubleField(null=True)       # the last attempt
    sent_at = DoubleField(null=True)

    class Meta:
        indexes = ((('message', 'address'), True), (('state', 'tried_at'), False))

    @classmethod
    def open(cls):
        """Those that may still be sent. One that gave up is among them: a person may run its task again."""
        return cls.whole().where(cls.state.in_((QUEUED, GAVE_UP)))

    @classmethod
    def whole(cls):
        """All of them, each with its message."""
        return cls.select(cls, Message).join(Message)

    @classmethod
    def listed(cls, state='', to=''):
        """Those in this state whose address holds this, each with its message but without texts."""
        found = cls.select(cls, Message.id, Message.key, Message.subject, Message.created_at).join(Message)
        if state:
            found = found.where(cls.state == state)
        return found.where(cls.address.contains(to)) if to else found

    @classmethod
    def to(cls, address):
        """Those to this address, in any spelling, without texts."""
        return cls.listed().where(fn.LOWER(cls.address) == mailbox(address))

    @classmethod
    def counts(cls, to=''):
        """{state: how many} of those whose address holds this."""
        found = cls.listed(to=to).select(cls.state, fn.COUNT(cls.id)).group_by(cls.state)
        return dict(found.tuples())

    @classmethod
    def ended(cls, states, before):
        """An expression: in one of these states since then; none of them waits."""
        never_tried = cls.tried_at.is_null() & cls.message.in_(
            Message.select(Message.id).where(Message.created_at <= before))
        return cls.state.in_(states) & ((cls.tried_at <= before) | never_tried)

    @property
    def all_headers(self):
        return {**json.loads(self.message.headers), **json.loads(self.headers)}


class Refusals(db.BaseModel):
    """An address for which the server took no mail the last times. `muting` is the only writer."""
    address = TextField(unique=True)        # mailbox()
    count = IntegerField(default=1)         # in a row
    words = TextField()                     # what the server said the last time
    muted_at = DoubleField(null=True)       # since then nothing is sent there


Delivery.add_index(SQL('CREATE INDEX IF NOT EXISTS delivery_mailbox ON delivery (lower(address), id)'))


def mailbox(address):
    """What is the same for all spellings of an address: people write it with capitals and without."""
    return address.lower()
