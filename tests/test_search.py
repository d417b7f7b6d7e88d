"""Searching: what is found, in which order, whatever was typed; how the index follows the pages."""
import time

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kuma_lite import db
from kuma_lite.queue import TASKS
from kuma_lite.queue.tables import Task
from kuma_lite.search import finding, indexing, models, queries, tasks
from kuma_lite.search.models import Entry, Index, Word
from kuma_lite.wiki.models import Page
from tasks_base import assert_enqueued
from web_base import attacks

PAGES = {
    'Tea': '# Tea\n\nHot water on leaves. See [[Coffee]].',
    'Teapot': 'A pot, mostly of clay.\n\n## Cleaning\n\nWith water.',
    'Green_tea': 'From the leaves of *camellia*.',
    'Coffee': 'Not tea, but it is **hot**, too: water and beans.',
    'Markdown': 'Mark**down** is written so: `*words*`.',
    '명령어': '파일의 목록을 표시하는 명령어를 설명합니다.',
    'Crème_brûlée': 'Ein süßer Nachtisch; Größe egal.',
}


@pytest.fixture
def wiki(site):
    for path, content in PAGES.items():
        site.page(path, content, title=path.replace('_', ' '))
    site.settle()
    return site


def found(text):
    """The paths of the pages that are found, the best first, and how."""
    answer = finding.find(text)
    paths = {page.id: page.path for page in Page.select(Page.id, Page.path)}
    return answer.how, [paths[page_id] for page_id in answer.page_ids]


def paths(text):
    return found(text)[1]


def test_words_of_title_and_text_are_found_and_titles_come_first(wiki):
    assert paths('tea') == ['Tea', 'Teapot', 'Green_tea', 'Coffee']
    assert paths('water hot') == ['Tea', 'Coffee'] or paths('water hot') == ['Coffee', 'Tea']
    assert paths('cleaning') == ['Teapot']


FOUND = [
    ('CREME brulee', ['Crème_brûlée']), ('größe', ['Crème_brûlée']), ('GRÖSSE', ['Crème_brûlée']),
    ('ＴＥＡＰＯＴ', ['Teapot']), ('markdown', ['Markdown']), ('camel', ['Green_tea']),
    ('명령', ['명령어']), ('목록', ['명령어']), ('록', ['명령어']), ('명령어', ['명령어']),
    ('목록을 표시', ['명령어']), ('"목록을 표시"', ['명령어']),
    ('"hot water"', ['Tea']), ('"water hot"', []), ('“hot water”', ['Tea']),
    ('tea -leaves', ['Teapot', 'Coffee']), ('tea -"hot water"', ['Teapot', 'Green_tea', 'Coffee']),
    ('-tea', []), ('', []), ('nowhere', []), ('"tea"', ['Tea', 'Green_tea', 'Coffee']),
    ('¶tea', ['Tea', 'Teapot', 'Green_tea', 'Coffee']),
]
NEAR = [
    ('arkdow', finding.INSIDE, ['Markdown']), ('mardkown', finding.NEAR, ['Markdown']),
    ('cofee beans', finding.NEAR, ['Coffee']), ('camellia zebra', finding.ANY, ['Green_tea']),
]


def test_what_is_found(wiki):
    assert [(typed, paths(typed)) for typed, _ in FOUND] == FOUND


def test_what_comes_near_is_found_when_nothing_else_is(wiki):
    assert [(typed, *found(typed)) for typed, _, _ in NEAR] == NEAR


MANY = [f'Text_{number}' for number in range(30)]


@pytest.fixture
def crowd(site, monkeypatch):
    """Words on so many pages that these are not ranked; in the titles and headings of the oldest."""
    monkeypatch.setattr(finding, 'CANDIDATES', 20)
    monkeypatch.setattr(finding, 'MOST', 20)
    site.page('Old', 'Short.\n\n## Green tea\n\n명령어, twice.\n\n## 명령어를')
    site.page('How_to', 'Short.', title='How to make green teas')
    site.page('Korean', 'Short.', title='모든 명령어')
    for path in MANY:
        site.page(path, 'green tea, tea tea ' * 9 + 'the green 명령어', title='X')
    site.settle()
    return site


def test_titles_and_headings_come_first_among_too_many_pages_to_rank_and_then_the_newest(crowd):
    newest = MANY[::-1]
    assert paths('tea') == paths('tea green') == ['How_to', 'Old', *newest[:18]]
    assert paths('"green tea"') == ['Old', *newest[:19]]
    assert paths('명령') == paths('명령어') == ['Korean', 'Old', *newest[:18]]
    assert paths('tea -명령') == ['How_to']


def test_the_parts_of_a_list_stay_as_they_are(crowd):
    asked = [crowd.app.get(f'/api/v1/search?q=tea&limit=7&after={after}').json['pages']
             for after in (0, 7, 14)]
    assert [page['path'] for pages in asked for page in pages] == paths('tea')


def test_a_heading_counts_more_than_many_words_in_a_text(wiki):
    wiki.page('Clean', 'Cleaning ' * 50)
    wiki.settle()
    assert paths('cleaning') == ['Teapot', 'Clean']


def test_the_index_follows_each_edit(wiki):
    wiki.page('Tea', 'Now about cocoa.')
    wiki.settle()
    assert paths('cocoa') == ['Tea'] and 'Tea' not in paths('leaves')
    assert Entry.select().count() == Page.select().count()


def test_an_edit_queues_one_task_for_its_page(site):
    page = site.page('Tea', 'Hot.')
    site.settle()
    assert assert_enqueued(tasks.index, page_id=page.id).subject == f'page:{page.id}'


def test_indexing_twice_changes_nothing(wiki):
    before = finding.find('tea')
    for page in Page.select():
        tasks.index.func(page.id)
    assert finding.find('tea') == before


def test_an_older_text_never_replaces_a_newer_one(wiki, monkeypatch):
    """A task that was slow finds that the page was edited, and leaves it to the task of that edit."""
    page, row = Page.at('Tea'), indexing._row

    def slow(read):
        made = row(read)
        Page.update(current_id=page.current_id + 1).where(Page.id == page.id).execute()
        return made
    monkeypatch.setattr(indexing, '_row', slow)
    Page.update(html='<p>cocoa</p>').where(Page.id == page.id).execute()
    indexing.refresh(page.id)
    assert paths('cocoa') == [] and 'Tea' in paths('leaves')


def test_a_page_that_is_gone_is_not_found(wiki):
    page = Page.at('Coffee')
    page.delete_instance()
    tasks.index.func(page.id)
    assert paths('beans') == [] and Index.ranked('"beans"', 9) == []


def test_a_rebuild_makes_it_all_anew_and_the_old_index_answers_meanwhile(wiki, monkeypatch):
    monkeypatch.setattr(tasks, 'CHUNK', 3)
    gone = Page.at('Coffee')
    gone.delete_instance()
    with db.atomic():
        db.database.execute_sql('DELETE FROM search_index WHERE rowid = ?', (Page.at('Tea').id,))
        Entry.delete().execute()
        Word.delete().execute()
    tasks.rebuild()
    assert paths('pot')
    wiki.settle()
    assert paths('tea') == ['Tea', 'Teapot', 'Green_tea'] and Index.ranked('"beans"', 9) == []
    assert found('arkdow') == (finding.INSIDE, ['Markdown'])
    parts = list(Task.select().where(Task.name == 'search.rebuild_part').order_by(Task.id))
    assert len(parts) == 2 and parts[-1].progress.startswith('[2, 2')
    assert [row.state for row in Task.select().where(Task.name == 'search.rebuilt')] == ['done']


def remembered():
    return [word for word, in Word.select(Word.word).order_by(Word.id).tuples()]


def test_words_that_no_page_has_any_more_are_forgotten_at_night(site, monkeypatch):
    monkeypatch.setattr(tasks, 'WORDS', 2)
    site.page('One', 'alpha beta gamma delta epsilon')
    site.settle()       # each by itself: workers take them in any order
    site.page('Two', 'gamma zeta')
    site.settle()
    site.page('One', 'epsilon eta')
    site.settle()
    assert {'alpha', 'delta'} < set(remembered())
    tasks.forget_words()
    site.settle()
    assert remembered() == ['one', 'gamma', 'epsilon', 'two', 'zeta', 'eta']


def test_a_word_that_comes_back_meanwhile_stays(site, monkeypatch):
    Word.insert_many([{'word': 'alpha'}, {'word': 'beta'}]).execute()
    unused = Word.unused

    def slow(some):
        gone = unused(some)
        db.database.execute_sql('INSERT INTO search_index (rowid, text) VALUES (?, ?)', (99, 'beta'))
        monkeypatch.setattr(Word, 'unused', unused)
        return gone
    monkeypatch.setattr(Word, 'unused', slow)
    tasks.forget_words.func()
    assert remembered() == ['beta']


def test_a_rebuild_forgets_words_too(wiki):
    Word.insert(word='longgone').execute()
    tasks.rebuild()
    wiki.settle()
    assert 'longgone' not in remembered() and {'camellia', 'markdown'} < set(remembered())


def test_of_a_long_page_the_first_words_are_remembered(site, monkeypatch):
    monkeypatch.setattr(indexing, 'SPELLED', 3)
    site.page('Long', 'zebra apple zebra mango melon')
    site.settle()
    assert remembered() == ['long', 'zebra', 'apple']
    assert paths('melon') == ['Long'] and found('elon') == (finding.NOTHING, [])


def test_parts_of_words_are_looked_for_in_one_pass(site, monkeypatch):
    asked, ask = [], db.database.execute_sql
    monkeypatch.setattr(db.database, 'execute_sql', lambda sql, *rest: asked.append(sql) or ask(sql, *rest))
    finding.find('zzzq qqqz jjjq xxxj vvvq wwwq')
    assert asked.count(models.SEEN_FIRST) == 1


def test_they_are_looked_for_in_the_words_that_were_seen_first(site, monkeypatch):
    monkeypatch.setattr(models, 'READ', 2)
    Word.insert_many([{'word': word} for word in ('zebras', 'markdown', 'abracadabra')]).execute()
    assert Word.around(['ebra', 'bracad']) == {'ebra': ['zebras'], 'bracad': []}


def test_the_shortest_words_around_a_part_come_first(site):
    Word.insert_many([{'word': word} for word in ('remarkable', 'markdown', 'bookmark', 'mar')]).execute()
    assert Word.around(['mark', 'nope', 'mar']) == {
        'mark': ['bookmark', 'markdown', 'remarkable'], 'nope': [],
        'mar': ['mar', 'bookmark', 'markdown', 'remarkable']}


def test_of_many_words_the_last_may_be_a_beginning_and_too_many_exceptions_do_not_count(wiki):
    words = 'not tea but it is hot too'
    assert found(f'{words} wat') == (finding.ALL, ['Coffee'])
    assert found(f'wat {words} zebra')[0] == finding.ANY
    query = finding.find('tea ' + ' '.join(f'-no{number}' for number in range(9))).query
    assert len(query.without) == queries.MANY and query.is_cut


def test_of_many_words_that_no_page_has_together_the_rarest_count(crowd):
    crowd.page('Rare', 'xylophone')
    crowd.settle()
    question = 'green tea the x how to make xylophone unheard'
    assert 'Rare' in paths(question)
    rarest = finding._rarest(queries.parse(question)).terms
    assert {term.text for term in rarest} == {'how', 'to', 'make', 'xylophone', 'green', 'tea'}


def test_so_many_words_that_ranking_takes_long_bring_the_newest_first(wiki, monkeypatch):
    asked, ranked = [], Index.ranked
    monkeypatch.setattr(Index, 'ranked', lambda *args: asked.append(args) or ranked(*args))
    assert len(paths('hot water')) == 2 and asked
    del asked[:]
    monkeypatch.setattr(finding, 'COUNTED', Page.select().count())
    assert len(paths('hot water')) == 2 and not asked


def test_a_rebuild_can_be_run_by_its_name():
    assert TASKS['search.rebuild'] is tasks.rebuild


def test_of_a_page_with_endless_different_words_the_beginning_is_taken(site, monkeypatch):
    monkeypatch.setattr(indexing, 'MOST', 3)
    site.page('Long', 'one two one two three four five')
    site.settle()
    assert paths('three') == ['Long'] and paths('four') == []


# Any text at all is a search.

SYNTAX = ['"', '""', 'AND', 'a AND', 'NOT', 'NEAR(a b, 2)', 'title:tea', '{title headings} : tea', 'tea*',
          '^tea', '-', '- tea', '+tea', '(tea', 'tea)', '(((', "'", "tea'; DROP TABLE page; --", '\0',
          'tea\0pot', '😀', '"tea', 'tea"', '-"', '-""', '\\', '%', '_', '*', 'tea OR coffee', '\ud800',
          '\u202etea', 'ＡＮＤ', '”']


def test_nothing_is_syntax(wiki):
    for text in [*SYNTAX, *(row['query'] for row in attacks('fts5-queries.json'))]:
        finding.find(text)
        finding.suggest(text, 8)
        for address in ('/search', '/search/suggest', '/api/v1/search'):
            wiki.app.get(address, {'q': text.encode('utf-8', 'replace')}, status=200)
    assert Page.select().count() == len(PAGES)


@hypothesis_settings(max_examples=60, deadline=None,
                     suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.text(''.join(PAGES['명령어']) + 'tea"-*:^()ß \0', max_size=30))
def test_any_text_is_a_search(wiki, text):
    finding.find(text)
    finding.suggest(text, 8)


LONG = ['"' * 100_000, 'word ' * 10_000, 'a' * 100_000, '명' * 50_000, '-ab ' * 30_000, 'tea ' * 25_000,
        '(' * 100_000, ' '.join(map(str, range(10_000))), '"a b" ' * 20_000]


def test_long_texts_take_no_time(wiki):
    for text in LONG:
        started = time.process_time()
        finding.find(text)
        finding.suggest(text, 8)
        assert time.process_time() - started < 0.2


FROM_EVERYWHERE = ' '.join(''.join(chr(0x100 + 128 * (at + word)) for at in range(20)) for word in range(6))


@pytest.mark.parametrize('question', ['"' + 'ा ' * 12 + 'zzz"', '-'.join('ा' * 12) + '-zzz',
                                      '"' + 'a ' * 900 + 'b"', FROM_EVERYWHERE])
def test_no_question_takes_long(site, question):
    site.page('Signs', 'ा' * 300 + '\n\n' + 'ा ' * 12 + 'zzz\n\n' + 'a ' * 45_000)
    site.settle()
    began = time.monotonic()
    found(question)
    site.app.get('/search', {'q': question})
    assert time.monotonic() - began < 5
