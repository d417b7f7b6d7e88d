"""Mails to moderators about what another one did, as arguments of `mail.actions.post`."""
from kuma_lite import text
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient
from kuma_lite.web.addresses import absolute

MOST = 50       # bans that one mail names


def about_bans(bans):
    """The mail about new bans, to all moderators but whoever made them all."""
    count, one = len(bans), bans[0]
    what = f'{_by(one)} banned {one.whom}' if count == 1 else f'{count:,} new bans'
    lines = [f'{what}: {absolute("/moderation/bans")}', '', *map(_line, bans[:MOST])]
    if count > MOST:
        lines.append(f'… and {count - MOST:,} more.')
    return {'key': f'bans:{one.id}-{bans[-1].id}', 'subject': f'[{settings.site.name}] {what}',
            'text': '\n'.join(lines), 'recipients': _others(bans)}


def _line(ban):
    end = f'until {text.exact(ban.until, settings.site.timezone)}' if ban.until else 'without an end'
    return f'{text.exact(ban.at, settings.site.timezone)}: {_by(ban)} banned {ban.whom} {end}. {ban.reason}'


def _by(ban):
    return ban.by.name if ban.by else 'Somebody'


def _others(bans):
    """Moderators, but not the one who made all of these bans and knows of them."""
    people = Person.moderators()
    makers = {ban.by_id for ban in bans}
    return [Recipient(person.email) for person in people if makers != {person.id}]
