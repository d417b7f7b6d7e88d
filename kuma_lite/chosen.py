"""What admins have chosen on the web: it beats config.ini, and is beaten by the environment and by flags.

The rows are written by `site/`. Here they are put into `config.settings`, in every process: `refresh()` is
called before each request and each task, and finds out in 2 µs that nothing has been chosen since.
"""
import json
import logging
import threading
from typing import NamedTuple

from peewee import PeeweeException

from kuma_lite import db
from kuma_lite.config import OPTIONS, Settings, settings

log = logging.getLogger(__name__)

OFFERED = {option.key: option for option in OPTIONS if option.on_web}
NEWEST = 'SELECT max(id) FROM setting'
ALL = 'SELECT key, value FROM setting WHERE id IN (SELECT max(id) FROM setting GROUP BY key)'


class Logo(NamedTuple):
    """A picture that somebody has uploaded."""
    file: str       # the name under which it is sent; another for every picture
    width: int      # pixels
    height: int
    words: str      # what it shows, '' if the name beside it says as much

    @property
    def address(self):
        return f'/logo/{self.file}'


_lock = threading.Lock()
_own = {}               # {key: value} of the settings without what was chosen
_newest = None          # the last choice that is taken into account
_logo = None
_commits = threading.local()


def configure():
    """Begin anew, with the settings in force, which know nothing of the web yet."""
    global _newest, _logo, _commits
    with _lock:
        _own.update({key: getattr(settings.site, key) for key in OFFERED})
        _newest = _logo = None
        _commits = threading.local()


def refresh():
    """Take into account what has been chosen meanwhile, by whichever process. Where there are no tables yet,
    nothing is chosen; what cannot be known now is asked again the next time."""
    try:
        commits = db.commits()
        if commits != getattr(_commits, 'seen', None):
            with _lock:     # so that nobody puts older choices over newer ones
                _take_over()
            _commits.seen = commits
    except PeeweeException:
        return


def own(key):
    """What the setting is, or would be, if nobody had chosen it on the web."""
    return _own[key]


def without():
    """The Settings in force but for what was chosen: those of config.ini, the environment and flags."""
    found = Settings()
    found.replace(settings)
    for key in OFFERED:
        setattr(found.site, key, own(key))
    return found


def logo():
    """The Logo in force, or None."""
    return _logo


def _take_over():
    global _newest, _logo
    [(newest,)] = db.glance(NEWEST)
    if newest == _newest:
        return
    found = dict(db.glance(ALL))
    for key, option in OFFERED.items():
        value = found.get(key)
        is_open = value is not None and (option.section, key) not in settings.forced
        setattr(settings.site, key, value if is_open else _own[key])
    _logo = _read_logo(found.get('logo'))
    _newest = newest


def _read_logo(value):
    """The Logo that a row names, or None. A row that somebody has damaged must not take the site down."""
    try:
        return Logo(*json.loads(value)) if value else None
    except (TypeError, ValueError):
        log.error('The logo that was chosen cannot be read; upload it again at /site')
        return None
