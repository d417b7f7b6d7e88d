"""What somebody has done lately, counted where all processes of the site see it."""
from peewee import IntegerField, TextField

from kuma_lite.db import BaseModel


class Tally(BaseModel):
    """How often `key` ("edit person:3") was counted in one window of time and in the window before it."""
    key = TextField(unique=True)
    ends_at = IntegerField(index=True)      # epoch seconds, the end of the window
    count = IntegerField()
    before = IntegerField()
