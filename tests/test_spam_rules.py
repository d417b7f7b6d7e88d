"""The rules: links, the list of words, repeated text, floods; who is new; and that nothing takes long."""
import time

import pytest

from kuma_lite import clock
from kuma_lite.config import settings
from kuma_lite.search import words as search_words
from kuma_lite.spam import actions, patterns, reading, rules
from kuma_lite.spam.additions import Addition
from kuma_lite.spam.models import Attempt, RuleList
from kuma_lite.wiki.checks import Suspected
from spam_base import account, edit, links, old_account, send

SENTENCE = 'This is a sentence of some length that is new to the wiki, and nobody has said it before.'
DAY = 24 * 3600


def why():
    return Attempt.select().order_by(Attempt.id.desc()).get().why


@pytest.mark.parametrize('text, hosts', [
    ('[a](https://One.example/x) <http://two.example>', ['one.example', 'two.example']),
    ('//three.example and www.four.example.', ['three.example', 'four.example']),
    ('[a](http&#58;//five.example) http:\\/\\/six.example', ['five.example', 'six.example']),
    ('https://u:p@seven.example:80/', ['seven.example']),
    ('http://wiki.test/docs/Tea [[Tea]] a//b c://d /docs/Tea', []),
    ('[r]: https://eight.example "t"', ['eight.example'])])
def test_links_are_found_however_they_are_written(site, text, hosts):
    assert reading.hosts(text) == hosts


def test_a_new_account_may_add_few_links_an_old_one_more(site):
    new = account('newton')
    edit(new, 'A', links(3))
    with pytest.raises(Suspected, match='Fewer links'):
        edit(new, 'B', links(4))
    old = old_account(site)
    edit(old, 'B', links(10))
    with pytest.raises(Suspected):
        edit(old, 'C', links(11))
    assert why() == 'Links: 11 links, where an edit has 10'


def test_links_that_are_there_already_do_not_count(site):
    site.page('Tea', f'Some {links(30)} with a mistaek.')
    edit(account('newton'), 'Tea', f'Some {links(30)} with a mistake.')


@pytest.mark.parametrize('age, edits, is_new', [(0, 9, True), (4 * DAY, 0, True), (4 * DAY, 4, True),
                                                (4 * DAY, 5, False)])
def test_an_account_is_new_for_some_days_and_some_edits(site, age, edits, is_new):
    person = account('newton', age)
    for number in range(edits):
        site.page(f'P{number}', 'Hot.')
        page = site.page(f'P{number}', 'Cold.', author='edda')
        page.current().__class__.update(author=person).where(
            page.current().__class__.id == page.current_id).execute()
    assert rules.is_new_account(person) is is_new and rules.is_new_account(None)


def test_a_word_of_the_list_is_refused(site):
    actions.keep_rules('# pills\nviagra\ncasino*\n*coins\nbuy cheap\ncasino.example', site.people.mona, None)
    for number, text in enumerate(['Buy VIAGRA now', 'the casinos', 'Bitcoins', 'Buy, cheap', 'ｖｉａｇｒａ',
                                   'via\u200bgra', 'https://casino.example/']):
        with pytest.raises(Suspected):
            edit(site.people.edda, f'P{number}', text)
    edit(site.people.edda, 'Fine', 'Viagrafree buy very cheap a incasinos coinsage')


def test_a_word_that_stood_there_may_stay(site):
    actions.keep_rules('viagra', site.people.mona, None)
    site.page('Medicine', 'Viagra is a medicin.')
    edit(site.people.edda, 'Medicine', 'Viagra is a medicine.')
    with pytest.raises(Suspected):
        edit(site.people.edda, 'Medicine', 'Viagra is a medicine. Buy viagra.')


@pytest.mark.parametrize('line', ['*', '***', 'a*', 'vi*gra', 'buy* cheap', 'buy *cheap', 'x' * 101, '!?'])
def test_what_is_no_pattern_is_refused(line):
    with pytest.raises(patterns.Unusable, match='Line 2'):
        patterns.check(f'fine\n{line}')


def test_the_list_has_a_limit():
    with pytest.raises(patterns.Unusable, match='1,000'):
        patterns.check('word\n' * 1001)


def test_moderators_keep_the_list_and_nobody_is_written_over(site):
    mona, ada = site.login('mona'), site.login('ada')
    form, other = mona.get('/spam/rules').forms['rules-form'], ada.get('/spam/rules').forms['rules-form']
    form['text'] = 'viagra'
    assert 'counts from now on' in form.submit().follow()
    other['text'] = 'casino'
    answer = other.submit(status=409)
    assert answer.forms['rules-form']['text'].value == 'casino' and 'viagra' in answer
    answer.forms['rules-form']['text'] = 'casino\nviagra'
    answer.forms['rules-form'].submit(status=303)
    wrong = mona.get('/spam/rules').forms['rules-form']
    wrong['text'] = 'casino\n*'
    answer = wrong.submit(status=422)
    assert 'Line 2' in answer and answer.forms['rules-form']['text'].value == 'casino\n*'
    assert RuleList.newest().text == 'casino\nviagra'


def test_the_same_text_from_anybody_is_noticed(site):
    people = [account(f'p{number}') for number in range(4)]
    for number in range(3):
        edit(people[number], f'P{number}', f'{SENTENCE} {number}', address=f'192.0.2.{number}')
    with pytest.raises(Suspected):
        edit(people[3], 'P3', f'  {SENTENCE.upper()}!! 77', address='192.0.2.9')
    assert why() == 'Repeated text: the same text 3 times before in a day'
    clock.advance(DAY + 1)
    edit(people[3], 'P4', SENTENCE)


def test_short_texts_and_those_of_people_whom_the_wiki_knows_may_be_repeated(site):
    new, old = account('newton'), old_account(site)
    for number in range(6):
        edit(new, f'N{number}', 'See also: [[Tea]]')
        edit(old, f'O{number}', SENTENCE)
    for number in range(3):
        edit(old, f'L{number}', f'{SENTENCE} {links(1)}')
    with pytest.raises(Suspected):
        edit(old, 'L9', f'{SENTENCE} {links(1)}')


def test_a_flood_is_stopped_by_account_and_by_address(site):
    settings.spam.flood = 3
    for number in range(3):
        edit(site.people.edda, f'P{number}', f'Text {number}', address=f'192.0.2.{number}')
    with pytest.raises(Suspected, match='wait a minute'):
        edit(site.people.edda, 'P3', 'Text', address='192.0.2.9')
    for number in range(2):
        edit(None, f'Q{number}', f'Text {number}', address='192.0.2.1')
    with pytest.raises(Suspected):
        edit(site.people.wanda, 'Q3', 'Text', address='192.0.2.1')
    edit(site.people.wanda, 'Q3', 'Text', address='192.0.2.77')
    clock.advance(61)
    edit(site.people.edda, 'P3', 'Text')


def test_an_edit_that_is_never_saved_counts_for_nothing(site):
    settings.spam.flood = 1
    edda = site.login('edda')
    site.page('Tea', 'Hot.')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    site.page('Tea', 'Cold.')
    form['content'] = 'Warm.'
    assert form.submit(expect_errors=True).status_int == 409
    assert send(edda, 'Tea', 'Lukewarm.').status_int == 303


def test_no_text_takes_long(site):
    actions.keep_rules('\n'.join(f'aaaa word{number}*' for number in range(1000)), site.people.mona, None)
    for text in ('ä' * 499_000, '//a' * 333_000, '&#58;' * 199_000):
        started = time.thread_time()
        new = Addition('edit', 'Tea', 'Tea', text, text, '', None, '192.0.2.1')
        rules.links(new), rules.listed(new), rules.repeated(new)
        reading.added_lines(text, text[1:])
        assert time.thread_time() - started < 2, text[:10]


@pytest.mark.parametrize('link', ['https:///one.example', '///one.example', 'https:one.example',
                                  'HTTP:/one.example/a', 'http:////one.example'])
def test_slashes_hide_no_link(site, link):
    """Browsers go there, however many there are."""
    assert reading.hosts(f'[a]({link})') == ['one.example']


@pytest.mark.parametrize('text', [
    'vi\u034fagra', 'vi\ufe0fagra', 'v\u0336i\u0336agra', 'vi\u3164agra', 'vi\u115fagra', 'vi\u2800agra',
    'vi**ag**ra', 'via`gra`', 'vi~~ag~~ra', 'vi<b></b>agra', 'vi<!-- -->agra', 'vi&#x336;agra'])
def test_what_readers_see_as_one_word_is_one(site, text):
    assert reading.words(f'Buy {text} now') == ['buy', 'viagra', 'now']


def test_accents_that_belong_to_a_letter_stay():
    assert reading.words('cafe\u0301 über が') == ['café', 'über', 'が']


@pytest.mark.parametrize('text', ['a' + '\u0300\u0316' * 60_000, '\u0f73' * 80_000, '\u0300\uff9e' * 60_000])
def test_no_heap_of_accents_takes_long(text):
    """Python puts them into their order in a time that grows with their square, and lets no thread run."""
    started = time.thread_time()
    reading.words(text), reading.digest(text), search_words.fold(text)
    assert time.thread_time() - started < 4


def test_a_flood_from_one_network_is_one(site):
    """With IPv6 everybody has as many addresses as in a /64."""
    settings.spam.flood = 3
    for number in range(3):
        edit(None, f'P{number}', f'Text {number}', address=f'2001:db8::{number + 1}')
    with pytest.raises(Suspected, match='wait a minute'):
        edit(None, 'P3', 'Text', address='2001:db8::ffff')
    edit(None, 'P3', 'Text', address='2001:db8:0:1::1')
