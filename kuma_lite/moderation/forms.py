"""The forms of a ban and of a clean-up, and how long a ban can last."""
from typing import NamedTuple

from kuma_lite import clock, web
from kuma_lite.accounts.models import Person
from kuma_lite.accounts.rules import Invalid
from kuma_lite.web.forms import pairs as typed_pairs

DAY = 86400
LENGTHS = {'1': 'a day', '3': 'three days', '7': 'a week', '30': 'a month', '365': 'a year',
           '': 'until somebody lifts it'}      # days as they are sent: in words


class BanForm(NamedTuple):
    """What a moderator typed."""
    name: str = ''
    network: str = ''
    days: str = '7'
    reason: str = ''

    def person(self):
        """Who is to be banned, None if it is a network. Raises Invalid."""
        if bool(self.name) == bool(self.network):
            raise Invalid('Please fill in a name or an address, one of the two.')
        if not self.name:
            return None
        person = Person.named(self.name)
        if person is None:
            raise Invalid(f'Nobody here has the name “{self.name}”.')
        return person

    def until(self):
        return until(self.days)


def until(days):
    """When what lasts so many of LENGTHS from now ends; None for no end."""
    if days not in LENGTHS:
        raise web.Refused(400, '“days” is none of the lengths that a ban can have.')
    return clock.now() + int(days) * DAY if days else None


def read():
    """The form that was sent."""
    return BanForm(web.line('name'), web.line('network'), web.line('days'), web.line('reason', limit=1000))


class CleanupForm(NamedTuple):
    """What a moderator ticked and typed. Before anything was, all is ticked."""
    ticked: frozenset | None = None     # the ids of revisions
    reason: str = ''
    ban: bool = False
    ban_days: str = ''
    is_preview: bool = False


def read_cleanup(revisions):
    """The form that was sent about these revisions, a select of them."""
    sent = {name for name, _ in typed_pairs() if name.startswith('r')}
    ticked = frozenset(row.id for row in revisions if f'r{row.id}' in sent)
    return CleanupForm(ticked, web.line('reason', limit=1000), web.line('ban', '') == 'yes',
                       web.line('days_banned'), web.line('do') == 'preview')
