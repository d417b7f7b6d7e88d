"""The command line: reads what was typed, calls one function, says what came of it.

Exit status 0, 1 for a failure, 2 for a wrong call; an error is one sentence that says what to do.
"""
import argparse
import contextlib
import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

from peewee import OperationalError

from kuma_lite import __version__, app, chosen, config, db, folder, serve
from kuma_lite.accounts import terminal as users
from kuma_lite.accounts.rules import Invalid
from kuma_lite.backup import terminal as backups
from kuma_lite.dashboard import commands as commands_of_tasks
from kuma_lite.dashboard import terminal
from kuma_lite.deploy import filling
from kuma_lite.deploy import terminal as deploying
from kuma_lite.doctor import examining
from kuma_lite.doctor import terminal as doctoring
from kuma_lite.queue import context
from kuma_lite.transfer import progress
from kuma_lite.transfer import terminal as transfer

CHECKOUT = Path(__file__).resolve().parents[1]
SUITES = ('faults', 'browser')


class Failure(Exception):
    """The command could not do its work; the message is a sentence that says what to do."""


FAILURES = (Failure, terminal.Refused, transfer.Refused, backups.Failed, deploying.Failed, users.Failed,
            Invalid, db.Unusable, folder.FolderError, serve.CannotStart)


def main(arguments=None):
    """Run one command and return its exit status."""
    args = parser().parse_args(arguments)
    try:
        return args.run(args) or 0
    except config.ConfigError as error:
        return _complain(error, 2)
    except terminal.WrongCall as error:
        return _complain(error, 2)
    except FAILURES as error:
        return _complain(error, 1)
    except OperationalError as error:
        return _complain(f'The database cannot be used now: {error}.', 1)
    except KeyboardInterrupt:
        return _complain('Stopped.', 130)
    except BrokenPipeError:     # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _complain(error, status):
    print(f'kuma-lite: {error}', file=sys.stderr)
    return status


# What may be typed

def parser():
    whole = argparse.ArgumentParser(prog=_typed(), description='A small wiki from one command.')
    whole.add_argument('--version', action='version', version=f'Kuma Lite {__version__}')
    commands = whole.add_subparsers(metavar='COMMAND', required=True)
    common = _common(FLAGS)
    _add(commands, 'serve', run_serve, 'run the wiki: web, tasks and Valkey in one process',
         _common(FLAGS + WEB_FLAGS + WORK_FLAGS))
    _add(commands, 'web', run_web, 'only the web; tasks wait for a worker', _common(FLAGS + WEB_FLAGS))
    _add_worker(commands)
    _add(commands, 'migrate', run_migrate, 'bring the database up to this version', common)
    _add_user(commands, common)
    _add_import(commands, common)
    _add_backup(commands, common)
    _add_tasks(commands, common)
    _add_doctor(commands, common)
    _add_deploy(commands)
    _add_test(commands)
    return whole


def _add(commands, name, run, help, *parents):
    command = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + '.',
                                  parents=parents)
    cause = command.prog.removeprefix(f'{_typed()} ')
    command.set_defaults(run=run, cause=f'command {cause}')
    return command


def _typed():
    """How this program was called, so that what it says of itself can be typed again."""
    name = Path(sys.argv[0]).name
    return f'python3 {name}' if name.endswith('.py') else name


def _common(options):
    """The flags of commands that open the site; each sets the setting that it is named after."""
    flags = argparse.ArgumentParser(add_help=False)
    flags.add_argument('--config', metavar='FILE', help='settings file (default: config.ini if there is one)')
    for names, section, key, help in options:
        flags.add_argument(*names, dest=f'{section}.{key}', metavar=key.upper(), help=help)
    return flags


FLAGS = [
    (['--data'], 'server', 'data', 'the folder of everything worth keeping'),
    (['-l', '--log-level'], 'log', 'level', 'debug, info, warning or error'),
]
WEB_FLAGS = [
    (['--host'], 'server', 'host', 'the address to listen on'),
    (['--port'], 'server', 'port', 'the port to listen on'),
]
WORK_FLAGS = [
    (['-c', '--concurrency', '-w', '--workers'], 'tasks', 'workers', 'number of worker threads'),
]


def _add_worker(commands):
    worker = _add(commands, 'worker', run_worker, 'only the tasks; there may be several',
                  _common(FLAGS + WORK_FLAGS))
    worker.add_argument('--no-periodic', action='store_true', help='leave periodic tasks to other processes')
    worker.add_argument('--burst', action='store_true', help='end when no task is left that is due')


def _add_user(commands, common):
    user = commands.add_parser('user', help=f'accounts: {", ".join(verb for verb, _ in users.VERBS)}')
    verbs = user.add_subparsers(metavar='VERB', required=True)
    added = {verb: _add(verbs, verb, run_user_command, help, common) for verb, help in users.VERBS}
    for verb, command in added.items():
        command.set_defaults(verb=verb)
    users.add_arguments(added)


def _add_import(commands, common):
    command = _add(commands, 'import', run_import, 'make pages of a folder of Markdown files', common)
    command.add_argument('folder', metavar='DIR')
    command.add_argument('--under', metavar='PATH', default='', help='the page below which they go')
    command.add_argument('--user', metavar='NAME', help='whose edits they are')


    command = _add(commands, 'export', run_export, 'write all pages as Markdown files, which import reads',
                   common)
    command.add_argument('folder', metavar='DIR', help='an empty one, or a new one')


def _add_backup(commands, common):
    command = _add(commands, 'backup', run_backup, 'copy the whole wiki into one file, also while it runs',
                   common)
    backups.add_to_backup(command)
    command = _add(commands, 'restore', run_restore, 'make a wiki of a backup, in an empty data folder',
                   common)
    backups.add_to_restore(command)


def _add_tasks(commands, common):
    tasks = commands.add_parser('tasks', help='the queue: list, show, run, retry, cancel, pause, resume, …')
    verbs = tasks.add_subparsers(metavar='VERB', required=True)
    as_json = argparse.ArgumentParser(add_help=False, parents=[common])
    as_json.add_argument('--json', action='store_true', help='as JSON, for programs')
    added = {verb: _add(verbs, verb, run_task_command, help, as_json if shows else common)
             for verb, shows, help in commands_of_tasks.VERBS}
    for verb, command in added.items():
        command.set_defaults(verb=verb)
    commands_of_tasks.add_arguments(added)


def _add_doctor(commands, common):
    command = _add(commands, 'doctor', run_doctor, 'look for what is wrong with the site, and mend it',
                   common)
    doctoring.add_to(command)


def _add_deploy(commands):
    command = _add(commands, 'deploy', run_deploy, 'print a file for nginx, Caddy, systemd or Docker',
                   _common(FLAGS + WEB_FLAGS))
    deploying.add_to(command)


def _add_test(commands):
    command = _add(commands, 'test', run_test, 'run the tests; what follows -- goes to pytest')
    command.add_argument('--mode', choices=['inline', 'worker'], default='inline',
                         help='run tasks in the request (default), or on real workers and Valkey')
    for suite in SUITES:
        command.add_argument(f'--{suite}', action='append_const', dest='suites', const=suite,
                             help=f'run tests/{suite} instead')
    command.add_argument('--long', action='store_true', help='the fault runs at their full length')
    command.add_argument('--benchmarks', action='store_true',
                         help='run the programs of tests/benchmarks instead')
    command.add_argument('pytest', metavar='-- ARGUMENT', nargs='*')


# What the commands do

def run_serve(args):
    return serve.run(settings_of(args))


def run_web(args):
    return serve.run(settings_of(args), serve.WEB)


def run_worker(args):
    role = serve.Role(web=False, periodic=not args.no_periodic, burst=args.burst)
    return serve.run(settings_of(args), role)


def run_migrate(args):
    app.configure(settings_of(args))
    names = serve.migrate()
    print(f'Applied {", ".join(names)}.' if names else 'The database is up to date.')


def run_user_command(args):
    with _existing_site(args):
        users.run(args, terminal.table, _typed())


def run_import(args):
    transfer.check_folder(args.folder)      # before a wiki is made for it
    with _site(args):
        transfer.import_folder(args.folder, args.under, args.user, _typed())


def run_export(args):
    with _existing_site(args):
        transfer.export_folder(args.folder)


def run_backup(args):
    """The tables stay as they are: what comes before an upgrade is a backup."""
    _check_wiki(settings_of(args).server.data)
    app.configure(settings_of(args))
    chosen.refresh()
    backups.make(args.file, args.with_secrets, progress.shown)


def run_restore(args):
    if args.verify:
        backups.verify(args.file, args.json, progress.shown)
    else:
        backups.restore(args.file, settings_of(args).server.data, args.without_mail, progress.shown, _typed())


def run_doctor(args):
    """It makes and migrates nothing: a site that cannot start has to bear it, too."""
    if args.mail:
        return doctoring.try_mail(lambda: settings_of(args), args.mail)
    examining.CHECKS[:] = app.EXAMINED
    with context.use(cause=args.cause):
        return doctoring.run(lambda: settings_of(args), _config_file(args), args.fix, args.json)


def _config_file(args):
    """The path of the file of settings, '' where there is none."""
    file = args.config or ('config.ini' if os.path.exists('config.ini') else '')
    return file and os.path.abspath(file)


def run_deploy(args):
    """It looks at the settings only; there need be no wiki yet."""
    config.settings.replace(settings_of(args))
    program = os.path.abspath(sys.argv[0])
    deploying.show(args.name, filling.Site(
        program=[sys.executable, program] if program.endswith('.py') else [program], typed=_typed(),
        config=_config_file(args), certificate=args.certificate, key=args.key))


def run_task_command(args):
    with _existing_site(args):
        commands_of_tasks.RUN[args.verb](args)


def run_test(args):
    """Become pytest; benchmarks are programs of their own."""
    if not (CHECKOUT / 'tests').is_dir():
        raise Failure('The tests are in the source of Kuma Lite only; get a checkout of it.')
    if importlib.util.find_spec('pytest') is None:
        raise Failure("The tests need more packages: pip install -e '.[test]'")
    os.chdir(CHECKOUT)
    if args.benchmarks:
        programs = sorted(Path('tests/benchmarks').glob('*.py'))
        return max(subprocess.call([sys.executable, program]) for program in programs)
    os.environ['KUMA_TEST_MODE'] = args.mode
    os.environ['KUMA_FAULTS'] = 'long' if args.long else 'short'
    suites = [f'tests/{suite}' for suite in args.suites or ()]
    # One more than there are processors, because some tests wait.
    at_once = ['--dist', 'worksteal', '-n', str((os.cpu_count() or 1) + 1)]
    os.execv(sys.executable, [sys.executable, '-m', 'pytest', *at_once, *suites, *args.pytest])


# What they share

def settings_of(args):
    typed = {(section, key): getattr(args, f'{section}.{key}', None)
             for _, section, key, _ in FLAGS + WEB_FLAGS + WORK_FLAGS}
    return config.load(args.config, flags={name: value for name, value in typed.items() if value is not None})


@contextlib.contextmanager
def _site(args):
    """The database of the site, brought up to this version, during the block."""
    app.configure(settings_of(args))
    serve.migrate()
    with db.connection(), context.use(cause=args.cause):
        yield


@contextlib.contextmanager
def _existing_site(args):
    """The same, for commands that ask something of a wiki: a slip of the finger makes no new one."""
    _check_wiki(settings_of(args).server.data)
    with _site(args):
        yield


def _check_wiki(data):
    if not Path(data, 'wiki.db').exists():
        begin = f'{_typed()} serve --data {shlex.quote(data)}'
        raise Failure(f'There is no wiki in {data}; to begin one there: {begin}')
