"""What the wiki does not do: run texts, follow addresses that people type, take files, list folders, get in
the way of a password manager. Read from its source where only that can show it."""
import ast
import base64
import contextlib
import functools
import os
import re
import socket
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from test_access import ROWS

import kuma_lite
from kuma_lite import text
from kuma_lite.config import settings
from kuma_lite.transfer import files, names
from kuma_lite.transfer.actions import CREATED, import_pages
from oracle import shapes, violations
from web_base import attacks

PACKAGE = Path(kuma_lite.__file__).parent
TEMPLATES = sorted((PACKAGE / 'templates').rglob('*.html'))
SCRIPTS = sorted((PACKAGE / 'static').glob('*.js'))

# Who starts programs, always with a list of words: Valkey; the tests and benchmarks.
STARTS_PROGRAMS = {'queue/broker.py', 'cli.py'}
# Who speaks to other machines: to those of [mail] and [spam], and, for the doctor, to [site] base_url.
TALKS = {'mail/connections.py', 'mail/smtp.py', 'mail/conversation.py', 'spam/akismet.py', 'web/checkup.py'}
NETWORK = {'urllib.request', 'http.client', 'smtplib', 'ftplib', 'requests', 'httpx', 'aiohttp', 'telnetlib',
           'xmlrpc', 'xmlrpc.client'}
RUNS_TEXT = {'eval', 'exec', 'compile', '__import__'}
UNPACKS_OBJECTS = {'pickle', 'marshal', 'shelve', 'dill', 'jsonpickle'}
READS_XML = {'xml.dom', 'xml.dom.minidom', 'xml.sax', 'xml.parsers.expat', 'lxml', 'xmltodict'}
XML_READERS = {'parse', 'iterparse', 'fromstring', 'XML', 'XMLParser'}
BROKEN_HASHES = {'md5', 'sha1', 'new'}
SUSPICIOUS = re.compile(r'(^|[^.\w])(eval|exec|compile|__import__)\(|pickle|marshal|shelve|dill|subprocess'
                        r'|yaml|os\.(system|popen|spawn)|shell ?=|(import|from) (xml|lxml|random|requests)'
                        r'|httpx|xmltodict|hashlib|\.format\(|urllib\.request|http\.client|smtplib|ftplib|aiohttp')
OWN_ADDRESSES = ['http://169.254.169.254/latest/meta-data/', 'http://127.0.0.1:22/', 'file:///etc/passwd',
                 'gopher://127.0.0.1:6379/_FLUSHALL', '//localhost/x']


@functools.cache
def sources():
    """`{'web/forms.py': its syntax tree}` of the files in which such a word stands, for all take seconds."""
    words = {file: file.read_text('utf-8') for file in sorted(PACKAGE.rglob('*.py'))}
    return {file.relative_to(PACKAGE).as_posix(): ast.parse(source) for file, source in words.items()
            if SUSPICIOUS.search(source)}


@functools.cache
def nodes():
    """(file, node) of all that could matter here: imports and calls."""
    return [(file, node) for file, tree in sources().items() for node in ast.walk(tree)
            if isinstance(node, (ast.Import, ast.ImportFrom, ast.Call))]


def users_of(modules):
    """The files that import any of these modules."""
    return {file for file, node in nodes() if modules & set(imported(node))}


def imported(node):
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ''
        yield from (f'{node.module}.{alias.name}' for alias in node.names)


def calls():
    """(file, 'yaml.load', the call) of all calls of names."""
    return [(file, name_of(node.func), node) for file, node in nodes() if isinstance(node, ast.Call)]


def name_of(called):
    if isinstance(called, ast.Attribute):
        return f'{name_of(called.value)}.{called.attr}'
    return called.id if isinstance(called, ast.Name) else ''


def test_no_text_is_run_and_no_object_unpacked():
    assert not [(file, name) for file, name, _ in calls() if name in RUNS_TEXT]
    assert not users_of(UNPACKS_OBJECTS)
    for _, name, call in calls():
        assert name not in ('yaml.unsafe_load', 'yaml.full_load')
        assert name != 'yaml.load' or ast.unparse(call.args[1]) == 'yaml.BaseLoader'


def test_no_pattern_of_a_format_is_what_somebody_typed():
    """It could ask for attributes of what is put in. Patterns are constants, or given by calls of ours."""
    ours = {'words.format', 'template.format', 'sql.format', 'self.format'}
    assert not [(file, name) for file, name, _ in calls()
                if name.endswith(('.format', '.format_map')) and name not in ours
                and name != '.format' and not name.removesuffix('.format').isupper()]


def test_no_shell_is_asked_to_do_anything():
    assert users_of({'subprocess'}) <= STARTS_PROGRAMS
    assert not [name for _, name, _ in calls() if re.fullmatch(r'os\.(system|popen|spawn\w+)', name)]
    assert not [name for _, name, call in calls() for word in call.keywords if word.arg == 'shell']


def test_no_xml_is_read():
    assert not users_of(READS_XML)
    assert not [(file, name) for file, name, _ in calls()
                if re.match('(ElementTree|ET|etree)[.]', name) and name.split('.')[-1] in XML_READERS]
    assert not users_of({f'xml.etree.ElementTree.{name}' for name in XML_READERS})


def test_chance_that_must_not_be_guessed_comes_from_the_system():
    assert users_of({'random'}) == {'queue/ledger.py'}      # how long a task waits for its next try


def test_no_broken_hash_is_used():
    assert not [(file, name) for file, name, _ in calls()
                if name.startswith('hashlib.') and name.split('.')[1] in BROKEN_HASHES]


def test_few_modules_can_speak_to_another_machine():
    assert users_of(NETWORK) <= TALKS


def test_no_address_that_somebody_types_is_asked_for_anything(site, monkeypatch, tmp_path):
    """Nor is its name looked up: in a page, its title or comment, a preview, a feed, a search, an import."""
    asked = []

    def connect(self, address):
        if self.family == socket.AF_UNIX or address[1] == redis:
            return real(self, address)
        asked.append(address)
        raise OSError('refused')

    def look_up(host, port, *more, **options):
        if port == redis:
            return resolve(host, port, *more, **options)
        asked.append(host)
        return []

    redis = urlsplit(os.environ.get('KUMA_REDIS_URL', '')).port or 'none'
    real, resolve = socket.socket.connect, socket.getaddrinfo
    monkeypatch.setattr(socket, 'getaddrinfo', look_up)
    monkeypatch.setattr(socket.socket, 'connect', connect)
    addresses = [*OWN_ADDRESSES, *attacks('ssrf-urls.txt')]
    content = '\n\n'.join(f'![x]({address}) [x](<{address}>) <{address}> <img src="{address}">\n{address}\n\n'
                          f'> [!NOTE]\n> ![x]({address}) {address}\n\n[[{address}]]' for address in addresses)
    edda = site.login('edda')
    for address in addresses[:2]:
        form = edda.get('/docs/Tea$edit').forms['edit-form']
        form['title'], form['content'], form['comment'] = address[:200], content + address, address[:200]
        form.submit('preview', expect_errors=True)
        assert form.submit(expect_errors=True).status_int < 500
    notes = tmp_path / 'notes'
    notes.mkdir()
    (notes / 'Sources.md').write_text(content, 'utf-8')
    [made] = import_pages(files.find(notes)[0])
    assert made.state == CREATED
    site.settle()
    for path in ('/docs/Sources', '/feeds/atom/all', '/search?q=meta-data', '/users/edda'):
        edda.get(path)
    assert asked == []


def test_no_active_file_is_taken_nor_a_text_shown_as_one(site):
    """A file is no way in, and the source of a page comes as plain text, whatever it holds."""
    files = [(row['filename'], base64.b64decode(row['content_base64'])) for row in
             attacks('upload-active-content.json')] or [('a.svg', b'<svg onload="alert(1)"/>')]
    edda = site.login('edda')
    csrf = edda.get('/docs/Tea$edit').forms['edit-form']['csrf'].value
    sent = [('content', re.sub(r'[^ -~]|"', '_', name), content) for name, content in files]
    edda.post('/docs/Tea$edit', {'csrf': csrf}, upload_files=sent, status=415)
    site.page('Tea', '\n'.join(content.decode('utf-8', 'replace').replace('\0', '') for _, content in files))
    answer = edda.get('/docs/Tea$raw')
    assert answer.content_type == 'text/plain' and answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert "default-src 'none'" in answer.headers['Content-Security-Policy']


def test_no_file_name_leaves_the_folder_of_an_export(tmp_path):
    listed = [row['name'] for row in attacks('evil-filenames.json')]
    for name in ['../../etc/passwd', 'a/../../b', 'a\\..\\b', 'CON', '.htaccess', 'x.md', *listed]:
        with contextlib.suppress(ValueError):       # most are no path of a page
            file = tmp_path / names.file_of(text.normalize_path(name))
            assert tmp_path in file.resolve().parents and '..' not in file.parts and '\\' not in str(file)


@pytest.mark.parametrize('path', ['/static/', '/static', '/static/.', '/static/../config.py', '/.git/config',
                                  '/data/wiki.db', '/backups/', '/outbox/../wiki.db', '/config.ini'])
def test_no_folder_is_listed_and_no_file_but_the_own_ones_given(site, path):
    answer = site.login('ada').get(path, expect_errors=True)
    assert answer.status_int == 404


def test_nothing_gets_in_the_way_of_a_password_manager():
    fields = [field for file in TEMPLATES for field in re.findall('<input[^>]*>', file.read_text('utf-8'))
              if re.search('name="(password|old)"', field)]
    assert len(fields) >= 4
    for field in fields:
        assert 'type="password"' in field and re.search('autocomplete="(current|new)-password"', field)
        assert 'maxlength' not in field and 'pattern' not in field
    assert not [file.name for file in SCRIPTS if 'password' in file.read_text('utf-8')]


def test_no_question_or_hint_stands_for_a_password():
    words = ' '.join(file.read_text('utf-8').lower() for file in TEMPLATES)
    assert 'security question' not in words and 'maiden' not in words and 'name="hint"' not in words


def test_scripts_make_no_html_of_words():
    """What becomes HTML in the browser was made by the server, or is a picture of a button of ours."""
    makes = re.compile(r'(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function')
    found = [file.name for file in SCRIPTS for _ in makes.findall(file.read_text('utf-8'))]
    assert found == ['editor.js', 'kuma.js']


def test_a_file_has_a_name_of_our_making():
    named = {file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob('*.py')
             if 'content-disposition' in file.read_text('utf-8').lower()}
    assert named <= {'site/views.py'}       # the logo, whose name is a hash of it


# What a GET route of the matrix in test_access.py is asked in another way. The way makes no difference.
WAYS = [{'method': 'HEAD'}, *({'headers': {'Accept': kind}} for kind in
                              ('application/json', 'application/atom+xml', 'text/plain', 'image/png'))]


def test_another_way_of_asking_opens_no_door(site):
    """A wiki for members, asked by a stranger; and what is for admins, asked by an editor."""
    page = site.page('Tea', 'nobody-else-reads-this')
    settings.site.read = settings.site.edit = 'members'
    rows = [(route, row) for route, row in ROWS.items() if route.startswith('GET ') and row.need != 'ask']
    number = page.current_id
    for name, needs in (None, ('read', 'edit', 'own')), ('edda', ('run', 'moderate')):
        browser = site.login(name) if name else site.browser()
        for route, row in [(route, row) for route, row in rows if row.need in needs]:
            address = row.address.format(path='Tea', base=number, id=page.id, revision=number)
            for way in WAYS:
                answer = browser.request(address, expect_errors=True, **way)
                assert answer.status_int in (401, 403, 404), (route, way)
                assert 'nobody-else-reads-this' not in answer.text


QUERIES = [
    '/docs/Tea$history?before={}', '/docs/Tea$compare?from={}&to={}', '/docs/Tea$compare?from=1&to=1&view={}',
    '/docs/Tea$edit?section={}', '/docs/Tea$revision/{}', '/docs/Tea$revert/{}', '/recent?by={}&under={}',
    '/all?after={}', '/tag/{}', '/search?q={}', '/search?q=a&after={}', '/login?next={}', '/new?path={}',
    '/recover?link={}', '/confirm?link={}', '/users/{}', '/feeds/atom/{}', '/feeds/rss/tag/{}', '/docs/{}',
    '/dashboards/revisions?author={}&page={}', '/unsubscribe/1?key={}', '/moderation/log?by={}',
    '/mails?to={}', '/tasks?name={}&state={}']
PAYLOADS = ['"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", 'javascript:alert(1)//',
            '"onfocus="alert(1)" autofocus="', '{{!1}} % import os', '</title></textarea><svg onload=alert()']


def test_what_an_address_says_is_shown_as_text(site):
    site.page('Tea', 'Hot.')
    ada = site.login('ada')
    plain = {element for query in QUERIES for words in ('harmless', '//')
             for element in shapes_at(ada, query, words)}
    for payload in PAYLOADS:
        for query in QUERIES:
            assert shapes_at(ada, query, payload) <= plain, (query, payload)


def shapes_at(browser, query, words):
    """What the answer is made of; its header, form and sentences are those of many others."""
    answer = browser.get(query.replace('{}', quote(words)), expect_errors=True)
    assert answer.status_int < 500 and "script-src 'self'" in answer.headers['Content-Security-Policy']
    if answer.content_type != 'text/html':
        return set()
    assert violations(answer.text, page=True) == []
    return shapes(answer.text)
