"""How often pages were looked at. Only `counts` writes it."""
from peewee import ForeignKeyField, IntegerField, TextField, fn

from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page


class PageView(BaseModel):
    """The views of a page on one day. Nothing tells whose they were."""
    page = ForeignKeyField(Page, on_delete='CASCADE', index=False)
    day = TextField(index=True)         # "2026-11-22", in the time zone of the site
    count = IntegerField()

    class Meta:
        indexes = ((('page', 'day'), True),)

    @classmethod
    def total(cls, page_id, first, last):
        """The views of a page from one date to another, both included."""
        days = cls.day.between(first.isoformat(), last.isoformat())
        return cls.select(fn.coalesce(fn.sum(cls.count), 0)).where(cls.page == page_id, days).scalar()
