"""Run the checks, and mend what can be mended."""
import contextlib
import logging
from typing import NamedTuple

from peewee import PeeweeException

from kuma_lite import db, folder
from kuma_lite.findings import WRONG, Check, Finding, Visit

log = logging.getLogger(__name__)

CHECKS = []     # app.EXAMINED


class Found(NamedTuple):
    """A finding, by which check, and what was done about it: '' is nothing."""
    check: str
    finding: Finding
    mended: str = ''


def visit(data, config=''):
    """Who looks at the data folder from the command line."""
    return Visit(data, folder.is_in_use(data), config)


def examine(asked: Visit):
    """[Found, …] of all checks, in their order. The database must be open, or is none."""
    found, has_database = [], True
    for check in CHECKS:
        if check.asks_database and not has_database:
            continue
        findings = _look(check, asked)
        has_database &= not any(finding.is_last for finding in findings)
        found += [Found(check.name, finding) for finding in findings]
    return found


def _look(check: Check, asked):
    """A check that fails says something about the site, too, and keeps no other from its look."""
    try:
        if not check.asks_database:
            return list(check.look(asked))
        with db.connection():
            return list(check.look(asked))
    except (PeeweeException, OSError) as error:
        return [Finding(f'This cannot be checked: {error}.', 'Mend what else is found, and look again.')]


def unasked(found):
    """The names of the checks that could not be made, because of what others found."""
    is_last = any(one.finding.is_last for one in found)
    return [check.name for check in CHECKS if is_last and check.asks_database]


def mend(found):
    """The same findings, with what was done about those that can be mended."""
    return [one._replace(mended=_mended(one)) if one.finding.mend else one for one in found]


def _mended(one):
    asks_database = {check.name: check.asks_database for check in CHECKS}[one.check]
    try:
        with db.connection() if asks_database else contextlib.nullcontext():
            return one.finding.mend()
    except (PeeweeException, OSError, folder.FolderError) as error:
        log.warning('%s cannot be mended: %s', one.finding.what, error)
        return ''


def is_well(found):
    return not any(one.finding.level == WRONG and not one.mended for one in found)
