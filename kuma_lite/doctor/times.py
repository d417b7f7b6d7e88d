"""The clock of this machine, by what it said before: no time server is asked."""
from pathlib import Path

from peewee import fn

from kuma_lite import clock, text
from kuma_lite.findings import Finding
from kuma_lite.wiki.models import Revision

SLACK = 120     # seconds


def check(visit):
    """Nothing that is written already can be from the future."""
    for what, at in [('The newest edit', Revision.select(fn.MAX(Revision.created_at)).scalar()),
                     ('The program itself', Path(__file__).stat().st_mtime)]:
        if at and at > clock.now() + SLACK:
            yield Finding(f'{what} is of {text.iso(at)}, and here it is {text.iso(clock.now())}: the clock '
                          'is slow, or was fast then.', 'Set the clock and let it be kept right, as with '
                          '`timedatectl set-ntp true`; periodic tasks and sessions follow it.')
