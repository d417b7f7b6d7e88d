"""Behind a reverse proxy: a trusted one says who asks, and a stranger's word changes nothing."""
import http.client
import logging
import time

import pytest
from test_server import Noting
from webtest import TestApp

from kuma_lite import app, config
from kuma_lite.accounts import bans
from kuma_lite.accounts.models import LoginAttempt
from kuma_lite.config import settings
from kuma_lite.server import LOOP, Server
from kuma_lite.web import proxies, ratelimits
from kuma_lite.wiki.models import Page, Revision
from process import wait_for

PROXY, VISITOR, STRANGER = '10.1.0.1', '203.0.113.7', '198.51.100.9'
TRUSTED = '127.0.0.1, 10.1.0.0/16, fd00::/8'


@pytest.fixture
def seen():
    """Who asks, as the application sees it: `seen(peer, **headers) == (address, scheme)`."""
    def ask(peer, trusted=TRUSTED, **headers):
        environ = {'REMOTE_ADDR': peer, 'wsgi.url_scheme': 'http', 'HTTP_HOST': 'wiki.test',
                   **{f'HTTP_{name.upper()}': value for name, value in headers.items()}}
        proxies.Behind(lambda environ, start: None, proxies.networks(trusted))(environ, None)
        assert not [name for name in environ if 'FORWARDED' in name or 'REAL' in name]
        assert environ['HTTP_HOST'] == 'wiki.test'
        return environ['REMOTE_ADDR'], environ['wsgi.url_scheme']
    return ask


@pytest.fixture
def behind(site):
    """A browser whose requests come from a proxy; `behind(peer, visitor)`."""
    settings.server.proxy = TRUSTED
    wsgi = app.make_app()

    def browser(peer=PROXY, **headers):
        return TestApp(wsgi, extra_environ={'REMOTE_ADDR': peer, **headers})
    yield browser
    settings.server.proxy = ''
    ratelimits.reset()


def test_a_trusted_proxy_says_who_asks_and_how(seen):
    assert seen(PROXY, x_forwarded_for=VISITOR, x_forwarded_proto='https') == (VISITOR, 'https')
    assert seen(PROXY) == (PROXY, 'http')


@pytest.mark.parametrize('header', ['x_forwarded_for', 'forwarded', 'x_real_ip', 'x_forwarded_host',
                                    'x_forwarded_proto', 'x_forwarded_port', 'x_forwarded_by'])
def test_a_strangers_word_changes_nothing(seen, header):
    for words in (VISITOR, '127.0.0.1', 'https', f'for={VISITOR};proto=https;host=evil.test'):
        assert seen(STRANGER, **{header: words}) == (STRANGER, 'http')


@pytest.mark.parametrize('hops, visitor', [
    (f'127.0.0.1, {VISITOR}', VISITOR),                 # what stands left of it is what a stranger wrote
    (f'{STRANGER}, {VISITOR}, 10.1.7.7, fd00::1', VISITOR),     # a chain of trusted ones
    ('10.1.0.2, 10.1.0.3', '10.1.0.2'),                 # somebody on the proxy's own network
    (f'{STRANGER}, unknown', PROXY), (f'{STRANGER},', PROXY), ('_hidden', PROXY), ('', PROXY),
    (f'{STRANGER}, <script>', PROXY), (f'{STRANGER}, 999.1.1.1', PROXY), (f'{STRANGER}, 0x7f.1', PROXY),
    (f'{STRANGER}, {"9" * 9000}', PROXY), (f'{STRANGER}, 2130706433', PROXY),
    (f'{VISITOR}:4711', VISITOR), ('"[2001:db8::1]:4711"', '2001:db8::1'), ('[2001:db8::1]', '2001:db8::1'),
    ('2001:DB8:0::1', '2001:db8::1'), (f'::ffff:{VISITOR}', VISITOR), ('fe80::1%eth0', 'fe80::1'),
])
def test_the_visitor_is_the_rightmost_hop_that_is_no_proxy(seen, hops, visitor):
    assert seen(PROXY, x_forwarded_for=hops)[0] == visitor


def test_other_headers_of_a_trusted_proxy_are_what_a_visitor_wrote(seen):
    assert seen(PROXY, forwarded=f'for={STRANGER};proto=https', x_real_ip=STRANGER,
                x_forwarded_host='evil.test', x_forwarded_for=VISITOR) == (VISITOR, 'http')
    assert seen(PROXY, x_forwarded_proto='http, https')[1] == 'https'
    assert seen(PROXY, x_forwarded_proto='javascript')[1] == 'http'


def test_a_proxy_on_a_socket_of_both_families_is_known(seen):
    assert seen('::ffff:10.1.0.1', x_forwarded_for=VISITOR)[0] == VISITOR
    assert seen('::ffff:10.2.0.1', x_forwarded_for=VISITOR)[0] == '::ffff:10.2.0.1'


def test_nothing_stands_in_the_way_where_no_proxy_is_trusted(site):
    assert not isinstance(app.make_app(), proxies.Behind)
    settings.server.proxy = '127.0.0.1'
    assert isinstance(app.make_app(), proxies.Behind)
    settings.server.proxy = ''


@pytest.mark.parametrize('text', ['everybody', '0.0.0.0/0', '::/0', '10.0.0.1/8', '127.0.0.1 ::1',
                                  '127.0.0.1,', 'localhost', '*', 'https://127.0.0.1'])
def test_a_setting_that_names_no_proxy_is_refused(text):
    with pytest.raises(config.ConfigError, match=r'\[server\] proxy is a list of addresses'):
        config.load(environ={}, flags={('server', 'proxy'): text})


def test_log_ins_bans_and_limits_see_the_visitor(behind, site):
    browser = behind(HTTP_X_FORWARDED_FOR=VISITOR)
    form = browser.get('/login').forms['login']
    form['name'], form['password'] = 'edda', 'a wrong guess of hers'
    form.submit(expect_errors=True)
    assert {row.address for row in LoginAttempt.select()} == {VISITOR}
    settings.limits.page = 2
    ratelimits.reset()
    for _ in range(2):
        browser.get('/docs/Nothing', status=404)
    browser.get('/docs/Nothing', status=429)
    behind(HTTP_X_FORWARDED_FOR=STRANGER).get('/docs/Nothing', status=404)
    behind(VISITOR, HTTP_X_FORWARDED_FOR=STRANGER).get('/docs/Nothing', status=429)   # no proxy, same visitor


def test_a_banned_visitor_is_banned_behind_the_proxy_and_no_other(behind, site):
    settings.site.edit = 'everyone'
    bans.add(site.people.mona, network=VISITOR, reason='Enough.')
    assert 'Enough.' in behind(HTTP_X_FORWARDED_FOR=VISITOR).get('/docs/Tea$edit', status=403).text
    assert behind(HTTP_X_FORWARDED_FOR=f'{VISITOR}, {STRANGER}').get('/docs/Tea$edit').status_int == 200
    assert behind(STRANGER, HTTP_X_FORWARDED_FOR=VISITOR).get('/docs/Tea$edit').status_int == 200
    settings.site.edit = 'editors'


def test_the_log_and_the_edit_name_the_visitor(behind, site, caplog):
    caplog.set_level(logging.DEBUG, 'kuma_lite.web.wsgi')
    settings.site.edit = 'everyone'
    browser = behind(HTTP_X_FORWARDED_FOR=f'127.0.0.1, {VISITOR}')
    form = browser.get('/docs/Tea$edit').forms['edit-form']
    form['title'], form['content'] = 'Tea', 'Hot.'
    form.submit()
    assert Revision.get_by_id(Page.at('Tea').current_id).address == VISITOR
    assert caplog.messages and all(words.endswith(f'for {VISITOR}') for words in caplog.messages)
    settings.site.edit = 'editors'


def test_what_memory_answers_counts_for_the_visitor_on_a_real_server(site, monkeypatch):
    """The loop of the server asks whether an answer is known before anything else sees the request."""
    monkeypatch.setattr('kuma_lite.web.memory.Remembering', Noting)
    settings.server.proxy = '127.0.0.1'
    site.page('Tea', 'Hot.')
    site.settle()
    server = Server('127.0.0.1', 0)
    wsgi = app.make_app()
    server.start(wsgi, 2)
    try:
        wait_for(lambda: status(server, VISITOR) == 200 and wsgi._app.threads[-1] == LOOP)
        settings.limits.page = 3
        ratelimits.reset()
        assert [status(server, VISITOR) for _ in range(4)] == [200, 200, 200, 429]
        assert status(server, STRANGER) == 200
    finally:
        settings.server.proxy = ''
        ratelimits.reset()
        server.stop(time.monotonic() + 2)


def status(server, visitor):
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=10)
    connection.request('GET', '/docs/Tea', headers={'Host': 'localhost', 'X-Forwarded-For': visitor})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status
