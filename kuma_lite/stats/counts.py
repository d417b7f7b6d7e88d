"""From memory to the table of views: each process that answers requests adds what it has counted.

What was counted since the last writing is lost when a process is killed: at most a minute's views.
"""
import itertools
import json
import logging
import threading
from collections import Counter

from peewee import PeeweeException

from kuma_lite import clock, db
from kuma_lite.stats import days
from kuma_lite.web import counting

log = logging.getLogger(__name__)

EVERY = 60          # seconds between two writings, which are at whole minutes: no minute lies on two days
CHUNK = 1000        # rows in one transaction

# The join leaves out pages that were purged meanwhile.
ADD = ('INSERT INTO page_view (page_id, day, count) '
       'SELECT page.id, value ->> 1, value ->> 2 FROM json_each(?) JOIN page ON page.id = value ->> 0 '
       'WHERE true ON CONFLICT (page_id, day) DO UPDATE SET count = page_view.count + excluded.count')

_unwritten = Counter()      # (page id, day) -> views that could not be written yet
_turn = threading.Lock()    # of those who write


def write():
    """Add what this process has counted to the table. What cannot be written stays for the next time."""
    with _turn:
        day = days.of(clock.now() - 1).isoformat()
        _unwritten.update({(page_id, day): views for page_id, views in counting.take().items()})
        while _unwritten:
            _write(dict(itertools.islice(_unwritten.items(), CHUNK)))


def _write(counts):
    rows = [(*key, views) for key, views in counts.items()]
    with db.atomic(retraceable=True):
        db.database.execute_sql(ADD, (json.dumps(rows),))
    for key in counts:
        del _unwritten[key]


class Writer:
    """A thread that writes the counts of this process every minute, and once more when it stops."""

    def __init__(self):
        self._stopping = threading.Event()

    def start(self):
        self._thread = threading.Thread(target=self._loop, name='views', daemon=True)
        self._thread.start()

    def check(self):
        """Start the thread again if it died."""
        if not self._thread.is_alive() and not self._stopping.is_set():
            self.start()

    def stop(self, timeout):
        """Let the thread write what is left, in so many seconds."""
        self._stopping.set()
        self._thread.join(timeout)

    def _loop(self):
        while not self._stopping.wait(EVERY - clock.now() % EVERY):
            self._try_to_write()
        self._try_to_write()

    def _try_to_write(self):
        try:
            with db.connection():
                write()
        except PeeweeException as error:
            log.warning('The views of pages cannot be written now: %s', error)
