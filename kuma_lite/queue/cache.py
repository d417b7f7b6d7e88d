"""Values that take long to compute, prepared by tasks and kept in the database.

Whoever asks gets an answer at once: the fresh value, the stale one while a task refreshes it,
or an empty one while a task computes it for the first time. The rules are Kuma's:

    fresh                   returned
    stale                   returned; one refresh starts
    missing                 the empty value is returned; one refresh starts
    missing, fetch_on_miss  computed at once
    invalidate()            the old value stays in use until the refresh lands
"""
import json
import logging

from peewee import BooleanField, CharField, DoubleField, PeeweeException, TextField

from kuma_lite import clock, db
from kuma_lite.queue.crontab import crontab
from kuma_lite.queue.engine import periodic_task, task
from kuma_lite.statements import Statement, slot

log = logging.getLogger(__name__)

KEEP = 30 * 24 * 3600       # seconds that a stale value is kept
VALUES = {}                 # name -> Value


class Prepared(db.BaseModel):
    """A value of one key."""
    name = CharField()
    key = CharField()
    data = TextField()
    computed_at = DoubleField(null=True)        # empty while it has never been
    expires_at = DoubleField(index=True)        # when a reader's question starts a refresh
    refreshing = BooleanField(default=False)    # one has been asked for and has not landed

    class Meta:
        indexes = ((('name', 'key'), True),)


ROW = Statement(lambda: Prepared.select().where(Prepared.name == slot('name'), Prepared.key == slot('key')))

PUT = '''
    INSERT INTO prepared (name, key, data, computed_at, expires_at, refreshing) VALUES (?, ?, ?, ?, ?, 0)
    ON CONFLICT (name, key) DO UPDATE SET data = excluded.data, computed_at = excluded.computed_at,
        expires_at = excluded.expires_at, refreshing = excluded.refreshing
        WHERE prepared.computed_at IS NULL OR prepared.computed_at <= excluded.computed_at'''


class Answer:
    """What `Value.ask()` found: data, when it was computed (None: never), and whether it is fresh and
    until when."""

    def __init__(self, data, computed_at, fresh, expires_at):
        self.data, self.computed_at, self.fresh, self.expires_at = data, computed_at, fresh, expires_at


def _nothing(*args):
    return None


class Value:
    """A kind of prepared value: `fetch(key)` computes one, as plain JSON data.

    `empty()` is what there is before that. lifetime and refresh_timeout are in seconds; lifetime may
    be a function, so that values made together need not expire together. A refresh that failed is
    tried again after refresh_timeout. `landed(key)` is called in the transaction that keeps a new value.
    """

    def __init__(self, name, fetch, lifetime, refresh_timeout, empty=_nothing, fetch_on_miss=False,
                 landed=_nothing):
        self.name, self.fetch, self.lifetime = name, fetch, lifetime
        self.refresh_timeout, self.empty, self.fetch_on_miss = refresh_timeout, empty, fetch_on_miss
        self.landed = landed
        VALUES[name] = self

    def get(self, key):
        """The data for a key, whatever is there; never waits for a task."""
        return self.ask(key).data

    def ask(self, key):
        """As `get()`, with what is known about the data. Returns an Answer."""
        row = self._row(key)
        if row is None and self.fetch_on_miss:
            row = self.compute(key)
        if row and row.expires_at > clock.now() >= (row.computed_at or 0):     # or the clock was put back
            return _answer(row, not row.refreshing)
        self._try_refresh(key)
        return _answer(row, False) if row else Answer(self.empty(), None, False, 0)

    def invalidate(self, key):
        """Refresh the value of a key soon; an absent key stays absent. Call it where the change is made."""
        later = clock.now() + self.refresh_timeout      # if that fails, readers ask again
        if Prepared.update(refreshing=True, expires_at=later).where(self._is(key)).execute():
            refresh(self.name, str(key))

    def compute(self, key):
        """Fetch and keep the value of a key; returns its row. Of two at once, the later one stays."""
        return self.compute_all([key])[key]

    def compute_all(self, keys):
        """The same for several keys, in one transaction. Returns {key: row}."""
        found = [(key, clock.now(), json.dumps(self.fetch(key))) for key in keys]
        with db.atomic():
            for key, began, data in found:
                expires = began + (self.lifetime() if callable(self.lifetime) else self.lifetime)
                db.database.execute_sql(PUT, (self.name, str(key), data, began, expires))
                self.landed(key)
        return {key: self._row(key) for key in keys}

    def _is(self, key):
        return (Prepared.name == self.name) & (Prepared.key == str(key))

    def _row(self, key):
        return ROW.first(name=self.name, key=str(key))

    def _try_refresh(self, key):
        if db.database.problem:     # known already: no reader has to wait to find it out again
            return
        try:
            self._start_refresh(key)
        except PeeweeException as error:
            log.warning('%s %s cannot be refreshed now: %s', self.name, key, error)

    def _start_refresh(self, key):
        """Put the expiry a little off, so that only the first who comes starts a refresh."""
        with db.atomic(impatient=True):     # a reader is waiting, and the next one can do it
            if self._put_off(key, clock.now() + self.refresh_timeout):
                refresh(self.name, str(key))

    def _put_off(self, key, later):
        """Whether this caller is the first: it moved the expiry, or made the row."""
        stale = self._is(key) & (Prepared.expires_at <= clock.now())
        if Prepared.update(expires_at=later, refreshing=True).where(stale).execute():
            return True
        return Prepared.insert(name=self.name, key=str(key), data=json.dumps(self.empty()), expires_at=later,
                               refreshing=True).on_conflict_ignore().as_rowcount().execute() == 1


def _answer(row, fresh):
    return Answer(json.loads(row.data), row.computed_at, fresh, row.expires_at)


@task(priority='low', rate='120/m', unique='{name}:{key}')
def refresh(name, key):
    """Compute a prepared value and keep it. Queued when one is asked for and stale, or invalidated;
    may run twice; costs what the value costs. A failure is not retried: the next reader asks again."""
    VALUES[name].compute(key)


@periodic_task(crontab(minute='40', hour='4'))
def delete_old_values():
    """Delete values that nobody has asked for since 30 days after their expiry. Daily; may run twice."""
    with db.atomic():
        Prepared.delete().where(Prepared.expires_at < clock.now() - KEEP).execute()
