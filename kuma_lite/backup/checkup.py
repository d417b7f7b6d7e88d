"""Whether there is a backup that is young and whole."""
from peewee import fn

from kuma_lite import clock, text
from kuma_lite.backup import actions, places
from kuma_lite.config import settings
from kuma_lite.findings import Finding, note
from kuma_lite.wiki.models import Revision

OLD = 2 * 24 * 3600     # seconds


def newest(visit):
    found = places.newest() if (visit.data / 'backups').is_dir() else None
    began = Revision.select(fn.MIN(Revision.created_at)).scalar()
    if not settings.backup.keep:
        yield note('[backup] keep is 0, so none is made at night.', 'Set it, or make your own: `backup FILE`')
    elif found is None and began and began < clock.now() - OLD:
        yield Finding('There is no backup.',
                      'Type `backup`; `tasks list --name backup.back_up` says why none was made at night.')
    elif found and found.at < clock.now() - OLD:
        yield Finding(f'The newest backup is of {text.iso(found.at)}.', 'Type `backup`; `tasks list --name '
                      'backup.back_up` says why there is none of last night.')
    if found and visit.thorough:
        yield from _whole(found)


def _whole(found):
    try:
        actions.verify(found.path)
    except actions.Failed as error:
        yield Finding(str(error), 'Type `backup`, and keep the older ones until `restore FILE --verify` '
                      'finds the new one whole.')
