"""Settings: where a value may come from, what is refused and with which words, and that config.ini
shows every one of them. After a change of the table: `python tests/test_config.py > config.ini`."""
import textwrap
from pathlib import Path

import pytest

from kuma_lite.config import OPTIONS, ConfigError, Settings, load

CONFIG_INI = Path(__file__).parents[1] / 'config.ini'
HEAD = """\
# The settings of Kuma Lite, each with its default. A variable KUMA_<SECTION>_<KEY> in the
# environment beats what stands here, and a flag of the command line beats both.
"""


@pytest.fixture
def ini(tmp_path):
    """Writes a settings file and returns its path."""
    def write(content, encoding='utf-8'):
        path = tmp_path / 'config.ini'
        path.write_text(content, encoding)
        return str(path)
    return write


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(ini):
    path = ini('[server]\nport = 1001\nthreads = 2\nhost = ::1\n')
    environ = {'KUMA_SERVER_PORT': '1002', 'KUMA_SERVER_THREADS': '3'}
    settings = load(path, environ, {('server', 'port'): 1003})
    assert (settings.server.port, settings.server.threads) == (1003, 3)
    assert (settings.server.host, settings.server.data) == ('::1', 'data')


def test_the_file_in_the_working_folder_is_read_if_there_is_one(ini, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(environ={}).site.name == 'Kuma Lite'
    ini('[site]\nname = Köln 100%\n')
    assert load(environ={}).site.name == 'Köln 100%'


def test_a_folder_of_that_name_is_no_settings_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'config.ini').mkdir()
    for path in (None, str(tmp_path / 'config.ini')):
        with pytest.raises(ConfigError, match='config.ini.*directory'):
            load(path, environ={})


def test_a_byte_order_mark_is_no_part_of_the_file(ini):
    assert load(ini('[site]\nname = Notes\n', 'utf-8-sig'), {}).site.name == 'Notes'


@pytest.mark.parametrize('word, value', [('yes', True), ('On', True), ('1', True),
                                         ('no', False), ('false', False)])
def test_switches_take_the_usual_words(word, value):
    assert load(environ={'KUMA_TASKS_IMMEDIATE': word}).tasks.immediate is value


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path):
    secret = tmp_path / 'password'
    secret.write_text('opensesame\n')
    assert load(environ={'KUMA_MAIL_PASSWORD_FILE': str(secret)}).mail.password == 'opensesame'


def test_a_secret_that_cannot_be_read_is_named():
    with pytest.raises(ConfigError, match='/nowhere/password'):
        load(environ={'KUMA_MAIL_PASSWORD_FILE': '/nowhere/password'})


@pytest.mark.parametrize('content, words', [
    ('[site]\nnmae = x\n', 'line 2.*"nmae"'),
    ('# hello\n\n[sight]\nname = x\n', r'line 3.*\[sight\]'),
    ('[server]\nhost = ::1\nport = many\n', 'line 3.*whole number, not "many"'),
    ('[server]\nport = 70000\n', 'line 2.*at most 65535'),
    ('[tasks]\nworkers = 0\n', 'line 2.*at least 1'),
    ('[tasks]\nimmediate = maybe\n', 'line 2.*yes or no'),
    ('[site]\nread = nobody\n', 'line 2.*everyone, members, editors'),
    ('[site]\ntimezone = Middle/Earth\n', 'line 2.*time zone'),
    ('# hello\nname = x\n', r'line 2: .*section, such as \[site\]\.$'),
    ('[site]\nname x\n', r'line 2: .*"name = value"\.$'),
    ('[site]\nname = x\nname = y\n', r'line 3: \[site\] has "name" a second time'),
    ('[site]\nname = x\n[server]\n[site]\n', r'line 4: \[site\] begins a second time'),
    ('[site]\nbase_url = wiki.example.org\n', 'line 2.*https://'),
    ('[site]\nbase_url = ftp://wiki.example.org\n', 'line 2.*https://'),
    ('[site]\nbase_url = https://example.org/wiki\n', 'line 2.*nothing behind the host'),
    ('[site]\nbase_url = https://example.org?x\n', 'line 2.*nothing behind the host'),
    ('[site]\nbase_url = https://example.org:many\n', 'line 2.*https://'),
    ('[mail]\nsender = the wiki\n', 'line 2.*mail address'),
    ('[redis]\nurl = localhost:6379\n', 'line 2.*redis://'),
    ('[redis]\nurl = redis://:secret@host:port/0\n', 'line 2.*not "redis://…@host:port/0"'),
])
def test_a_bad_file_is_refused_with_the_line(ini, content, words):
    with pytest.raises(ConfigError, match=words):
        load(ini(content), {})


def test_the_slash_at_the_end_of_an_address_is_not_kept():
    assert load(environ={'KUMA_SITE_BASE_URL': 'https://wiki.example.org:8000/'}).site.base_url == (
        'https://wiki.example.org:8000')


def test_a_file_that_was_named_must_exist(tmp_path):
    with pytest.raises(ConfigError, match='cannot be read'):
        load(str(tmp_path / 'missing.ini'), {})


def test_a_file_in_another_encoding_is_refused(ini):
    with pytest.raises(ConfigError, match='UTF-8'):
        load(ini('[site]\nname = Köln\n', 'latin-1'), {})


def test_a_bad_variable_is_named():
    with pytest.raises(ConfigError, match='KUMA_SERVER_PORT'):
        load(environ={'KUMA_SERVER_PORT': 'x'})


@pytest.mark.parametrize('name, words', [
    ('KUMA_MAIL_HOTS', r'\[mail\] has no setting "hots"'), ('KUMA_MAIL', r'\[mail\]'),
    ('KUMA_MAIL_HOST_FILE', '"host_file"')])
def test_a_misspelt_variable_is_named(name, words):
    with pytest.raises(ConfigError, match=f'^{name}: .*{words}'):
        load(environ={name: 'x'})


def test_variables_of_others_are_their_own_business():
    load(environ={'KUMA_TEST_MODE': 'worker', 'KUMA_': 'x', 'MAIL_HOTS': 'x', 'kuma_mail_hots': 'x'})


def test_config_ini_shows_every_setting_with_its_default_and_why():
    assert CONFIG_INI.read_text('utf-8') == as_ini()


def test_config_ini_changes_nothing():
    shown, defaults = load(str(CONFIG_INI), {}), Settings()
    for option in OPTIONS:
        assert getattr(getattr(shown, option.section), option.key) == option.default, option
    assert vars(shown) == vars(defaults)


def as_ini():
    """The whole table as config.ini shows it."""
    lines, section = [HEAD], None
    for option in OPTIONS:
        if option.section != section:
            section = option.section
            lines.append(f'\n[{section}]\n')
        lines.append(entry(option))
    return ''.join(lines)


def entry(option):
    why = option.help + (f' One of: {", ".join(option.choices)}.' if option.choices else '')
    value = option.default
    if isinstance(value, bool):
        value = 'yes' if value else 'no'
    comment = textwrap.fill(why, 98, initial_indent='# ', subsequent_indent='# ')
    return f'{comment}\n' + f'{option.key} = {value}'.rstrip() + '\n'


if __name__ == '__main__':
    print(as_ini(), end='')
