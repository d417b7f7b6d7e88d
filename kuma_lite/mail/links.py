"""Links with a secret that is in no table: how they stand in a mail, and how they are known again."""
import hmac
import re

from kuma_lite.mail import message
from kuma_lite.web import absolute

SHAPE = re.compile('([1-9][0-9]{0,17})[.]([0-9a-f]{64})')


def written(page, number):
    """The address of a page with a link for the row of this number, as a mail says it; its secret is put in
    when the mail is sent."""
    return absolute(f'{page}?link={number}.{message.SECRET}')


def find(rows, words):
    """The one of these rows, a select, that was mailed with these words; None if there is none. A row says
    what its secret is made from: `sealed`."""
    shape = SHAPE.fullmatch(words)
    row = shape and rows.where(rows.model.id == int(shape[1])).first()
    return row if row and hmac.compare_digest(message.secret(row.sealed), shape[2]) else None
