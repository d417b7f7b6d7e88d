"""Hostile words in every field, seen in every view: pages keep their shape, and words stay words.

What the renderer makes of each text by itself, `test_markup_attacks.py` judges; here it is whole answers.
"""
import contextlib
import json
from email import message_from_bytes, policy

import html_tree
import pytest

from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import sessions
from kuma_lite.accounts.models import Person
from kuma_lite.mail import transport
from kuma_lite.mail.models import Delivery
from kuma_lite.watch import actions as watching
from kuma_lite.watch.models import Watch
from kuma_lite.web import signing
from kuma_lite.wiki import contributors
from kuma_lite.wiki.models import Page, Revision
from oracle import shapes, violations, words_of
from web_base import attacks

OWN = [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", '{{7*7}}',
    '</title><script>alert(1)</script>', '</textarea><svg onload=alert(1)>',
    '</pre></div></article><form action=//x>', '" autofocus onfocus="alert(1)', 'javascript:alert(1)',
    '%0d%0aSet-Cookie: a=b', '<!--', '-->', '&lt;script&gt;', '% import os', '{{!base}}',
    '\n% end\n</textarea>', '</span></pre><base href=//evil.example>', '=?utf-8?q?=0D=0ABcc:_x@y?=',
    '[x](javascript:alert(1))', '<div class=prose><form action=//evil.example>',
    '<p class="prose" data-refresh="/login">', '<template><script>alert(1)</script></template>',
    '- a\n<plaintext>', '```\n</code><script>alert(1)</script>\n', '\\u003cscript\\u003e',
    '<a href="//evil.example" data-refresh="//evil.example">x</a>', '[[x" onclick="alert(1)]]',
]
XSS = ['xss-ammonia', 'xss-markdown', 'xss-nh3', 'xss-owasp-filter-evasion', 'xss-recent-advisories']
MARKDOWN = ['commonmark-0.31.2', 'gfm-0.29-extensions-only', 'gfm-cmark-extension-tests']
LINE = 255          # characters of a title, a comment, a name
HARMLESS = ['A title', 'Another [[link]]\n\n# One\n\n## Two\n\n## Three\n\n- a\n- b']
END = '\n\n<p>--></p>\n\n'      # ends whatever an attack in a quote has left open


def texts_of(row):
    """Every text of a row, whatever its file calls it."""
    found = row.get('strings') or [row.get('payload') or row.get('markdown') or row['html']]
    return [text for text in found if isinstance(text, str)]


def texts_in(name):
    return [text for row in attacks(f'{name}.json') for text in texts_of(row)]


FILES = {'own': OWN, **{name: texts_in(name) for name in XSS + MARKDOWN if texts_in(name)}}
SHORT = [name for name in FILES if name.startswith(('own', 'xss'))]
TEXTS = [text for name in SHORT for text in FILES[name]]


def on_one_line(text):
    return ''.join(char for char in ' '.join(text.split()) if char.isprintable())


def packed(texts, limit=LINE):
    """The texts on as few lines as they fit on, in their order; long ones in pieces."""
    lines = ['']
    for text in filter(None, map(on_one_line, texts)):
        for start in range(0, len(text), limit):
            piece = text[start:start + limit]
            if len(lines[-1]) + 1 + len(piece) > limit:
                lines.append('')
            lines[-1] = f'{lines[-1]} {piece}'.strip()
    return lines


LINES = packed(TEXTS)


def page_of(texts):
    """One Markdown text of all: each in a quote of its own, which ends what it opens, and a word after it."""
    quoted = ['\n'.join(f'> {line}' for line in text.splitlines()) for text in texts]
    return '\n\n'.join(f'{quote}{END}word{number}after' for number, quote in enumerate(quoted))


class Judge:
    """Looks at answers. It knows the shapes that the pages of the site have when nobody attacks."""

    # Learned once, being the same on every site; but for the bar of contributors while it is refreshed.
    known = {('section', ('aria-labelledby', 'class', 'data-refresh'))}
    has_learned = False

    def __init__(self):
        self.wrong, self.seen = [], 0

    def learn(self, answer):
        if answer.content_type == 'text/html':
            self.known.update(shapes(answer.text))
            assert violations(answer.text, page=True) == []

    def look(self, answer):
        self.seen += 1
        self.wrong += [f'{answer.request.path_qs[:80]}: {sentence}' for sentence in self._faults(answer)]
        return answer

    def _faults(self, answer):
        if answer.headers['X-Content-Type-Options'] != 'nosniff' or answer.status_int >= 500:
            yield answer.status
        if answer.content_type == 'text/html':
            yield from violations(answer.text, page=True)
            yield from shapes(answer.text) - self.known
        elif answer.content_type == 'application/json':
            json.loads(answer.text)
        elif answer.content_type != 'text/plain' and answer.status_int != 204:     # not ready yet
            yield answer.content_type

    def done(self):
        assert self.seen and self.wrong == []


@pytest.fixture
def judge(site):
    """A judge who has seen every view with harmless words, also the pages of refusals."""
    title, content = HARMLESS
    site.page('Twin', content, title=title, comment='A comment')
    site.page('Twin', content + '\n\nmore', title='Its new title', comment='A comment')
    if not Judge.has_learned:
        watching.watch(site.people.mona, Page.at('Twin'))
        site.page('Twin', content.replace('One', 'Once'), title='Its last title', comment='A comment')
        site.settle()
        for answer in harmless(site, title, content):
            Judge().learn(answer)
        Judge.has_learned = True
    return Judge()


def harmless(site, title, content):
    visitor, edda = site.browser(), site.login('edda')
    yield visitor.get('/docs/Twin')     # nobody has computed the contributors yet
    yield from everywhere(site, 'Twin')
    yield from conflict(edda, 'Twin', title, content)
    yield preview(form(edda, 'Twin'), title, content)
    yield preview(form(edda, 'Twin'), '', content)
    yield log_in(visitor, 'x')
    yield visitor.post('/login', {'title': 'a', 'content': 'b\nc'}, status=403)
    for address in ('/docs/Nowhere', '/docs/a%3Cb', '/mails', '/new?path=a%3Cb', '/all?after=a', '/login'):
        for browser in (visitor, edda):
            yield browser.get(address, expect_errors=True)


def everywhere(site, path):
    """The answers of every view that shows something of this page."""
    page = Page.at(path)
    contributors.names.compute(page.id)
    ids = [revision.id for revision in Revision.of(page)]
    visitor, edda, ada = site.browser(), site.login('edda'), site.login('ada')
    for verb in ('', '$history', '$raw', '$json', '$contributors', f'$revision/{ids[0]}',
                 f'$compare?from={ids[-1]}&to={ids[0]}'):
        yield visitor.get(f'/docs/{path}{verb}')
    for verb in ('', '$history', '$edit', f'$revert/{ids[-1]}'):
        yield edda.get(f'/docs/{path}{verb}')
    for address in ('/all', f'/api/v1/pages/{path}', '/users/edda', '/mails', '/api/v1/tasks?limit=500'):
        yield ada.get(address)
    for watch in Watch.select().where(Watch.kind == 'page', Watch.target == str(page.id)):
        yield visitor.get(f'/unsubscribe/{watch.id}?key={watch.secret}')
    yield from (ada.get(f'/mails/{delivery.id}') for delivery in Delivery.select())


def form(browser, path):
    return browser.get(f'/docs/{path}$edit').forms['edit-form']


def preview(typed, line, content):
    """The preview of a form with this in its fields."""
    typed.action = '/preview'
    typed['title'], typed['comment'], typed['content'] = line, line, content
    return typed.submit(expect_errors=True)


def conflict(browser, path, line, content, bases=('1', '', 'x')):
    """Save on top of an old revision, on top of none, and with a base that is no number."""
    typed = form(browser, path)
    typed['title'], typed['comment'], typed['content'] = line, line, content + '\n\nmine'
    for base in bases:
        typed['base'].force_value(base)
        yield typed.submit(expect_errors=True)


def log_in(browser, name):
    typed = browser.get('/login').forms['login']
    typed['name'], typed['password'] = name, name
    return typed.submit(expect_errors=True)


@pytest.mark.parametrize('name', FILES)
def test_the_text_of_a_page(site, judge, name):
    """All texts of a file in one page, in every view; what one leaves open swallows nothing of the next."""
    content = page_of(FILES[name])
    site.page('Attacked', 'Nothing yet.')
    watching.watch(site.people.wanda, Page.at('Attacked'))
    site.page('Attacked', content)
    site.settle()
    edda, bases = site.login('edda'), ('1', '', 'x') if name in SHORT else ('1',)
    for answer in [*everywhere(site, 'Attacked'), *conflict(edda, 'Attacked', 'x', content, bases)]:
        judge.look(answer)
    shown = words_of(site.app.get('/docs/Attacked').text)
    assert {f'word{number}after' for number in range(len(FILES[name]))} <= shown
    assert site.app.get('/docs/Attacked$raw').text == content
    judge.done()


@pytest.mark.parametrize('name', SHORT)
def test_each_text_by_itself_in_every_field_of_the_form(site, judge, name):
    typed = form(site.login('edda'), 'Twin')
    for text in FILES[name]:
        again = judge.look(preview(typed, text, text)).forms['edit-form']
        assert again['content'].value == text.replace('\r\n', '\n').replace('\r', '\n')
        assert again['title'].value == ' '.join(text.split())
    judge.done()


def test_titles_and_comments(site, judge):
    for number, line in enumerate(LINES):
        site.page(f'Attacked_{number}', 'Hello.', title=line, comment=line)
        for verb in ('', '$history'):
            assert heading(judge.look(site.app.get(f'/docs/Attacked_{number}{verb}'))) == line
    last = LINES[-1]
    watching.watch(site.people.wanda, Page.at('Attacked_0'))
    for number, line in enumerate(LINES[1:20]):
        site.page('Attacked_0', f'{number}', title=line, comment=line)
    site.settle()
    for answer in [*everywhere(site, 'Attacked_0'), *conflict(site.login('edda'), 'Attacked_0', last, 'x')]:
        judge.look(answer)
    check_mails(len(LINES[1:20]))
    judge.done()


def heading(answer):
    return ''.join(html_tree.page(answer.text).find('.//h1').itertext())


def check_mails(count):
    """Each is for one reader, whatever the title says."""
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default)
             for file in transport.outbox().glob('*.eml')]
    assert len(mails) == count
    assert {(mail['To'], mail['Bcc'], mail['Cc']) for mail in mails} == {('wanda@example.org', None, None)}


def test_names_of_accounts(site, judge):
    """The rules refuse most of these as names; a database that holds them all the same does no harm."""
    for text in packed(TEXTS, limit=40):
        with contextlib.suppress(accounts.Invalid):
            accounts.create_person(text, 'x@example.org', 'editor', 'a quiet green lake')
    for number, line in enumerate(LINES):
        Person.update(name=line).where(Person.id == site.people.edda).execute()
        if number % 10 == 0:
            contributors.names.compute(Page.at('Twin').id)
            for verb in ('', '$contributors', '$edit'):
                judge.look(site.login('edda').get(f'/docs/Twin{verb}', status='2*'))
        judge.look(site.app.get('/docs/Twin$history'))
    for person in Person.select():
        judge.look(site.app.get(f'/users/{path(person.name)}', expect_errors=True))
    judge.done()


def test_what_refusals_show(site, judge):
    """Forms without a token, unknown addresses, wrong log-ins: all say again what was sent."""
    visitor, edda = site.browser(), site.login('edda')
    judge.look(visitor.post('/docs/Twin$edit', [(text, text) for text in TEXTS], status=401))
    judge.look(visitor.post('/login', [('password', text) for text in TEXTS], status=403))
    for line in LINES:
        judge.look(edda.get(f'/docs/{path(line)}', expect_errors=True))
        judge.look(edda.get('/new', {'path': line}, expect_errors=True))
        judge.look(visitor.get('/login', {'next': line}))
        judge.look(visitor.get('/all', {'after': line}))
        judge.look(visitor.get(f'/api/v1/pages/{path(line)}', expect_errors=True))
    for line in LINES[:20]:
        judge.look(visitor.get(f'/users/{path(line)}', expect_errors=True))
        judge.look(visitor.get('/docs/Twin$compare', {'from': line, 'to': line}, expect_errors=True))
        judge.look(visitor.get('/unsubscribe/1', {'key': line}, expect_errors=True))
        judge.look(log_in(visitor, line))
    judge.done()


def path(text):
    return ''.join(f'%{byte:02X}' for byte in text.encode())


def test_the_first_account(site, judge):
    Person.delete().execute()
    page = site.browser().get(f"/setup/{signing.sign('setup', 'first account')}")
    judge.learn(page)
    for line in ['plain', *LINES]:
        typed = page.forms['setup']
        typed['name'], typed['email'], typed['password'] = line, f'{line[:250]}@', line
        answer = typed.submit(status=422)
        (judge.learn if line == 'plain' else judge.look)(answer)
        again = answer.forms['setup']
        assert (again['name'].value, again['password'].value) == (line, '')
    assert not Person.select().exists()
    judge.done()


def test_what_programs_send(site, judge):
    # No spam of an admin is stopped.
    headers = {'Authorization': f'Bearer {sessions.create_token(site.people.ada)}'}
    for name, texts in FILES.items():
        line, content = packed(texts)[-1], page_of(texts)
        good = {'title': line, 'comment': line, 'content': content}
        for body in (good, {**good, 'base_revision': 1}, {**good, 'base_revision': line}, {'content': texts},
                     {text: text for text in texts}, {**good, 'title': content, 'base_revision': 'latest'}):
            answer = site.app.put_json(f'/api/v1/pages/{name}', body, headers=headers, expect_errors=True)
            assert judge.look(answer).content_type == 'application/json'
        assert site.app.get(f'/api/v1/pages/{name}').json['content'] == content
        judge.look(site.app.get(f'/docs/{name}'))
    judge.done()


@pytest.mark.parametrize('html', [
    '<form action=//evil.example></form>', '<a href=https://evil.example>x</a>', '<script src=//evil.test>',
    '<p onclick=x>', '<button formaction=https://evil.example>x</button>', '<base href=/x>', '<p style=x>',
    '<div class=prose><form action=/login></form></div>', '<div class=prose><script src=/static/x></script>',
    '<div class=prose><button>x</button>', '<iframe></iframe>', '<div class=prose><p id=content></p></div>'])
def test_the_judge_sees(html):
    """What the oracle calls a violation in the frame of a page and in the text on it."""
    assert violations(f'<!doctype html><body>{html}', page=True)


def test_the_judge_knows_frame_from_text():
    assert shapes('<p class=x><p><i class=prose><b>') == {
        ('html', ()), ('head', ()), ('body', ()), ('p', ('class',)), ('p', ()), ('i', ('class',))}
    assert not violations('<div class=prose><a href=https://x.example>x</a></div>', page=True)
