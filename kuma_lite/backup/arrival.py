"""What a restored wiki must not do again, for the one it was copied from has done it since, or still does.

Its tasks stay as the ledger has them: a task that was called before the backup and not done by then runs, so
nothing is lost. What waited to be mailed is different, for nobody wants a mail twice: mails stay, unsent, on
the list of mails, with a button that sends them; news whose time came before the restore are not mailed
any more, those of later are. Everybody logs in anew, because a session that was ended since, with a changed
password or a ban, would be alive again.
"""
from kuma_lite import clock, db
from kuma_lite.accounts.models import Session
from kuma_lite.mail.models import QUEUED, REFUSED, Delivery
from kuma_lite.mail.tasks import deliver
from kuma_lite.queue import window, workers
from kuma_lite.queue.tables import Worker
from kuma_lite.watch.models import Pending

WORDS = 'It waited when the backup of {at} was made; the wiki may have sent it since.'


def settle(created_at, without_mail):
    """Make the open database, which is at rest, that of a wiki that begins anew; returns how many mails are
    held back."""
    with db.connection(), db.atomic():
        for worker in list(Worker.select().where(Worker.stopped_at.is_null())):
            workers.stop(worker.id)         # what was running is queued again, and loses no try
        Session.delete().execute()
        Pending.delete().where(Pending.due_at <= clock.now()).execute()
        if without_mail:
            window.pause(deliver.name)
        change = {'state': REFUSED, 'last_words': WORDS.format(at=created_at)}
        return Delivery.update(change).where(Delivery.state == QUEUED).execute()
