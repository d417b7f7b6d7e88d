"""What can be typed behind the commands backup and restore, and what they print."""
import json
import shlex

from kuma_lite import text
from kuma_lite.backup import actions
from kuma_lite.backup.actions import Failed  # noqa: F401 (what all of this raises)


def add_to_backup(command):
    command.add_argument('file', metavar='FILE', nargs='?', help='a new one (default: one in data/backups)')
    command.add_argument('--with-secrets', action='store_true', help='with the passwords of the settings, '
                         'the keys, and secret.key')


def add_to_restore(command):
    command.add_argument('file', metavar='FILE')
    command.add_argument('--verify', action='store_true', help='only check the backup, and change nothing')
    command.add_argument('--without-mail', action='store_true', help='send no mail until somebody says so')
    command.add_argument('--json', action='store_true', help='with --verify: what is in it, for programs')


def make(path, with_secrets, shown):
    made = actions.create(path, with_secrets, shown)
    print(f'{made.path}: {_pages(made.manifest)}, {made.path.stat().st_size:,} bytes, checked.')
    if made.left_out:
        print('Left out, because these are no plain files of the wiki:')
        for name in made.left_out:
            print(f'  {name}')


def verify(path, as_json, shown):
    about = actions.verify(path, shown)
    if as_json:
        print(json.dumps(about.as_dict(), indent=2, ensure_ascii=False))
    else:
        print(f'{path} is whole: {_pages(about)}, made on {about.created_at} by Kuma Lite {about.version}'
              f'{", with secrets" if about.secrets else ""}.')


def restore(path, data, without_mail, shown, typed):
    """`typed` is how this program is called."""
    restored = actions.restore(path, data, without_mail, shown)
    about, data = restored.manifest, shlex.quote(str(data))
    print(f'{data} holds the wiki of {about.created_at} now: {_pages(about)}.')
    if restored.migrations:
        print(f'Applied {", ".join(restored.migrations)}.')
    print(f'Its settings are in {data}/config.ini, to be compared with yours. Everybody has to log in anew.')
    if restored.held:
        print(f'Mails that waited then are kept back: {restored.held:,}; /mails can send them.')
    if without_mail:
        print(f'No mail leaves it until you type: {typed} tasks resume mail.deliver --data {data}')
    print(f'To run it: {typed} serve --data {data}')


def _pages(about):
    counts = f'{_count(about.pages, "page")} with {_count(about.revisions, "revision")}'
    return f'{text.legible(about.site)}, {counts}'


def _count(number, noun):
    return f'{number:,} {noun}{"" if number == 1 else "s"}'
