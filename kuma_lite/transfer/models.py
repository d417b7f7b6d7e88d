"""What imports have written: the only pages that an import may replace."""
from peewee import ForeignKeyField

from kuma_lite.db import BaseModel
from kuma_lite.wiki.models import Page, Revision


class Imported(BaseModel):
    """The last revision of a page that came from a file."""
    page = ForeignKeyField(Page, unique=True, on_delete='CASCADE')
    revision = ForeignKeyField(Revision, on_delete='CASCADE')

    @classmethod
    def last(cls, page):
        """The Revision of the page that its last import wrote, or None."""
        return Revision.select().join(cls).where(cls.page == page).first()
