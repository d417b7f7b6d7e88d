"""The files, filled in. What a name in them stands for is said here, and nowhere else."""
import json
import os
import re
import shlex
import string
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from kuma_lite.config import settings
from kuma_lite.web import limits, proxies

HERE = Path(__file__).parent
FILES = {'nginx': 'nginx.conf', 'caddy': 'Caddyfile', 'systemd': 'kuma-lite.service',
         'docker': 'Dockerfile', 'compose': 'compose.yaml'}
NEED_NAME = ('nginx', 'caddy', 'compose')       # these are about the address that people use
LET_GO = 15     # seconds to stop besides those of running tasks


class Failed(Exception):
    """A file cannot be filled in; the message says what to do."""


class Site(NamedTuple):
    """What is known of a site besides its settings."""
    program: list       # the words that start the command line
    typed: str          # how a person types them
    config: str = ''    # the path of its settings file
    certificate: str = ''
    key: str = ''


class _File(string.Template):
    delimiter = '@'
    idpattern = None
    braceidpattern = '[a-z_]+'


def filled(name, site):
    """The file for nginx, caddy, systemd, docker or compose. Raises Failed."""
    if name in NEED_NAME and not settings.site.base_url:
        raise Failed('Set [site] base_url in config.ini first, to the address that people will use, such as '
                     'https://wiki.example.org.')
    file = _File((HERE / FILES[name]).read_text('utf-8'))
    return re.sub(r'\n{3,}', '\n\n', file.substitute(_common(site), **OF_FILE[name](site)))


def hints(name):
    """Sentences about settings that do not fit the file."""
    trusted = proxies.networks(settings.server.proxy)
    if name in ('nginx', 'caddy') and not any(proxies.address(_near()) in one for one in trusted):
        yield (f'Set [server] proxy = {_near()} in config.ini: until then everybody has the address of '
               f'{name}, and a limit or a ban for one is for all.')
    if name in ('nginx', 'caddy') and not settings.site.base_url.startswith('https:'):
        yield 'Passwords are sent in the open: let [site] base_url begin with https://.'
    if name == 'systemd' and _owner() == 'root':
        yield ('The wiki is not to run as root: the file takes the account kuma-lite, and its first lines '
               'make it.')


def _common(site):
    return {'typed': site.typed, 'base_url': settings.site.base_url, 'proxy': _near(),
            'upstream': _upstream(), 'megabytes': limits.SERVED // 2 ** 20,
            'port': settings.server.port or 8000, 'stop_seconds': settings.tasks.shutdown_timeout + LET_GO}


def _near():
    """The address from which a proxy on the same machine comes."""
    return '::1' if ':' in settings.server.host else '127.0.0.1'


def _upstream():
    host = settings.server.host
    host = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host)
    return f'{f"[{host}]" if ":" in host else host}:{settings.server.port or 8000}'


def _nginx(site):
    parts = urlsplit(settings.site.base_url)
    host = f'[{parts.hostname}]' if ':' in parts.hostname else parts.hostname
    secure = parts.scheme == 'https'
    port = parts.port or (443 if secure else 80)
    return {'host': host, 'upstream_name': 'kuma_' + re.sub('[^a-z0-9]+', '_', f'{host}_{port}').strip('_'),
            'listen': f'{port} ssl http2' if secure else f'{port}',
            'certificate': _certificate(site, parts.hostname) if secure else '',
            'redirect': REDIRECT.format(host=host) if secure and port == 443 else ''}


REDIRECT = '''
server {{
    listen 80;
    listen [::]:80;
    server_name {host};
    return 301 https://{host}$request_uri;
}}
'''


def _certificate(site, host):
    place = f'/etc/letsencrypt/live/{host}'
    how = '' if site.certificate else (
        '\n    # To get it, before this file is there: apt install certbot python3-certbot-nginx'
        f'\n    # && certbot certonly --nginx -d {host}; it is renewed by itself.')
    return (f'{how}\n    ssl_certificate {_nginx_path(site.certificate or f"{place}/fullchain.pem")};\n'
            f'    ssl_certificate_key {_nginx_path(site.key or f"{place}/privkey.pem")};\n'
            '    ssl_protocols TLSv1.2 TLSv1.3;\n')


def _nginx_path(path):
    path = os.path.abspath(path)
    if re.search(r'["\\$\x00-\x1f]', path):
        raise Failed(f'nginx cannot read a path such as {path!r}; move the file elsewhere.')
    return f'"{path}"'


def _systemd(site):
    words = [*site.program, 'serve', *(['--config', site.config] if site.config else []), '--data', _data()]
    privileged = 0 < settings.server.port < 1024
    return {'user': 'kuma-lite' if _owner() == 'root' else _owner(),
            'unit_name': _percent(settings.site.name), 'unit_data': _unit_word(_data()),
            'shell_data': shlex.quote(_data()),
            'folder': _percent(str(Path(site.config or site.program[-1]).absolute().parent)),
            'command': ' '.join(_unit_word(word).replace('$', '$$') for word in words),
            'capabilities': 'CAP_NET_BIND_SERVICE' if privileged else ''}


def _unit_word(word):
    word = _percent(word).replace('\\', '\\\\').replace('"', '\\"')
    return f'"{word}"' if re.search(r'[^\w@%+=:,./$-]', word) else word


def _percent(text):
    return ' '.join(text.replace('%', '%%').split())


def _data():
    return os.path.abspath(settings.server.data)


def _owner():
    """Whose the data folder is, or else whoever asks."""
    path = next(path for path in [Path(_data()), *Path(_data()).parents] if path.exists())
    try:
        return path.owner() if path == Path(_data()) else 'root'
    except (KeyError, NotImplementedError):
        return 'root'


def _nothing(site):
    return {}


def _compose(site):
    # JSON is YAML; Compose reads $ as the beginning of a variable.
    volume = json.dumps(site.config.replace('$', '$$') + ':/config.ini:ro')
    return {'yaml_base_url': json.dumps(settings.site.base_url),
            'config_volume': f'      - {volume}\n' if site.config else ''}


OF_FILE = {'nginx': _nginx, 'caddy': _nothing, 'systemd': _systemd, 'docker': _nothing, 'compose': _compose}
