"""/tasks and /tasks/<id>: the queue, readable by moderators."""
import json
import os

import pytest

from kuma_lite import clock, db, queue
from kuma_lite.dashboard import describe
from kuma_lite.queue import batches, context, modes, window
from kuma_lite.queue.engine import engine
from kuma_lite.queue.tables import Attempt, Task, Worker
from kuma_lite.watch import actions as watching
from oracle import shapes, violations

pytestmark = pytest.mark.usefixtures('tasks')

HOSTILE = '"><script>alert(1)</script></pre></code></main><img src=//evil.example onerror=alert(1)>{{7*7}}'


@pytest.fixture
def mona(site):
    return site.login('mona')


@pytest.fixture
def some(site):
    """Three tasks that are done and one, the last, that is dead."""
    fine = queue.task(name='fine', subject='page:{number}')(lambda number: None)
    bad = queue.task(name='bad')(lambda: 1 / 0)
    with context.use(user='edda', cause='POST /docs/Tea$edit', request_id='r-1'):
        for number in range(3):
            fine(number)
        bad()
    site.settle()


def names(answer):
    return [link.text for link in answer.html.select('tbody td:first-child a')]


def test_the_list_is_newest_first_with_counts(mona, some):
    listing = mona.get('/tasks')
    assert names(listing) == ['bad', 'fine', 'fine', 'fine'] and 'ZeroDivisionError' in listing
    tabs = [' '.join(tab.text.split()) for tab in listing.html.select('.tabs a')]
    assert tabs == ['all 4', 'queued 0', 'running 0', 'done 3', 'dead 1', 'cancelled 0', 'timed out 0']
    assert [item.text.split() for item in listing.html.select('aside li')] == [['bad', '1'], ['fine', '3']]


def test_filters_narrow_the_list_and_each_other(mona, some):
    dead = mona.get('/tasks').click('dead')
    assert names(dead) == ['bad'] and dead.html.select_one('.tabs [aria-current]').text.startswith('dead')
    assert [item.text.split() for item in dead.html.select('aside li')] == [['bad', '1']]
    assert names(mona.get('/tasks').click('^fine$', href='name=')) == ['fine'] * 3
    assert names(mona.get('/tasks?name=fine&subject=page:1')) == ['fine']
    assert 'A state is one of queued' in mona.get('/tasks?state=lost', status=422)


def test_a_long_list_comes_in_parts_that_keep_the_filter(site, mona, some):
    for _ in range(55):
        queue.TASKS['fine'](9)
    site.settle()
    first = mona.get('/tasks?name=fine')
    second = first.click('Older')
    assert (len(names(first)), names(second)) == (50, ['fine'] * 8)
    assert len(names(second.click('Newest'))) == 50
    assert 'no further tasks' in mona.get('/tasks?name=fine&after=1')


@pytest.mark.parametrize('query', ['after=x', 'after=-1', 'parent=x', 'parent=0', 'state=a&state=b'])
def test_a_wrong_filter_is_refused(mona, query):
    mona.get(f'/tasks?{query}', status=400)


def test_empty_lists_say_what_to_do(mona, some):
    assert 'Show all tasks' in mona.get('/tasks?name=none')
    Task.delete().execute()
    assert 'Write a page' in mona.get('/tasks')


def test_one_task_tells_everything(mona, some):
    shown = mona.get('/tasks').click('^bad$', index=0)
    for words in ('bad()', 'edda', 'POST /docs/Tea$edit', 'r-1', 'test_tasks_pages.py:', 'normal', '1 of 1',
                  'tasks retry 4', 'Traceback', 'ZeroDivisionError: division by zero', 'bad (task 4'):
        assert words in shown.text, words
    assert 'fine(2)' in mona.get('/tasks/3') and 'Traceback' not in mona.get('/tasks/3')


def test_one_that_is_not_there(mona):
    assert 'no task with this number' in mona.get('/tasks/99', status=404)
    mona.get(f'/tasks/{"9" * 18}', status=404)


def test_the_timeline_is_in_order_with_both_kinds_of_time(mona, some):
    Task.update(published_at=Task.created_at).where(Task.id == 4).execute()
    steps = mona.get('/tasks/4').html.select('ol.timeline li')
    assert [step.text.split()[0].strip(':,') for step in steps] == [
        'queued', 'committed', 'published', 'attempt', 'dead']
    assert 'inside the transaction at test_tasks_pages.py:' in steps[0].text
    assert 'failed after' in steps[3].text and steps[3].a['href'] == '#attempt-1'
    timed = [step for step in steps if 'committed' not in step.text]
    assert len(timed) == 4 and all(step.time['title'] and step.time['datetime'] for step in timed)


def test_a_task_that_waits_says_when_it_is_due(mona, site):
    handle = queue.task(name='late')(lambda: None).schedule(delay=7200)
    shown = mona.get(f'/tasks/{handle.id}')
    steps = [step.text.split()[0] for step in shown.html.select('ol.timeline li')]
    assert steps == ['queued,', 'committed', 'due,']
    assert 'in 1 hour' in shown and 'None yet.' in shown


def test_what_a_task_caused_is_linked_both_ways(site, mona):
    child = queue.task(name='child')(lambda number: None)

    @queue.task(name='mother')
    def mother():
        with db.atomic():
            for number in range(25):
                child(number)
    handle = mother()
    site.settle()
    shown = mona.get(f'/tasks/{handle.id}')
    assert len(names(shown)) == 20
    assert len(names(shown.click('All 25'))) == 25
    assert shown.click('child', index=0).click(f'task {handle.id}').request.path == f'/tasks/{handle.id}'


def test_the_history_leads_moderators_to_the_tasks_of_a_revision(site, mona):
    watching.watch(site.people.wanda, site.page('Tea'))
    number = site.page('Tea', 'Hot.').current_id
    site.settle()
    assert names(mona.get('/docs/Tea$history').click('^tasks$', index=0)) == ['watch.notify_watchers']
    assert f'revision%3A{number}' not in site.login('edda').get('/docs/Tea$history')


def test_the_menu_leads_moderators_to_the_tasks(site, mona):
    assert mona.get('/').click('^Tasks$').request.path == '/tasks'
    assert '"/tasks"' not in site.login('edda').get('/')


def test_hostile_words_stay_words(site, mona):
    """In every column that may hold what somebody typed; pages keep the shape that they have without."""
    usual = set().union(*(shapes(answer.text) for answer in answers(mona, 'plain')))
    for answer in answers(mona, HOSTILE):
        assert violations(answer.text, page=True) == [] and shapes(answer.text) <= usual
        assert '<script>alert' not in answer and '{{7*7}}' in answer


def answers(mona, words):
    """The pages about a task that holds these words wherever it can."""
    columns = 'name user address cause subject error request_id stop origin unique_key lane slot'.split()
    typed = dict.fromkeys(columns, words)
    row = Task.create(args=json.dumps([[words], {words: words}]), progress=json.dumps([1, 2, words]),
                      state='dead', run_at=clock.now(), created_at=clock.now(), **typed)
    worker = Worker.create(host=words, pid=1, started_at=0, beat_at=0)
    Attempt.create(task=row, claim=1, worker=worker, started_at=clock.now(), finished_at=clock.now(),
                   outcome='failed', error=words, log=words)
    for address, query in ((f'/tasks/{row.id}', {}), ('/tasks', {}), ('/tasks', {'name': words}),
                           ('/tasks', {'subject': words, 'name': words, 'state': 'queued'})):
        yield mona.get(address, query)


def test_filters_by_person_request_and_batch(mona, site):
    task = queue.task(name='fine')(lambda number: None)
    last = queue.task(name='last')(lambda batch_id, failed: None)
    with context.use(user='edda', request_id='r-1'):
        batches.start([task.s(number) for number in range(2)], last)
    task(9)
    site.settle()
    shown = mona.get('/tasks/1')
    assert '2 done; then last' in shown and len(names(shown.click(href='batch=1'))) == 2
    assert len(names(shown.click('r-1'))) >= 2 and len(names(mona.get('/tasks?user=edda&name=fine'))) == 2
    assert 'Caused by edda only.' in ' '.join(mona.get('/tasks?user=edda').text.split())


def test_the_schedule_has_last_and_next_runs_in_words(mona, site):
    nightly = queue.periodic_task(queue.crontab(minute='0', hour='5'), name='nightly')(lambda: None)
    engine.insert(nightly, (), {}, slot='nightly 2026-03-01T05:00Z')
    site.settle()
    card = mona.get('/tasks').click('Schedule and workers').html.find('h3', string='nightly').parent
    words = ' '.join(card.text.split())
    assert 'daily at 05:00' in words and '2026-03-01 05:00 UTC done' in words
    assert words.count(' 05:00 UTC') == 1 + 5


def test_the_workers_are_shown_and_that_there_are_none(mona, site):
    assert str(os.getpid()) in mona.get('/tasks/schedule').html.select_one('tbody').text
    Worker.update(stopped_at=clock.now()).execute()
    assert 'No process works now' in mona.get('/tasks/schedule')


def test_what_is_paused_is_said(mona, some):
    assert 'aused' not in mona.get('/tasks')
    window.pause('fine')
    assert 'none of these starts: fine' in mona.get('/tasks')
    window.pause()
    assert 'Everything is paused' in mona.get('/tasks')


def test_a_paused_task_waits_and_is_counted(mona, some):
    window.pause('fine')
    queue.TASKS['fine'](7)
    assert 'queued 1' in ' '.join(mona.get('/tasks').html.select_one('.tabs').text.split())


def test_a_timeline_tells_a_row_that_was_taken_without_being_published(manual):
    """Being queued again forgets the publishing, so of one that was tried twice nothing is said."""
    queue.task(name='rung')(lambda: None)()
    queue.task(name='taken')(lambda: None)()
    queue.task(name='tried twice', retries=1)(lambda: 1 / 0)()
    for _ in range(2):
        modes.drain()
        clock.advance(60)
    lives = {row.name: describe.timeline(row, list(describe.attempts(row))) for row in Task.select()}
    assert [name for name, steps in lives.items()
            if any('not published' in step.words for step in steps)] == ['taken']
