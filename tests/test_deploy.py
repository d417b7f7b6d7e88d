"""The files that `deploy` prints: this site's settings stand in them, and their programs can read them.

tests/faults/test_behind_a_proxy.py runs them.
"""
import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kuma_lite import cli, config
from kuma_lite.config import settings
from kuma_lite.deploy import filling
from kuma_lite.deploy.filling import FILES, Failed, Site, filled, hints

ROOT = Path(__file__).parents[1]
SITE = Site(program=['/usr/bin/python3', '/opt/kuma lite/kuma_lite.py'], typed='python3 kuma_lite.py',
            config='/etc/kuma/config.ini')


@pytest.fixture
def set_to():
    """Fills the settings: `set_to(site_base_url='https://wiki.test')`."""
    def fill(**values):
        flags = {tuple(name.split('_', 1)): value for name, value in values.items()}
        config.settings.replace(config.load(environ={}, flags=flags))
    yield fill
    config.settings.replace(config.Settings())


def test_nginx_gets_the_name_the_ports_and_the_limit_of_this_site(set_to):
    set_to(site_base_url='https://wiki.example.org', server_port='8123', server_proxy='127.0.0.1')
    text = filled('nginx', SITE)
    for line in ('server_name wiki.example.org;', 'listen 443 ssl http2;', 'server 127.0.0.1:8123;',
                 'client_max_body_size 10m;', 'return 301 https://wiki.example.org$request_uri;',
                 'ssl_certificate "/etc/letsencrypt/live/wiki.example.org/fullchain.pem";'):
        assert line in text
    assert list(hints('nginx')) == []


def test_nginx_on_another_port_or_without_a_certificate(set_to):
    set_to(site_base_url='https://wiki.example.org:8443')
    assert 'listen 8443 ssl' in filled('nginx', SITE) and 'return 301' not in filled('nginx', SITE)
    set_to(site_base_url='http://[2001:db8::7]:81', server_host='::1')
    text = filled('nginx', SITE)
    assert 'server_name [2001:db8::7];' in text and 'server [::1]:8000;' in text and 'listen 81;' in text
    assert 'ssl' not in text and 'proxy = ::1' in text


def test_what_else_has_to_be_set_is_told(set_to):
    set_to(site_base_url='http://wiki.example.org')
    assert ['proxy = 127.0.0.1' in hint for hint in hints('caddy')] == [True, False]
    set_to(site_base_url='https://wiki.example.org', server_proxy='10.1.0.0/16')
    assert len(list(hints('nginx'))) == 1


@pytest.mark.parametrize('name', ['nginx', 'caddy', 'compose'])
def test_without_an_address_there_is_no_file_for_a_proxy(set_to, name):
    set_to()
    with pytest.raises(Failed, match='base_url'):
        filled(name, SITE)


def test_a_path_that_would_be_another_line_for_nginx_is_refused(set_to):
    set_to(site_base_url='https://wiki.example.org')
    with pytest.raises(Failed):
        filled('nginx', SITE._replace(certificate='/tmp/a"; return 200 "x'))


@pytest.mark.parametrize('name', FILES)
def test_each_file_is_whole_for_each_kind_of_site(set_to, name):
    for values in ({}, {'server_host': '0.0.0.0', 'server_port': '80'}, {'site_name': '100 % Tee $HOME "x"'}):
        set_to(site_base_url='https://wiki.example.org', **values)
        assert '@{' not in filled(name, SITE) and '0.0.0.0:80' not in filled(name, SITE)


def test_systemd_finds_nothing_to_complain_about(set_to, tmp_path):
    data = tmp_path / 'my 100% data'
    data.mkdir()
    set_to(site_name='100 % Tee', server_data=str(data), server_port='80')
    site = SITE._replace(program=[sys.executable, str(ROOT / 'kuma_lite.py')])
    text = filled('systemd', site)
    assert f'ReadWritePaths="{tmp_path}/my 100%% data"' in text and 'Description=100 %% Tee' in text
    assert 'serve --config /etc/kuma/config.ini --data' in text and 'KillMode=mixed' in text
    assert f'TimeoutStopSec={settings.tasks.shutdown_timeout + filling.LET_GO}' in text
    assert 'AmbientCapabilities=CAP_NET_BIND_SERVICE' in text
    if shutil.which('systemd-analyze'):
        unit = tmp_path / 'kuma-lite.service'
        unit.write_text(text.replace('After=network-online.target', ''))    # there may be no other units
        done = subprocess.run(['systemd-analyze', 'verify', unit], capture_output=True, text=True)
        assert [line for line in done.stderr.splitlines() if 'kuma-lite.service:' in line] == []


def test_compose_is_yaml_and_trusts_its_gateway_alone(set_to):
    set_to(site_base_url='https://wiki.example.org', server_port='8123')
    found = yaml.safe_load(filled('compose', SITE))
    wiki, [network] = found['services']['wiki'], found['networks']['wiki']['ipam']['config']
    assert wiki['environment'] == {'KUMA_SITE_BASE_URL': 'https://wiki.example.org',
                                   'KUMA_SERVER_PROXY': network['gateway']}
    config.load(environ=wiki['environment'])
    assert wiki['ports'] == ['127.0.0.1:8123:8000']
    assert wiki['volumes'] == ['data:/data', '/etc/kuma/config.ini:/config.ini:ro']


def test_the_image_takes_settings_that_exist_and_files_that_are_there(set_to):
    set_to()
    text = filled('docker', SITE)
    [line] = [line for line in text.splitlines() if line.startswith('ENV')]
    config.load(environ=dict(word.split('=') for word in line.split()[1:]))
    copied = [word for line in text.splitlines() if line.startswith('COPY') for word in line.split()[1:-1]]
    assert copied and all((ROOT / name).exists() for name in copied)


def test_the_image_starts_a_command_that_there_is(set_to):
    set_to()
    [entry], words = (json.loads(line) for line in
                      re.findall('^(?:ENTRYPOINT|CMD) (.+)', filled('docker', SITE), re.MULTILINE))
    assert f"'{entry} = kuma_lite.cli:main'" in (ROOT / 'setup.py').read_text('utf-8')
    with pytest.raises(SystemExit, match='^0$'):
        cli.main([*words, '--help'])


def test_everything_that_the_package_reads_is_installed_with_it():
    """What setup.py does not name would be missing in the image, where no checkout is."""
    source = (ROOT / 'setup.py').read_text('utf-8')
    patterns = ast.literal_eval(re.search(r"package_data=\{'kuma_lite': (\[.*?\])", source, re.DOTALL)[1])
    named = {path for pattern in patterns for path in (ROOT / 'kuma_lite').glob(pattern)}
    there = {path for path in (ROOT / 'kuma_lite').rglob('*')
             if path.is_file() and path.suffix not in ('.py', '.pyc')}
    assert there - named == set()


def test_the_command_prints_the_file_and_nothing_else(tmp_path):
    command = [sys.executable, ROOT / 'kuma_lite.py', 'deploy', 'caddy']
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path,
                          env={'KUMA_SITE_BASE_URL': 'https://wiki.example.org'})
    assert done.returncode == 0 and '\nhttps://wiki.example.org {' in done.stdout
    assert 'Set [server] proxy = 127.0.0.1' in done.stderr and list(tmp_path.iterdir()) == []


def test_the_command_of_the_unit_can_be_typed(set_to, tmp_path):
    set_to(server_data=str(tmp_path / 'my data'))
    site = SITE._replace(program=[sys.executable, str(ROOT / 'kuma_lite.py')])
    [line] = [line for line in filled('systemd', site).splitlines() if line.startswith('ExecStart=')]
    words = shlex.split(line.removeprefix('ExecStart='))
    assert words[-2:] == ['--data', str(tmp_path / 'my data')]
    assert subprocess.run([*words, '--help'], capture_output=True).returncode == 0
