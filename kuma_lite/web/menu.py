"""How much waits behind the entries of the menu: a list that app.py fills."""
from peewee import PeeweeException

from kuma_lite import db

WAITING = {}    # address → fn(person), the number of what waits there for this person
MOST = 99       # more are "99+"


def waiting(person, address):
    """"3", "99+", or '' for nothing. Pages that say that the database is out of order show the menu, too."""
    if address not in WAITING:
        return ''
    try:
        with db.connection():
            count = WAITING[address](person)
    except PeeweeException:
        return ''
    return f'{MOST}+' if count > MOST else str(count or '')
