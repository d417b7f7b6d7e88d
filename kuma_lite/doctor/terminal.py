"""What can be typed behind the command doctor, and what it prints."""
import json
from pathlib import Path

from kuma_lite import __version__, config, db, text
from kuma_lite.doctor import examining
from kuma_lite.doctor.examining import CHECKS, Found
from kuma_lite.findings import WRONG, Finding
from kuma_lite.mail import conversation


def add_to(command):
    command.add_argument('--fix', action='store_true', help='mend what can be mended without asking')
    command.add_argument('--mail', metavar='ADDRESS', help='send a mail there, and show what the server says')
    command.add_argument('--json', action='store_true', help='as JSON, for programs')


def run(load, config_file, fix, as_json):
    """Look, tell, and with `fix` mend. `load()` gives the settings. Returns the exit status."""
    try:
        settings = load()
    except config.ConfigError as error:
        finding = Finding(str(error), 'Mend that line; the config.ini that comes with the wiki shows every '
                          'setting with its default.')
        return _tell([Found('settings', finding)], as_json, ['settings'])
    config.settings.replace(settings)
    try:
        found = _examined(Path(settings.server.data).absolute(), config_file, fix)
    finally:
        db.database.close_all()
    return _tell(found, as_json, ['settings', *(check.name for check in CHECKS)])


def _examined(data, config_file, fix):
    database = data / 'wiki.db'
    db.open_to_look(database)
    found = examining.examine(examining.visit(data, config_file))
    if fix and database.exists():
        db.open_file(database)
    return examining.mend(found) if fix else found


def _tell(found, as_json, names):
    if as_json:
        print(json.dumps(as_dict(found, names), indent=2, ensure_ascii=False))
    else:
        _show(found, names)
    return 0 if examining.is_well(found) else 1


def as_dict(found, names):
    return {'version': __version__, 'well': examining.is_well(found), 'checks': names,
            'unasked': examining.unasked(found),
            'findings': [{'check': one.check, 'level': one.finding.level, 'what': one.finding.what,
                          'do': one.finding.do, 'can_be_mended': bool(one.finding.mend),
                          'mended': one.mended} for one in found]}


def _show(found, names):
    for name in names:
        of_check = [one for one in found if one.check == name]
        for one in of_check:
            _show_one(one)
        if not of_check:
            print(f'{name:10} {"cannot be asked" if name in examining.unasked(found) else "ok"}')
    wrong = sum(one.finding.level == WRONG and not one.mended for one in found)
    mendable = any(one.finding.mend and not one.mended for one in found)
    print(f'\n{"All is well." if not wrong else f"Wrong: {wrong}."}'
          f'{" Type it again with --fix to mend what can be mended." if mendable else ""}')


def _show_one(one):
    head = 'mended' if one.mended else one.finding.level
    print(f'{one.check:10} {head}: {text.legible(one.finding.what)}')
    print(f'{"":10} → {text.legible(one.mended or one.finding.do)}')


def try_mail(load, address):
    """Hold the conversation of a mail to this address, line by line. Returns the exit status."""
    config.settings.replace(load())
    return 0 if conversation.hold(address, lambda line: print(text.legible(line))) else 1
