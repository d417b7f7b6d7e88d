"""What is to be mailed: a message, and one delivery for each address it goes to."""
import json

from peewee import DoubleField, ForeignKeyField, IntegerField, TextField

from kuma_lite import clock, db

QUEUED, SENT, REFUSED, GAVE_UP = 'queued', 'sent', 'refused', 'gave_up'


class Message(db.BaseModel):
    """What every recipient gets. `key` says what it is about ("revision:12") and is there once."""
    key = TextField(unique=True)
    subject = TextField()
    text = TextField()
    headers = TextField(default='{}')       # JSON: name → value
    created_at = DoubleField(default=clock.now)


class Delivery(db.BaseModel):
    """One message to one address, and how that went."""
    message = ForeignKeyField(Message, backref='deliveries', on_delete='CASCADE')
    address = TextField()
    footer = TextField(default='')          # why this reader gets it, and how to stop
    headers = TextField(default='{}')       # JSON: name → value
    state = TextField(default=QUEUED, index=True)
    attempts = IntegerField(default=0)
    last_words = TextField(default='')      # why it was refused, or failed the last time
    sent_at = DoubleField(null=True)

    class Meta:
        indexes = ((('message', 'address'), True),)

    @classmethod
    def open(cls):
        """Those that may still be sent. One that gave up is among them: a person may run its task again."""
        return cls.select(cls, Message).join(Message).where(cls.state.in_((QUEUED, GAVE_UP)))

    @property
    def all_headers(self):
        return {**json.loads(self.message.headers), **json.loads(self.headers)}
