"""What the commands import and export print."""
from collections import Counter
from pathlib import Path

from kuma_lite import text
from kuma_lite.accounts import actions as accounts
from kuma_lite.queue import context
from kuma_lite.transfer import actions, export, files, progress
from kuma_lite.wiki import access


class Refused(Exception):
    """The folder cannot be taken; the message is a sentence."""


def check_folder(folder):
    """Raise Refused unless there is one."""
    if not Path(folder).is_dir():
        raise Refused(f'There is no folder {folder}.')


def import_folder(folder, under, user, typed):
    """Import, and say what came of it. `typed` is how this program is called."""
    author, under = _author(user, typed), _under(under)
    context.update(user=author.name if author else '')
    sources, broken = files.find(folder, under)
    if not sources and not broken:
        raise Refused(f'There are no Markdown files (.md or .markdown) in {folder}.')
    outcomes = list(progress.shown(actions.import_pages(sources, author), len(sources), 'pages'))
    counts = Counter(outcome.state for outcome in outcomes)
    left_out = broken + [outcome for outcome in outcomes if outcome.state == actions.LEFT_OUT]
    print(', '.join(f'{counts[state]:,} {state}' for state in actions.STATES)
          + (f', {len(left_out):,} left out:' if left_out else '.'))
    for outcome in left_out:
        print(f'  {text.legible(outcome.name)}: {outcome.reason}')
    if not author and counts[actions.CREATED] + counts[actions.CHANGED]:
        print('These edits have no author; --user NAME gives an import one.')


def export_folder(folder):
    """Export, and say how much."""
    try:
        total = export.prepare(folder)
        written = sum(1 for _ in progress.shown(export.write_pages(folder), total, 'pages'))
    except export.Refused as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f'The pages cannot be written to {folder}: {error.strerror}.') from None
    what = '1 page is' if written == 1 else f'{written:,} pages are'
    print(f'{what} in {folder}; the command import makes the same of {"it" if written == 1 else "them"}.')


def _under(path):
    try:
        return path and text.normalize_path(path)
    except ValueError as error:
        raise Refused(f'--under: {error}') from None


def _author(name, typed):
    """Whose edits an import makes: a person who may, or nobody."""
    if name is None:
        return None
    person = accounts.find_person(name)
    if not access.may(person, access.CREATE):
        raise Refused(f'{person.name} may not make pages; to change that: {typed} user role NAME editor')
    return person
