"""Queries that nearly every request or heartbeat asks, or one view of a dashboard hundreds of times: their
SQL is built once, since that takes peewee longer than SQLite needs to answer them. All others stay plain.

    FINDING = Statement(lambda: Page.select().where(Page.key == slot('key')))
    page = FINDING.first(key='tea')

`first` and `all` give the same rows as the query would, with what it joins. Values go to SQLite as they are:
the id of a row, not the row; True as 1.
"""
import functools

from peewee import SQL

from kuma_lite.db import database


class _Slot(str):
    """The name of a value that is given later."""


def slot(name):
    """Stands in a query for the value that is called `name`."""
    return SQL('?', [_Slot(name)])


class Statement:
    """A select whose slots are filled in each time; `build()` returns it and is called at the first use."""

    def __init__(self, build):
        self._build = build

    @functools.cached_property
    def _built(self):
        query = self._build()
        return query, *query.sql()

    def all(self, **values):
        """All rows, as a list."""
        return list(self._rows(values))

    def first(self, **values):
        """The first row, or None. The query limits itself, unless it finds one at most."""
        return next(iter(self._rows(values)), None)

    def _rows(self, values):
        query, sql, params = self._built
        filled = [values[param] if isinstance(param, _Slot) else param for param in params]
        return query._get_cursor_wrapper(database.execute_sql(sql, filled))
