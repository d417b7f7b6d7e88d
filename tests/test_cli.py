"""The command line as it is typed: what each command prints, and with which status it ends."""
import io
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pyotp
import pytest

from base import settings_for
from kuma_lite import app, cli, clock, config, db, folder
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import second_factor, sessions
from kuma_lite.wiki.models import Page

CHECKOUT = Path(__file__).parents[1]
PASSWORD = 'correct horse battery'


@pytest.fixture
def kuma(tmp_path, monkeypatch, capsys):
    """Types a command for a data folder of its own: `kuma('user', 'list') == (status, out, err)`."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith('KUMA_')]:
        monkeypatch.delenv(name)

    def run(*words, typed=''):
        monkeypatch.setattr(sys, 'stdin', io.StringIO(typed))
        try:
            status = cli.main(list(map(str, words)))
        except SystemExit as stop:      # argparse
            status = stop.code
        return status, *capsys.readouterr()
    yield run
    if not db.database.deferred:
        db.database.close_all()


def add(kuma, name, role='editor'):
    kuma('migrate')
    return kuma('user', 'add', name, '--role', role, '--email', f'{name}@example.org', typed=f'{PASSWORD}\n')


def test_an_account_from_its_making_to_its_token(kuma):
    assert add(kuma, 'edda') == (0, 'edda has an account now, as editor.\n', '')
    assert kuma('user', 'role', 'EDDA', 'moderator') == (0, 'edda is moderator now.\n', '')
    status, token, _ = kuma('user', 'token', 'edda')
    with db.connection():
        person = sessions.person_for_token(token.removesuffix('\n'))
        assert (person.name, person.role) == ('edda', 'moderator')
        assert accounts.check_login('edda', PASSWORD, '192.0.2.7') == person


def test_a_second_factor_is_taken_from_who_lost_it(kuma):
    add(kuma, 'edda')
    with db.connection():
        edda = accounts.find_person('edda')
        second_factor.turn_on(edda, 'A' * 32, pyotp.TOTP('A' * 32).at(int(clock.now())))
    assert kuma('user', 'one-factor', 'edda') == (0, 'edda logs in with the password alone.\n', '')
    assert 'as before' in kuma('user', 'one-factor', 'EDDA')[1]
    with db.connection():
        assert not second_factor.is_on(edda) and not second_factor.codes_left(edda)


def test_a_password_is_changed_from_standard_input(kuma):
    add(kuma, 'edda')
    assert kuma('user', 'password', 'edda', typed='another horse entirely\r\n')[0] == 0
    with db.connection():
        assert accounts.check_login('edda', 'another horse entirely', '192.0.2.7')
        assert not accounts.check_login('edda', PASSWORD, '192.0.2.7')


def test_accounts_are_listed_for_people_and_for_programs(kuma):
    kuma('migrate')
    assert 'no accounts yet' in kuma('user', 'list')[1]
    assert json.loads(kuma('user', 'list', '--json')[1]) == []
    add(kuma, 'edda')
    add(kuma, 'ada', 'admin')
    assert [line.split() for line in kuma('user', 'list')[1].splitlines()] == [
        ['Name', 'Role', 'Email', 'Active'],
        ['ada', 'admin', 'ada@example.org', 'yes'],
        ['edda', 'editor', 'edda@example.org', 'yes']]
    assert json.loads(kuma('user', 'list', '--json')[1])[0] == {
        'name': 'ada', 'role': 'admin', 'email': 'ada@example.org', 'active': True}


def test_the_only_admin_stays_one(kuma):
    add(kuma, 'ada', 'admin')
    status, out, err = kuma('user', 'role', 'ada', 'editor')
    assert (status, out) == (1, '') and 'ada is the only admin' in err
    assert kuma('user', 'role', 'ada', 'admin')[0] == 0
    add(kuma, 'mona', 'admin')
    assert kuma('user', 'role', 'ada', 'editor')[0] == 0


@pytest.mark.parametrize('words', [('list',), ('token', 'edda'), ('password', 'edda'),
                                   ('role', 'edda', 'reader'), ('add', 'edda', '--email', 'e@example.org')])
def test_a_misspelt_folder_does_not_become_a_wiki(kuma, tmp_path, words):
    status, out, err = kuma('user', *words, '--data', 'a typo', typed=f'{PASSWORD}\n')
    assert (status, out) == (1, '') and err.startswith('kuma-lite: There is no wiki in a typo;')
    assert not (tmp_path / 'a typo').exists()


@pytest.mark.parametrize('called, typed', [('/x/kuma_lite.py', 'python3 kuma_lite.py'),
                                           ('/bin/kuma-lite', 'kuma-lite')])
def test_a_hint_can_be_typed_as_it_stands(kuma, monkeypatch, called, typed):
    kuma('migrate')
    monkeypatch.setattr(sys, 'argv', [called])
    assert f'make one: {typed} user add' in kuma('user', 'list')[1]
    assert kuma('--help')[1].startswith(f'usage: {typed} ')


@pytest.mark.parametrize('words', [('import',), ('user', 'add'), ('migrate',)])
def test_only_serve_lists_what_only_serve_uses(kuma, words):
    shown = kuma(*words, '--help')[1]
    assert '--data' in shown and '--host' not in shown and '--workers' not in shown
    assert '--host' in kuma('serve', '--help')[1]


def test_a_password_is_asked_for_twice_on_a_terminal(tmp_path):
    app.configure(settings_for(tmp_path / 'data'))
    db.migrate()
    assert terminal(tmp_path, [PASSWORD, PASSWORD]) == (0, 'edda has an account now, as editor.')
    assert terminal(tmp_path, [PASSWORD, 'a slip of the finger']) == (
        1, 'kuma-lite: The two passwords differ; nothing was changed.')


def terminal(folder, answers):
    """Status and last line of `user add edda` on a terminal where each answer is typed at a prompt."""
    command = [sys.executable, str(CHECKOUT / 'kuma_lite.py'), 'user', 'add', 'edda',
               '--email', 'e@example.org', '--data', str(folder / 'data')]
    pid, screen = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    shown = b''
    while piece := read(screen):
        shown += piece
        if answers and shown.endswith(b': '):
            os.write(screen, answers.pop(0).encode() + b'\n')
    assert PASSWORD.encode() not in shown
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode().splitlines()[-1]


def read(screen):
    try:
        return os.read(screen, 1000)
    except OSError:     # the other side is gone
        return b''


def test_a_folder_is_imported_and_what_is_broken_listed(kuma, tmp_path):
    notes = tmp_path / 'notes'
    notes.mkdir()
    (notes / 'good.md').write_text('# Good\n')
    (notes / 'bad\x1b[2J.md').write_text('')
    (notes / os.fsdecode(b'\xff.md')).write_text('')
    add(kuma, 'edda')
    status, out, err = kuma('import', notes, '--under', 'Old notes', '--user', 'edda')
    assert (status, err) == (0, '1 of 1 pages' + err.removeprefix('1 of 1 pages'))
    assert out.startswith('1 created, 0 changed, 0 unchanged, 2 left out:\n')
    assert '\n  bad\\x1b[2J.md: ' in out and '\n  \\udcff.md: ' in out
    with db.connection():
        assert Page.at('Old_notes/good').current().author.name == 'edda'


def test_a_folder_without_markdown_is_told(kuma, tmp_path):
    (tmp_path / 'notes').mkdir()
    assert kuma('import', 'notes') == (
        1, '', 'kuma-lite: There are no Markdown files (.md or .markdown) in notes.\n')


def test_who_imports_without_an_author_is_told(kuma, tmp_path):
    (tmp_path / 'a.md').write_text('x')
    add(kuma, 'edda')
    hint = '--user NAME gives an import one.\n'
    assert kuma('import', tmp_path)[1].endswith(hint)
    assert hint not in kuma('import', tmp_path)[1]
    (tmp_path / 'a.md').write_text('y')
    assert hint not in kuma('import', tmp_path, '--user', 'edda')[1]


def test_migrate_says_what_it_did(kuma, tmp_path):
    assert kuma('migrate')[1].startswith('Applied 0001_first')
    assert kuma('migrate') == (0, 'The database is up to date.\n', '')
    assert (tmp_path / 'data/wiki.db').exists()


@pytest.mark.parametrize('words', [('user', 'list'), ('migrate',)])
def test_no_command_changes_the_tables_of_a_running_site(kuma, tmp_path, monkeypatch, words):
    kuma('migrate')
    with folder.Lock(tmp_path / 'data'):
        assert kuma(*words)[0] == 0     # there is nothing to change
        monkeypatch.setattr(db, 'MIGRATIONS', newer(tmp_path))
        status, out, err = kuma(*words)
        assert (status, out) == (1, '') and 'A site is running on' in err
    assert kuma(*words)[0] == 0


def newer(tmp_path):
    """The migrations and one more."""
    copy = shutil.copytree(db.MIGRATIONS, tmp_path / 'migrations')
    (copy / '9999_more.py').write_text('def up(migrator, db):\n    db.execute_sql("CREATE TABLE more (x)")\n')
    return copy


@pytest.mark.parametrize('words', [
    (), ('dance',), ('user',), ('user', 'add', 'x'), ('user', 'role', 'x', 'king'), ('test', '--mode', 'x'),
    ('user', 'add', 'x', '--email', 'e@x', '--password', 'never on a command line'),
    ('serve', '--port', 'many'), ('serve', '--port', '70000'), ('serve', '-w', '0'), ('serve', '-l', 'loud'),
    ('serve', '--config', 'missing.ini'), ('web', '-c', '2'), ('worker', '--port', '8001'),
    ('worker', '--burst', 'now')])
def test_a_wrong_call_ends_with_2(kuma, words):
    status, out, err = kuma(*words)
    assert (status, out) == (2, '')
    assert 'Traceback' not in err


@pytest.mark.parametrize('words, sentence', [
    (('user', 'token', 'nobody'), 'There is no account named "nobody".'),
    (('user', 'password', 'nobody'), 'There is no account named "nobody".'),
    (('user', 'add', 'x/y', '--email', 'e@example.org'), 'A name cannot contain'),
    (('user', 'add', 'edda', '--email', 'e@example.org'), 'A password has 10 to'),
    (('import', 'missing'), 'There is no folder missing.'),
    (('import', '.', '--under', 'a?'), '--under: A path cannot hold the character "?".'),
    (('import', '.', '--user', 'nobody'), 'There is no account named "nobody".'),
    (('migrate', '--data', '/dev/null'), 'The data folder /dev/null cannot be used'),
])
def test_a_failure_is_one_sentence_and_ends_with_1(kuma, words, sentence):
    kuma('migrate')
    status, out, err = kuma(*words)
    assert (status, out, err.count('\n')) == (1, '', 1)
    assert err.startswith(f'kuma-lite: {sentence}')


def test_a_reader_cannot_be_the_author_of_an_import(kuma):
    add(kuma, 'rita', 'reader')
    assert 'rita may not make pages' in kuma('import', '.', '--user', 'rita')[2]


def test_an_unknown_setting_is_named_with_its_line(kuma, tmp_path):
    (tmp_path / 'config.ini').write_text('[site]\nnmae = x\n')
    assert kuma('user', 'list') == (2, '', 'kuma-lite: config.ini line 2: [site] has no setting "nmae".\n')


def test_a_home_that_no_page_can_be_is_refused_at_once(kuma, tmp_path):
    (tmp_path / 'config.ini').write_text('[site]\nhome = Where?\n')
    status, out, err = kuma('migrate')
    assert (status, out) == (2, '') and err.startswith('kuma-lite: [site] home is the path of a page, not')


@pytest.mark.parametrize('words, section, key, value', [
    (['--data', '/x'], 'server', 'data', '/x'), (['--host', '::1'], 'server', 'host', '::1'),
    (['--port', '81'], 'server', 'port', 81), (['-c', '7'], 'tasks', 'workers', 7),
    (['-w', '7'], 'tasks', 'workers', 7), (['--concurrency', '7'], 'tasks', 'workers', 7),
    (['--workers', '7'], 'tasks', 'workers', 7), (['-l', 'debug'], 'log', 'level', 'debug'),
    (['--log-level', 'debug'], 'log', 'level', 'debug')])
def test_flags_become_settings(words, section, key, value):
    settings = cli.settings_of(cli.parser().parse_args(['serve', *words]))
    assert getattr(getattr(settings, section), key) == value


def test_the_halves_of_serve_take_its_flags():
    web = cli.settings_of(cli.parser().parse_args(['web', '--port', '81', '-l', 'debug']))
    worker = cli.settings_of(cli.parser().parse_args(['worker', '-c', '7', '--data', '/x']))
    assert (web.server.port, web.log.level) == (81, 'debug')
    assert (worker.tasks.workers, worker.server.data) == (7, '/x')


def test_every_flag_belongs_to_a_setting():
    flags = cli.FLAGS + cli.WEB_FLAGS + cli.WORK_FLAGS
    assert all((section, key) in config.TABLE for _, section, key, _ in flags)


def test_the_tests_can_be_started_and_their_arguments_reach_pytest():
    command = [sys.executable, CHECKOUT / 'kuma_lite.py', 'test', '--mode', 'worker',
               '--', '-q', '--collect-only', 'tests/test_deletion.py']
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert 'tests/test_deletion.py::' in done.stdout and 'test_cli' not in done.stdout
