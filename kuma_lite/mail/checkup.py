"""Whether mail leaves this site."""
from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.findings import Finding, count, note, some
from kuma_lite.mail import stranded
from kuma_lite.mail.models import GAVE_UP, Delivery, Refusals

RECENT = 24 * 3600      # seconds
LATE = 3600             # seconds that a mail may be tried in vain before it is told


def mail(visit):
    if not settings.mail.host:
        yield note('[mail] host is empty: mails become files in the outbox.',
                   'Admins read them at /mails; to send them, fill in [mail] and try it with: `doctor --mail '
                   'ADDRESS`')
    if settings.mail.host and settings.mail.sender.endswith('@localhost'):
        yield Finding(f'Mails say that they are from {settings.mail.sender}, which most servers refuse.',
                      'Set [mail] sender to an address of your domain.')
    yield from _failed()
    waiting = stranded.find()
    if waiting:
        yield Finding(f'{count(len(waiting), "mail")} will not be sent by themselves: {waiting[0][1]}',
                      '/mails shows them, with a button that sends them.')
    muted = [row.address for row in Refusals.select().where(Refusals.muted_at.is_null(False))]
    if muted:
        yield note(f'No mail goes to {some(muted)}: it was refused too often.', 'Ask the people for another '
                   'address; /mails says what their server said.')


def _failed():
    given_up = Delivery.select().where(Delivery.state == GAVE_UP, Delivery.tried_at > clock.now() - RECENT)
    last = given_up.order_by(Delivery.tried_at.desc()).first()
    if last:
        yield Finding(f'{count(given_up.count(), "mail")} of the last day could not be sent: '
                      f'{last.last_words or "no answer"}', 'Try the server with: `doctor --mail ADDRESS`')
