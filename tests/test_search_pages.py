"""The page of results, the suggestions, and the search for programs."""
import re
from urllib.parse import quote_from_bytes

import pytest
from test_attacks import LINES, TEXTS, Judge, judge, packed, page_of  # noqa: F401 (a fixture)

from kuma_lite.config import settings
from kuma_lite.search import finding, views

PATH = 'Guides/First_steps'


@pytest.fixture
def wiki(site):
    site.page(PATH, 'How to <begin>.\n\nOne step, and another.', title='First steps')
    site.page('Tea', 'Hot *water*.')
    site.settle()
    return site


def ask(site, q, **fields):
    return site.app.get('/search', {'q': q, **fields})


def test_the_box_in_the_header_leads_to_the_results(wiki):
    form = wiki.app.get('/docs/Tea').forms[0]
    form['q'] = 'water'
    page = form.submit()
    assert page.html.find('ol', class_='results').a['href'] == '/docs/Tea'
    assert page.html.mark.text == 'water' and page.forms['search-form']['q'].value == 'water'
    assert '1 page.' in ' '.join(page.html.find(role='status').text.split())


def test_a_result_shows_title_place_and_the_words_in_the_text(wiki):
    result = ask(wiki, 'step').html.find('ol', class_='results').li
    assert result.h2.text.strip() == 'First steps' and 'Guides / First steps' in result.text
    assert 'How to <begin>. One step, and another.' in result.find(class_='snippet').text
    assert [mark.text for mark in result.find_all('mark')] == ['step', 'step']


def test_nothing_found_offers_to_write_the_page(wiki):
    page = wiki.login('edda').get('/search', {'q': 'Lemon cake'})
    assert 'No page has these words' in page and page.html.find('a', href='/new?title=Lemon+cake')
    assert not ask(wiki, 'Lemon cake').html.find('a', href=re.compile('/new'))


def test_nothing_found_says_what_was_left_out(wiki):
    page = ask(wiki, 'water -tea')
    assert 'No page has “water” without “tea”.' in page
    assert page.html.find('main').find('a', href='/search?q=water')


def test_the_page_is_offered_too_when_only_its_words_are_found(wiki):
    edda = wiki.login('edda')
    assert edda.get('/search?q=water').html.find('a', href='/new?title=water')
    assert not edda.get('/search?q=tea').html.find('main').find('a', href=re.compile('/new'))


UNDERSTOOD = {
    '': 'all of the words', '???': 'no letter and no number', '-tea': 'also say what to look for',
    'wter': 'These pages have', 'ater': 'inside of words', 'water zebra': 'some of them',
    'water -zebra': 'without “zebra”', 'water ' * 100: 'only the words at its beginning',
}


def test_it_says_how_the_words_were_understood(wiki):
    wiki.page('Lake', 'All water.')
    wiki.settle()
    for q, words in UNDERSTOOD.items():
        assert words in ' '.join(ask(wiki, q).html.main.text.split())


def test_many_results_come_in_parts(wiki, monkeypatch):
    monkeypatch.setattr(views, 'SIZE', 3)
    monkeypatch.setattr(finding, 'MOST', 7)
    for number in range(9):
        wiki.page(f'Page_{number}', 'common words')
    wiki.settle()
    page, seen = ask(wiki, 'common'), []
    assert 'The best 7 pages' in page
    while True:
        seen += [link['href'] for link in page.html.select('ol.results h2 a')]
        if not page.html.find('a', rel='next'):
            break
        page = page.click(linkid=None, href='after=', description='Next')
    assert len(seen) == len(set(seen)) == 7
    assert 'no further pages' in ask(wiki, 'common', after='200')


def test_a_wrong_place_in_the_list_is_refused(wiki):
    for after in ('-1', 'x', '99999'):
        wiki.app.get('/search', {'q': 'tea', 'after': after}, status=400)


def test_titles_are_suggested(wiki):
    def suggested(q):
        return [page['title'] for page in wiki.app.get('/search/suggest', {'q': q}).json['pages']]
    assert suggested('fir') == ['First steps'] and suggested('STEPS') == ['First steps']
    assert suggested('t') == ['Tea'] and suggested('water') == suggested('') == []
    page, = wiki.app.get('/search/suggest?q=first').json['pages']
    assert page == {'title': 'First steps', 'path': PATH, 'address': f'/docs/{PATH}'}


def test_titles_are_suggested_by_the_beginning_of_any_of_their_words(wiki):
    for title in ('The rules', 'Ruby', 'Bread crumbs', '모든 명령어'):
        wiki.page(title.replace(' ', '_'), 'Nothing of rust.', title=title)
    wiki.settle()

    def suggested(q):
        return [page['title'] for page in wiki.app.get('/search/suggest', {'q': q}).json['pages']]
    assert suggested('ru') == ['Ruby', 'The rules'] and suggested('rul') == ['The rules']
    assert suggested('the ru') == suggested('rules th') == suggested('ru the') == ['The rules']
    assert suggested('crumbs') == suggested('br cr') == ['Bread crumbs'] and suggested('rust') == []
    assert suggested('명') == suggested('명령') == suggested('명령어') == ['모든 명령어']


def test_programs_search_too(wiki):
    answer = wiki.app.get('/api/v1/search?q=step&limit=1').json
    page, = answer.pop('pages')
    assert page.pop('updated_at')
    assert page == {'path': PATH, 'title': 'First steps', 'address': f'/docs/{PATH}',
                    'snippet': 'How to <begin>. One step, and another.'}
    assert answer == {'query': 'step', 'how': 'all', 'words': ['step'], 'without': [], 'count': 1,
                      'is_full': False, 'next': None}


def test_who_may_not_read_finds_nothing(wiki):
    settings.site.read = 'members'
    for address in ('/search?q=water', '/search/suggest?q=tea', '/api/v1/search?q=water'):
        answer = wiki.app.get(address, expect_errors=True)
        assert answer.status_int in (401, 403) and 'Hot' not in answer and '/docs/Tea' not in answer
    assert 'Hot' in wiki.login('wanda').get('/search?q=water')


def test_other_search_engines_keep_out(wiki):
    assert ask(wiki, 'tea').headers['X-Robots-Tag'] == 'noindex'


def test_any_bytes_are_a_search(wiki):
    for query in ('q=%00', 'q=%ff%fe', 'q=a&q=b', 'q', 'q=%ED%A0%80', 'x=1', 'q=%', '=', 'q=' + '%22' * 2000):
        for address in ('/search', '/search/suggest', '/api/v1/search'):
            wiki.app.get(f'{address}?{query}', status=200)


def test_what_is_longer_than_an_address_is_refused_in_a_sentence(wiki):
    assert 'too long' in wiki.app.get('/search?q=' + 'a' * 100_000, status=414)


HARMLESS = ['', 'hello', 'zebra', 'hello zebra', 'hell -zebra', 'ello', 'hlelo', '-hello', 'hello ' * 40, '?']


def test_attacks_stay_words(site, judge):  # noqa: F811
    """In titles and in a text that are found, and as what is looked for."""
    edda = site.login('edda')
    site.page('Attacked', page_of(TEXTS))
    for number, line in enumerate(LINES):
        site.page(f'Attacked_{number}', 'Hello findme.', title=line)
    site.settle()
    for q in HARMLESS:
        for after in (0, 20, 200):
            Judge().learn(edda.get('/search', {'q': q, 'after': after}))
    for after in range(0, len(LINES), views.SIZE):
        page = judge.look(edda.get('/search', {'q': 'findme', 'after': after}))
        assert len(page.html.select('.results li')) > 1
    for line in [*packed(TEXTS, 1_500), *attack_words()]:
        q = quote_from_bytes(line.encode())
        assert judge.look(edda.get(f'/search?q={q}')).forms['search-form']['q'].value == line
        judge.look(site.app.get(f'/search/suggest?q={q}'))
        judge.look(site.app.get(f'/api/v1/search?q={q}'))
    judge.done()


def attack_words():
    return ['script', 'alert', 'onerror', 'javascript', 'word1after', '"alert 1"', '<img', '&lt;', '</mark>']
