"""What a person typed, for the page that refuses it: nothing secret or technical, and not without end."""
import re
from typing import NamedTuple

from kuma_lite.web import forms
from kuma_lite.web.refusals import Refused

MOST = 1024 * 1024      # bytes on one page, whose making takes eighty times that in the worst case
LABELS = {'content': 'Text', 'comment': 'What you changed'}
TECHNICAL = {'base', 'began', 'seen', 'section', 'draft', 'next', 'path', 'watch'}     # the form's own
SECRETS = re.compile('csrf|pass|pwd|token|secret|key', re.IGNORECASE)


class Field(NamedTuple):
    label: str
    text: str
    left_out: int       # bytes, for want of room


def fields():
    """The fields of the form that was sent, as far as a person filled them in."""
    room, found = MOST, []
    for name, raw in _pairs():
        kept = raw[:room]
        room -= len(kept)
        found.append(Field(_label(name), _readable(kept), len(raw) - len(kept)))
    return found


def _pairs():
    try:
        return [(name, raw) for name, raw in forms.pairs()
                if raw.strip() and name not in TECHNICAL and not SECRETS.search(name)]
    except Refused:     # it is no form
        return []


def _label(name):
    return LABELS.get(name, name[:forms.LINE].replace('_', ' ').capitalize())


def _readable(raw):
    return raw.decode('utf-8', 'replace').replace('\0', '\ufffd')
