"""The doctor before sites that were broken on purpose: it names what is wrong, and mends it where that is
safe and it is asked to. Without --fix it changes nothing."""
import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections import namedtuple
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from base import settings_for
from kuma_lite import app, clock, config, db, folder
from kuma_lite.backup import actions as backups
from kuma_lite.doctor import examining, terminal
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.queue.cache import Prepared
from kuma_lite.queue.tables import Task
from kuma_lite.wiki.models import Page, Revision
from process import CHECKOUT, Process, wait_for

DAY = 24 * 3600
Disk = namedtuple('Disk', 'total used free')


@pytest.fixture
def sick(site_in, tmp_path, capsys):
    """A wiki of two pages that nobody serves; `look(fix)` is what the doctor says of it."""
    with site_in('inline') as site:
        for path in ('Tea', 'Coffee'):
            site.page(path, 'Hot.')
        site.settle()
    db.database.close_all()
    data = tmp_path / 'data'
    folder.secret(data)
    found = SimpleNamespace(data=data, values={}, file='', running=None)

    def look(fix=False):
        loaded = settings_for(data)
        for (section, key), value in found.values.items():
            setattr(getattr(loaded, section), key, value)
        capsys.readouterr()
        status = terminal.run(lambda: loaded, str(found.file), fix, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (status == 0) == told['well']
        return status, told
    found.look = look
    examining.CHECKS[:] = app.EXAMINED
    yield found
    if found.running:
        found.running.release()
    config.settings.replace(config.Settings())


def with_database(change):
    def do(sick):
        db.open_file(sick.data / 'wiki.db')
        with db.connection():
            change()
        db.database.close_all()
    return do


def sql(*statements):
    return with_database(lambda: [db.database.execute_sql(statement) for statement in statements])


def write(name, data, at=0):
    def do(sick):
        with open(sick.data / name, 'r+b' if (sick.data / name).exists() else 'wb') as file:
            file.seek(at)
            file.write(data)
    return do


def mode(name, bits):
    return lambda sick: (sick.data / name).chmod(bits)


def setting(section, key, value):
    return lambda sick: sick.values.update({(section, key): value})


def all_of(*breakers):
    return lambda sick: [do(sick) for do in breakers]


def leave_a_socket(sick):
    here = os.getcwd()
    os.chdir(sick.data)     # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind('valkey.sock')
    finally:
        os.chdir(here)


def hold_it(sick):
    sick.running = folder.Lock(sick.data, shared=True)
    sick.running.acquire()


def tell_everybody_the_password(sick):
    sick.values['mail', 'password'] = 'secret'
    sick.file = sick.data.parent / 'config.ini'
    sick.file.write_text('[mail]\npassword = secret\n')
    sick.file.chmod(0o644)


def strand_a_mail():
    message = Message.create(key='revision:1', subject='News', text='It changed.')
    Delivery.create(message=message, address='wanda@example.org')


def bury_tasks():
    for name in ('mail.deliver', 'mail.deliver', 'search.index'):
        Task.create(name=name, args='[[], {}]', state='dead', run_at=0, created_at=0)


def spoil_a_value():
    page = Page.at('Tea')
    Prepared.delete().execute()
    Prepared.create(name='contributors', key=str(page.id), data='{oops', computed_at=clock.now(),
                    expires_at=clock.now() + 9999)


def lose_a_refresh():
    page = Page.at('Tea')
    Prepared.delete().execute()
    Prepared.create(name='contributors', key=str(page.id), data='[]', refreshing=True,
                    expires_at=clock.now() - DAY)


def be_from_the_future():
    Revision.update(created_at=clock.now() + DAY).execute()


def be_old():
    Revision.update(created_at=clock.now() - 30 * DAY).execute()


def be_late():
    Task.create(name='mail.deliver', args='[[], {}]', run_at=1, created_at=1)


class Broken(NamedTuple):
    do: object              # how it is broken
    check: str              # which check tells
    words: str              # of what it tells
    is_mended: bool = False     # by --fix
    level: str = 'wrong'


BROKEN = {name: Broken(*rest) for name, *rest in [
    ('a folder that others can enter', mode('.', 0o755), 'rights', 'can reach', True),
    ('a database that others can read', mode('wiki.db', 0o644), 'rights', 'wiki.db', True),
    ('a password that everybody can read', tell_everybody_the_password, 'rights', 'config.ini', True),
    ('half a secret', lambda sick: (sick.data / 'secret.key').write_text('abc'), 'secret', 'damaged', True),
    ('no database at all', lambda sick: (sick.data / 'wiki.db').unlink(), 'database', 'no wiki'),
    ('a file that is no database', write('wiki.db', b'This is no database.'), 'database', 'damaged'),
    ('pages of it overwritten', write('wiki.db', b'\xff' * 8192, at=40960), 'database', 'damaged'),
    ('rows that belong to nothing', sql('PRAGMA foreign_keys = 0', 'DELETE FROM person'),
        'database', 'belong to'),
    ('a database from a newer version',
        sql("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')"),
        'database', 'newer version'),
    ('tables of an older version', sql("DELETE FROM schema_migration"), 'database', 'older version'),
    ('a page that search lacks', sql('DELETE FROM search_entry'), 'search', 'Not found', True),
    ('a page in search that is none',
        sql("INSERT INTO search_index (rowid, title, headings, text) VALUES (999, 'ghost', '', '')"),
        'search', 'still found', True),
    ('a prepared value that is no JSON', with_database(spoil_a_value), 'prepared', 'contributors', True),
    ('a refresh that never landed', with_database(lose_a_refresh), 'prepared', 'late', True),
    ('a socket that a killed Valkey left', leave_a_socket, 'valkey', 'left', True, 'note'),
    ('a Redis that is away', setting('redis', 'url', 'unix:///nowhere/redis.sock'), 'valkey', 'not answer'),
    ('dead tasks', with_database(bury_tasks), 'tasks', '2 of mail.deliver'),
    ('paused tasks',
        sql("INSERT INTO paused (name, since) VALUES ('*', 1)"), 'tasks', 'everything', False, 'note'),
    ('a task that nobody runs', all_of(with_database(be_late), hold_it), 'tasks', 'waiting for'),
    ('a site without workers',
        all_of(sql('UPDATE worker SET beat_at = 1'), hold_it), 'workers', 'no process works'),
    ('a clock that was put back', with_database(be_from_the_future), 'clock', 'the clock is slow'),
    ('a mail that waits for nobody', with_database(strand_a_mail), 'mail', '1 mail'),
    ('a sender that no server takes', setting('mail', 'host', '127.0.0.1'), 'mail', 'wiki@localhost'),
    ('an old wiki without a backup', with_database(be_old), 'backup', 'no backup'),
    ('HTTPS by nobody', setting('site', 'base_url', 'https://wiki.test'), 'address', 'none is trusted'),
]}


@pytest.mark.parametrize('name', BROKEN)
def test_what_is_broken_is_named_and_mended_where_that_is_safe(sick, name):
    do, check, words, is_mended, level = BROKEN[name]
    before = sick.look()[1]
    assert before['well'], before['findings']
    do(sick)
    broken = everything(sick.data)
    status, told = sick.look()
    finding = finding_of(told, check, words)
    assert finding['do'] and finding['level'] == level
    assert status == (level == 'wrong') and finding['can_be_mended'] == is_mended
    assert everything(sick.data) == broken, 'nothing is changed without --fix'
    mended = finding_of(sick.look(fix=True)[1], check, words)['mended']
    assert bool(mended) == is_mended
    if is_mended:
        assert not [one for one in sick.look()[1]['findings'] if words in one['what']]
    else:
        assert everything(sick.data) == broken


def finding_of(told, check, words):
    [finding] = [one for one in told['findings'] if one['check'] == check and words in one['what']]
    return finding


def everything(data):
    """What lies in the folder: rights and contents."""
    return {path.relative_to(data): (stat.S_IMODE(path.lstat().st_mode), path.is_file() and hashlib.sha256(
        path.read_bytes()).hexdigest()) for path in [data, *data.rglob('*')]}


def test_a_redis_elsewhere_is_asked_for_its_time(sick, redis_url):
    sick.values['redis', 'url'] = redis_url
    assert not [one for one in sick.look()[1]['findings'] if one['check'] == 'valkey']
    clock.advance(3600)
    assert 'seconds away' in finding_of(sick.look()[1], 'valkey', '')['what']


def test_a_full_disk_is_told(sick, monkeypatch):
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: Disk(10 ** 9, 10 ** 9 - 5, 5))
    status, told = sick.look()
    assert status == 1 and '0 MB left' in finding_of(told, 'disk', '')['what']


def test_a_backup_that_is_old_or_damaged_is_told(sick):
    app.configure(settings_for(sick.data))
    made = backups.create().path
    db.database.close_all()
    assert sick.look()[1]['well']
    whole = made.read_bytes()
    made.write_bytes(whole[:-100])
    assert sick.look()[0] == 1 and finding_of(sick.look()[1], 'backup', made.name)
    made.write_bytes(whole)
    made.rename(made.with_name('backup-2026-01-01T000000Z.tar.gz'))
    assert 'The newest backup is of 2026-01-01' in finding_of(sick.look()[1], 'backup', '')['what']


def test_several_things_are_mended_at_once(sick):
    for name in ('a folder that others can enter', 'half a secret', 'a page that search lacks',
                 'a socket that a killed Valkey left', 'a prepared value that is no JSON'):
        BROKEN[name].do(sick)
    told = sick.look(fix=True)[1]
    assert {one['check'] for one in told['findings'] if one['mended']} == {
        'rights', 'secret', 'search', 'valkey', 'prepared'}
    assert told['well'] and sick.look()[0] == 0
    assert folder.secret(sick.data) and list(sick.data.glob('secret.key.damaged-*'))


@pytest.fixture
def typed(tmp_path):
    """`typed(words…) == (status, out, err)` of the command doctor in a folder of its own."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith('KUMA_')}

    def run(*words, **more):
        done = subprocess.run([sys.executable, CHECKOUT / 'kuma_lite.py', 'doctor', *words], cwd=tmp_path,
                              capture_output=True, text=True, env={**environ, **more}, timeout=30)
        return done.returncode, done.stdout, done.stderr
    return run


def test_an_empty_folder_stays_empty_and_none_is_made(typed, tmp_path):
    (tmp_path / 'data').mkdir(mode=0o700)
    status, out, _ = typed('--fix')
    assert status == 1 and 'There is no wiki in' in out and list((tmp_path / 'data').iterdir()) == []
    assert typed('--data', 'elsewhere')[0] == 1 and not (tmp_path / 'elsewhere').exists()


@pytest.mark.parametrize('content', [b'[server]\nport = many\n', b'\xff\xfe', b'[site\n', b'name = Tea\n'])
def test_settings_that_cannot_be_used_are_a_finding(typed, tmp_path, content):
    (tmp_path / 'config.ini').write_bytes(content)
    status, out, err = typed('--json')
    [finding] = json.loads(out)['findings']
    assert status == 1 and err == '' and finding['check'] == 'settings' and 'config.ini' in finding['what']


def test_it_looks_beside_a_running_site_and_at_what_a_killed_one_left(sick, typed):
    data = sick.data
    with Process(data) as site:
        status, out, err = typed('--data', data, '--json', KUMA_SERVER_PORT=site.url.rpartition(':')[2])
        told = json.loads(out)
        assert (status, err) == (0, '') and [one['check'] for one in told['findings']] == ['mail']
        before = everything(data).keys()
        assert typed('--data', data, '--fix')[0] == 0 and everything(data).keys() == before
        assert site.get('/readyz')[0] == 200
        valkey = site.valkey_pid()
        site.kill()
    told = json.loads(typed('--data', data, '--json', '--fix')[1])
    assert finding_of(told, 'valkey', 'killed')['mended']
    wait_for(lambda: not os.path.exists(f'/proc/{valkey}/cwd') or not (data / 'valkey.sock').exists())


# On the web

@pytest.fixture
def page(site):
    """The page as an admin sees it: `page(REMOTE_ADDR=…) == its text`."""
    ada = site.login('ada')
    cookies = '; '.join(f'{name}={value}' for name, value in ada.cookies.items())
    return lambda **environ: ada.get('/doctor', headers={'Cookie': cookies},
                                     extra_environ={'HTTP_HOST': 'wiki.test', **environ})


def test_admins_read_the_same_in_a_browser_and_nobody_else_does(site, page):
    site.page('Tea', 'Hot.')
    site.settle()
    text = page().text
    assert '[mail] host is empty' in text and '<code>doctor --mail ADDRESS</code>' in text
    assert 'Nothing is wrong with: rights, secret, disk, ' in text
    for who in ('mona', 'edda'):
        site.login(who).get('/doctor', status=403)
        site.login(who).post('/doctor', status=403)
    site.app.get('/doctor', status=401)


@pytest.mark.parametrize('environ, words', [
    ({'HTTP_HOST': 'localhost:8000'}, 'You came by the name localhost:8000'),
    ({'wsgi.url_scheme': 'https'}, 'You came by https'),
    ({'REMOTE_ADDR': '127.0.0.1'}, 'so there is a proxy'),
])
def test_the_page_compares_the_address_with_how_one_came(page, environ, words):
    assert words in page(**environ)
    for other in ('You came by', 'there is a proxy'):
        assert other not in page()


def test_a_button_mends(site):
    ada = site.login('ada')
    site.page('Tea', 'Hot.')
    site.settle()
    db.database.execute_sql('DELETE FROM search_entry')
    shown = ada.get('/doctor')
    assert 'Not found by the search: 1 page' in shown
    form = next(form for form in shown.forms.values() if form.action == '/doctor')
    assert 'The index is right again for 1 page.' in form.submit().follow()
    assert 'Not found by' not in ada.get('/doctor')
