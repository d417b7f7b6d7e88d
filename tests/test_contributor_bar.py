"""The contributor bar: gathered by a task, absent until there is something to show."""
from kuma_lite import clock
from kuma_lite.accounts.models import Person
from kuma_lite.queue.tables import Task
from kuma_lite.wiki.actions import save

HOUR = 3600


def bar(site, path='Tea'):
    """The names in the bar of the page, or None when there is no bar."""
    section = site.app.get(f'/docs/{path}').html.find(class_='contributors')
    return section and [link.text for link in section.find_all('a')]


def edit_by(site, *authors):
    for author in authors:
        site.page('Tea', f'{author} at {clock.now()}', author=author)


def test_the_bar_is_absent_until_a_task_has_filled_it(site):
    edit_by(site, 'edda')
    assert bar(site) is None
    site.settle()
    assert bar(site) == ['edda']


def test_each_author_once_the_newest_edit_first(site):
    edit_by(site, 'edda', 'mona', 'ada', 'edda')
    bar(site)
    site.settle()
    assert bar(site) == ['edda', 'ada', 'mona']


def test_who_is_no_longer_active_is_not_named(site):
    edit_by(site, 'edda', 'mona')
    Person.update(active=False).where(Person.name == 'mona').execute()
    bar(site)
    site.settle()
    assert bar(site) == ['edda']


def test_who_updated_it_last_is_always_there(site):
    edit_by(site, 'edda')
    assert 'edda' in site.app.get('/docs/Tea').html.find(class_='meta').text


def test_a_page_without_known_authors_has_no_bar(site):
    save('Tea', 'Tea', 'Hot.', None)
    bar(site)
    site.settle()
    assert bar(site) is None
    assert 'data-refresh' not in site.app.get('/docs/Tea')


def test_the_bar_fills_itself_in(site):
    """kuma.js asks the address that the page names until it gets an answer with a body."""
    edit_by(site, 'edda')
    address = site.app.get('/docs/Tea').html.find(attrs={'data-refresh': True})['data-refresh']
    site.settle()
    answer = site.app.get(address, status=200)
    assert 'edda' in answer and '<html' not in answer and 'data-refresh' not in answer
    assert answer.headers['Content-Type'] == 'text/html; charset=utf-8'


def test_before_it_is_ready_there_is_no_content(site):
    edit_by(site, 'edda')
    assert site.app.get('/docs/Tea$contributors', status=204).body == b''


def test_saving_refreshes_the_bar(site):
    edit_by(site, 'edda')
    bar(site)
    site.settle()
    edit_by(site, 'mona')
    site.settle()
    assert bar(site) == ['mona', 'edda']


def test_a_page_that_nobody_reads_costs_no_task(site):
    edit_by(site, 'edda', 'mona')
    site.settle()
    assert not Task.select().where(Task.name == 'queue.cache.refresh').exists()


def test_an_old_bar_is_shown_while_it_is_refreshed(site):
    edit_by(site, 'edda')
    bar(site)
    site.settle()
    clock.advance(13 * HOUR)
    shown = site.app.get('/docs/Tea')
    assert 'refreshing' in shown.html.find(class_='contributors').text and 'data-refresh' in shown
    site.settle()
    assert 'refreshing' not in site.app.get('/docs/Tea')
