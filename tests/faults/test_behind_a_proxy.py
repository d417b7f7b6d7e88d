"""The site behind Debian's nginx and Caddy, each with the file that `deploy` prints.

Visitors come from addresses of their own on this machine, the proxy from 127.0.0.1. Two seconds each.
"""
import contextlib
import http.client
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from base import create_cast, password, settings_for
from kuma_lite import app, db
from kuma_lite.deploy import filling
from process import CHECKOUT, Process, wait_for

KEY = CHECKOUT / 'tests/tls.pem'
VISITOR, STRANGER = '127.0.0.9', '127.0.0.66'
FORGED = {'X-Forwarded-For': '6.6.6.6, 127.0.0.1', 'Forwarded': 'for=6.6.6.6;host=evil.test;proto=http',
          'X-Real-IP': '6.6.6.6', 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'http',
          'X-Forwarded-Port': '666'}
NGINX = '''{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/front.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {printed};
}}
'''
CADDY = '''{{
    admin off
    skip_install_trust
    auto_https disable_redirects
}}
import {printed}
'''
PROGRAMS = {
    'nginx': (NGINX, ['nginx', '-e', 'front.log', '-c']),
    'caddy': (CADDY, ['caddy', 'run', '--adapter', 'caddyfile', '--config']),
}


class Front:
    """The site and the proxy before it."""

    def __init__(self, site, port, inner):
        self.site, self.port, self.inner = site, port, inner

    def open(self, source=VISITOR):
        """A connection of a visitor to the proxy."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection('localhost', self.port, timeout=20, context=context,
                                           source_address=(source, 0))

    def ask(self, method, path, body=None, headers=None, connection=None):
        """(answer, text)"""
        connection = connection or self.open()
        form = {'Content-Type': 'application/x-www-form-urlencoded'} if body else {}
        connection.request(method, path, body and urlencode(body), {**form, **(headers or {})})
        answer = connection.getresponse()
        return answer, answer.read().decode()

    def log_in(self, name='edda', word=None):
        """The answer to the form for logging in."""
        answer, page = self.ask('GET', '/login')
        fields = {'csrf': csrf(page), 'name': name, 'password': word or password(name)}
        return self.ask('POST', '/login', fields, {'Cookie': cookies(answer), **origin(self)})

    def line(self, words):
        """The line of the site's log that has these words in it."""
        return wait_for(lambda: next((line for line in self.site.errors().splitlines() if words in line), ''))


@pytest.fixture(scope='module', params=PROGRAMS)
def front(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    data = folder / 'data'
    app.configure(settings_for(data))
    db.migrate()
    with db.connection():
        create_cast()
    db.database.close_all()
    port, inner = quiet_port(), quiet_port()
    environ = {'KUMA_SITE_BASE_URL': f'https://localhost:{port}', 'KUMA_SERVER_PROXY': '127.0.0.1'}
    with Process(data, '--port', str(inner), '--log-level', 'debug', **environ) as site:
        proxy = start(request.param, folder, inner, environ)
        found = Front(site, port, inner)
        wait_for(lambda: answers(found, proxy, folder))
        yield found
        proxy.terminate()
        proxy.wait(10)


def quiet_port():
    """A free port below those that the system gives to connections: none takes it until it is used."""
    while True:
        with contextlib.suppress(OSError):
            with socket.create_server(('', random.randrange(10_000, 32_000))) as probe:
                return probe.getsockname()[1]


def start(name, folder, inner, environ):
    """The proxy on the file as it is printed."""
    printed = folder / 'printed'
    command = [sys.executable, CHECKOUT / 'kuma_lite.py', 'deploy', name, '--port', str(inner),
               '--certificate', KEY, '--key', KEY]
    with open(printed, 'w') as file:
        subprocess.run(command, stdout=file, cwd=folder, env={**os.environ, **environ}, check=True)
    frame, words = PROGRAMS[name]
    around = folder / 'around'
    user = 'user root;' if os.geteuid() == 0 else ''
    around.write_text(frame.format(folder=folder, printed=printed, user=user))
    with open(folder / 'front.out', 'w') as output:
        return subprocess.Popen([*words, around], cwd=folder, stdout=output, stderr=output,
                                env={**os.environ, 'HOME': str(folder), 'XDG_DATA_HOME': str(folder)})


def answers(front, proxy, folder):
    assert proxy.poll() is None, (folder / 'front.out').read_text()
    try:
        return front.ask('GET', '/healthz')[0].status == 200
    except OSError:
        return False


def csrf(page):
    return re.search('name="csrf" value="([^"]+)"', page)[1]


def cookies(answer):
    return '; '.join(value.split(';')[0] for value in answer.headers.get_all('Set-Cookie', []))


def origin(front):
    return {'Origin': f'https://localhost:{front.port}', 'Sec-Fetch-Site': 'same-origin'}


def signed_in(front):
    return {'Cookie': cookies(front.log_in()[0]), **origin(front)}


def test_people_log_in_with_cookies_for_https_alone(front):
    answer, _ = front.log_in()
    [cookie] = [cookie for cookie in answer.headers.get_all('Set-Cookie') if 'session' in cookie]
    assert answer.status == 303 and answer.headers['Location'].startswith('/')
    assert cookie.startswith('__Host-kuma_session=') and 'Secure' in cookie and 'HttpOnly' in cookie
    answer, page = front.ask('GET', '/', headers={'Cookie': cookies(answer)})
    assert 'edda' in page and answer.headers['Strict-Transport-Security']
    assert answer.headers['Cache-Control'] == 'no-store' and 'Content-Encoding' not in answer.headers


def test_what_is_too_long_is_refused_in_our_words_with_the_text_kept(front):
    who = signed_in(front)
    _, page = front.ask('GET', '/docs/Tea$edit', headers=who)
    fields = {'csrf': csrf(page), 'title': 'Tea', 'comment': '', 'tags': '', 'base': '',
              'content': 'Too long. ' * 200_000}      # 2 MB, where 1 MB may be
    answer, page = front.ask('POST', '/docs/Tea$edit', fields, who)
    assert answer.status < 500 and 'The text has 2,000,000 bytes; a page can have 1,000,000.' in page
    assert fields['content'] in page


def test_what_is_far_too_long_is_refused_in_our_words(front):
    who = signed_in(front)
    _, page = front.ask('GET', '/docs/Tea$edit', headers=who)
    fields = {'csrf': csrf(page), 'title': 'Tea', 'content': 'x' * 6_000_000}
    answer, page = front.ask('POST', '/docs/Tea$edit', fields, who)
    assert answer.status == 413 and '4,096 KB fit' in page


def test_the_log_names_the_visitor_and_no_stranger_can_change_that(front):
    front.ask('GET', '/docs/Plain')
    assert front.line('/docs/Plain').endswith(f' for {VISITOR}')
    _, page = front.ask('GET', '/docs/Forged', headers=FORGED, connection=front.open(STRANGER))
    assert front.line('/docs/Forged').endswith(f' for {STRANGER}')
    assert 'evil' not in page and '6.6.6.6' not in front.site.errors()


def test_who_goes_past_the_proxy_is_not_believed(front):
    past = http.client.HTTPConnection('127.0.0.1', front.inner, timeout=10, source_address=(STRANGER, 0))
    front.ask('GET', '/docs/Past', headers={**FORGED, 'Host': 'localhost'}, connection=past)
    assert front.line('/docs/Past').endswith(f' for {STRANGER}')


def test_another_name_is_no_name_of_this_site(front):
    connection = front.open()
    connection.putrequest('GET', '/docs/Other', skip_host=True)
    connection.putheader('Host', 'evil.test')
    connection.endheaders()
    answer = connection.getresponse()
    assert b'evil.test' not in answer.read() and 'evil' not in str(answer.headers)


def test_the_image_knows_whether_the_site_is_well(front):
    text = filling.filled('docker', filling.Site([], ''))
    [_, program, code] = json.loads(re.search(r'HEALTHCHECK.*?CMD (\[.*?\]\n)', text, re.DOTALL)[1])
    assert ':8000/' in code
    for port, status in ((front.inner, 0), (quiet_port(), 1)):
        words = [sys.executable, program, code.replace(':8000/', f':{port}/')]
        assert subprocess.run(words, stderr=subprocess.DEVNULL).returncode == status


def test_connections_are_kept_on_both_sides(front):
    kept = front.open()
    before = opened(front.inner)
    for _ in range(30):
        answer, _ = front.ask('GET', '/docs/Home', connection=kept)
        assert not answer.will_close
    assert len(opened(front.inner) - before) <= 2


def opened(port):
    """The connections to a port of this machine, of which the other end still lives or has just gone."""
    rows = [line.split() for line in Path('/proc/net/tcp').read_text().splitlines()[1:]]
    return {row[1] for row in rows if row[2].endswith(f':{port:04X}')}
