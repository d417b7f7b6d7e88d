"""Long lists in parts, newest first: each part begins after the last row of the one before (keyset)."""
from typing import NamedTuple

from kuma_lite.web import forms

SIZE = 50


class Part(NamedTuple):
    rows: list
    next: int | None    # the `after` of the next part; None at the end


def part_of(select, key, size=SIZE):
    """The part of `select` that `?after=` asks for. `key` is a unique, rising column such as Revision.id."""
    after = forms.query('after', None)
    if after is not None:
        select = select.where(key < forms.whole(after, 'after'))
    rows = list(select.order_by(key.desc()).limit(size + 1))
    return Part(rows[:size], getattr(rows[size - 1], key.name) if len(rows) > size else None)


def limit(default=SIZE, most=200):
    """How many rows `?limit=` asks for; never more than `most`."""
    asked = forms.query('limit', None)
    return default if asked is None else min(forms.whole(asked, 'limit', least=1), most)
