"""The backup of each night."""
import logging

from kuma_lite import clock, queue
from kuma_lite.backup import making, places
from kuma_lite.config import settings

log = logging.getLogger(__name__)

RECENT = 12 * 3600      # seconds: one that is younger is that of this night


@queue.periodic_task(queue.crontab(hour='3', minute='10'), retries=5, retry_delay=300, priority='low',
                     one_at_a_time='backup')
def back_up():
    """Make a backup in data/backups and, once it is checked, delete those beyond [backup] keep.

    Daily at 03:10, also if nothing has changed; tried again for some hours if there is no room. May run
    twice: a second one on the same night finds the first. Costs a copy of the database and as much reading;
    nobody who saves waits for it.
    """
    if not settings.backup.keep:
        return
    if not _is_made():
        made = making.make_apart(places.named(places.NIGHTLY, places.folder()))
        log.info('Made the backup %s', made.path)
        if made.left_out:
            log.warning('It lacks what is no plain file of the wiki: %s', ', '.join(made.left_out))
    for path in places.delete_old(settings.backup.keep):
        log.info('Deleted the backup %s', path)


def _is_made():
    """Whether that of this night is there; one from the future was made while the clock was wrong."""
    return any(clock.now() - RECENT < one.at <= clock.now() for one in places.kept(places.NIGHTLY))
