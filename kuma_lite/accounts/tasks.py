"""Tidying up: sessions, log-in attempts and bans of addresses that no longer count."""
from kuma_lite import clock, db, queue
from kuma_lite.accounts.models import Ban, LoginAttempt, Session
from kuma_lite.config import settings

CHUNK = 1000            # rows a transaction, so that no edit waits for long
DAY = 86400             # seconds
KEEP_ATTEMPTS = DAY     # they count for a quarter of an hour


@queue.periodic_task(queue.crontab(minute='0'), catch_up='none')
def delete_old_sessions():
    """Delete sessions that have ended. Hourly; safe to run twice; a write of 1,000 rows at a time.

    Nothing is caught up, so that a clock that is wrong for a minute does not log everybody out.
    """
    db.delete_in_chunks(Session, Session.expires_at <= clock.now(), CHUNK)


@queue.periodic_task(queue.crontab(minute='30'), catch_up='latest')
def delete_old_login_attempts():
    """Delete failed log-ins of more than a day ago. Hourly; safe to run twice; 1,000 rows at a time."""
    db.delete_in_chunks(LoginAttempt, LoginAttempt.at <= clock.now() - KEEP_ATTEMPTS, CHUNK)


@queue.periodic_task(queue.crontab(minute='5'), catch_up='none')
def delete_old_bans():
    """Delete bans of addresses that ended or were lifted more than [privacy] keep_addresses days ago. Hourly;
    safe to run twice; 1,000 rows at a time. Bans of people stay: they hold no address.

    Nothing is caught up, so that a clock that is wrong for a minute ends no ban that is in force.
    """
    before = clock.now() - settings.privacy.keep_addresses * DAY
    over = (Ban.until <= before) | (Ban.lifted_at <= before)
    db.delete_in_chunks(Ban, (Ban.network != '') & over, CHUNK)
