"""What readers see has changed: by name, the number of its last change, which rises with every one.

Whoever writes what a page shows calls `bump()` in the same transaction. Who keeps finished answers
asks `since()`, in any process, and drops those whose names come up.
"""
import json

from peewee import CharField, IntegerField

from kuma_lite import db

EVERYTHING = '*'    # the name of what every page may show


class Generation(db.BaseModel):
    """The last change of one thing."""
    name = CharField(primary_key=True)      # "page:12"
    number = IntegerField(index=True)


def of_page(page_id):
    return f'page:{page_id}'


def bump(*names):
    """Say that all of these have changed; in the caller's transaction."""
    with db.joined():
        db.database.execute_sql(
            'INSERT INTO generation (name, number) '
            'SELECT value, (SELECT coalesce(max(number), 0) + 1 FROM generation) FROM json_each(?) '
            'WHERE true ON CONFLICT (name) DO UPDATE SET number = excluded.number', (json.dumps(names),))


def since(number):
    """What has changed after that number: (the number now, [name, …]). Waits for nobody, see db.glance()."""
    rows = db.glance('SELECT number, name FROM generation WHERE number > ? ORDER BY number', (number,))
    return (rows[-1][0] if rows else number), [name for _, name in rows]
