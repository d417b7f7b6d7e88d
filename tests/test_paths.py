"""Paths: hierarchical, of any script, compared without case; two spellings never make two pages."""
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes
from wsgiref.util import setup_testing_defaults

import pytest

from kuma_lite.config import settings
from kuma_lite.wiki import checks
from kuma_lite.wiki.models import Page

ATTACKS = Path(__file__).parents[1].parent / 'shared/attacks/path-traversal-strings.txt'
OWN = ['../../etc/passwd', '..%2f..%2fetc%2fpasswd', '....//etc/passwd', '/etc/passwd', 'a/./b',
       'C:\\boot.ini', 'file:///etc/passwd', '%00', 'a%0d%0aSet-Cookie: x', '%c0%ae%c0%ae/', '%ff',
       '\\\\host\\share', '~root', '%']
ADDRESSES = ['/docs/{}', '/docs/{}$raw', '/docs/{}$edit', '/docs/{}$revision/1', '/api/v1/pages/{}',
             '/new?path={}']
STRINGS = OWN + (ATTACKS.read_text('utf-8', 'replace').splitlines() if ATTACKS.exists() else [])

SPELLINGS = [
    ('Tea', ['tea', 'TEA', ' Tea ', 'ｔｅａ']),
    ('Guides/First steps', ['guides/first_steps', 'GUIDES / FIRST  STEPS', 'Guides//First steps/']),
    ('Straße', ['STRASSE', 'strasse', 'straße']),
    ('Café', [unicodedata.normalize('NFD', 'Café'), 'CAFÉ']),
    ('Ὀδυσσεύς', ['ὈΔΥΣΣΕΎΣ', 'ὀδυσσεύσ']),
    ('김치', [unicodedata.normalize('NFD', '김치')]),
    ('ﬁx', ['fix', 'FIX']),
]


@pytest.mark.parametrize('path, others', SPELLINGS, ids=[path for path, _ in SPELLINGS])
def test_two_spellings_are_one_page(site, path, others):
    first = site.page(path, 'first')
    for other in others:
        site.page(other, f'by the name of {other}', title=path)
        site.app.get('/docs/' + quote(other), status=301)
    page = Page.select().get()
    assert (page.id, page.path) == (first.id, first.path)


def test_the_case_that_was_given_is_kept(site):
    assert site.page('README/How To').path == 'README/How_To'


def test_letters_that_only_look_alike_are_two_pages(site):
    site.page('Pie')
    site.page('Рie')     # with a Cyrillic Р
    assert Page.select().count() == 2


def test_a_page_knows_what_stands_above_it(site):
    site.page('a')
    assert site.page('A/B b/C').parents() == [('A', 'A', True), ('A/B_b', 'B b', False)]
    assert site.page('A').parents() == []


@pytest.mark.parametrize('path', ['', ' ', '/', '..', 'a/..', '.', 'a$b', 'a?b', 'a#b', 'a\\b', 'a<b', 'a>b',
                                  'a"b', 'a\0b', 'a\u202eb', 'a\u200bb', '\ud800', 'x' * 101,
                                  '/'.join('x' * 13)])
def test_what_is_no_path_is_refused_with_a_sentence(site, path):
    with pytest.raises(checks.Invalid, match=r'\.$'):
        checks.checked_path(path)


def test_hostile_paths_find_nothing_and_break_nothing(site):
    settings.site.edit = 'everyone'
    for string in STRINGS:
        for address in [f'/docs/{string}', *(address.format(quote(string)) for address in ADDRESSES)]:
            status, location = ask(site, address)
            assert status in (200, 303, 400, 401, 404, 414, 422), address
            assert not location or location.startswith('/docs/'), address
    assert not Page.select().exists()


def ask(site, address):
    """GET an address as it is, however broken; returns the status and the Location."""
    path, _, query = address.partition('?')
    environ = {'PATH_INFO': unquote_to_bytes(path).decode('latin-1'), 'QUERY_STRING': query}
    setup_testing_defaults(environ)
    answers = []

    def start_response(status, headers, exc_info=None):
        answers.append((int(status.split()[0]), dict(headers).get('Location')))

    list(site.app.app(environ, start_response))
    return answers[0]
