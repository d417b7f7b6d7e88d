"""Whether those who sign up can get the link that they are to follow."""
from kuma_lite.config import settings
from kuma_lite.findings import note


def links(visit):
    chosen = settings.accounts
    if chosen.signup != 'closed' and chosen.confirm and not settings.mail.host:
        yield note('Who signs up is to follow a link, but no mail leaves this site: it is in a file of the '
                   'outbox.',
                   'Fill in [mail], let people in by hand at /signups, or set [accounts] confirm = no')
