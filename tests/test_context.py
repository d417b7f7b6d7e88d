"""Every task knows what is behind it: a request, a command, a slot, another task or a batch."""
import threading

import pytest

from kuma_lite import cli, clock, queue
from kuma_lite.config import settings
from kuma_lite.queue import batches, context, ledger, ticker, window
from kuma_lite.queue.tables import Task
from kuma_lite.watch import actions as watching
from kuma_lite.wiki.models import Page
from tasks_base import settle

pytestmark = pytest.mark.usefixtures('tasks')


def others():
    """The tasks of an edit, without the one that follows every edit."""
    return Task.select().where(Task.name != 'search.index')


def behind(row):
    return row.user, row.address, row.request_id, row.cause, row.parent_id


def test_a_request(site):
    watching.watch(site.people.wanda, site.page('Tea'))
    form = site.login('edda').get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'Hot.'
    request = form.submit().headers['X-Request-Id']
    site.settle()
    tell, deliver = others().order_by(Task.id)
    assert behind(tell) == ('edda', '192.0.2.7', request, 'POST /docs/Tea$edit', None)
    assert tell.origin.startswith('watch/actions.py:') and tell.subject == 'revision:2'
    assert behind(deliver) == ('edda', '192.0.2.7', request, 'POST /docs/Tea$edit', tell.id)
    assert deliver.origin.startswith('mail/actions.py:') and deliver.subject == 'delivery:1'


def test_a_visitor_without_an_account_has_an_address(site, monkeypatch):
    monkeypatch.setattr(settings.site, 'edit', 'everyone')
    watching.watch(site.people.wanda, site.page('Tea'))
    form = site.app.get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'Hot.'
    form.submit()
    assert {behind(task)[:2] for task in others()} == {('', '192.0.2.7')}


def test_a_command(site, monkeypatch, tmp_path):
    monkeypatch.setattr(cli.db, 'open_file', lambda path: None)     # the site has it open
    queue.task(name='hello')(lambda: None)
    cli.main(['tasks', 'run', 'hello', '--data', str(settings.server.data)])
    for content in ('Hot.', 'Cold.'):
        (tmp_path / 'Tea.md').write_text(content)
        cli.main(['import', str(tmp_path), '--user', 'edda', '--data', str(settings.server.data)])
        watching.watch(site.people.wanda, Page.at('Tea'))
    site.settle()
    by_hand, tell = others().where(Task.parent.is_null()).order_by(Task.id)
    assert behind(by_hand) == ('', '', '', 'command tasks run', None)
    assert behind(tell) == ('edda', '', '', 'command import', None)


def test_a_slot(manual):
    queue.periodic_task(queue.crontab(), name='each minute')(lambda: None)
    thread = threading.Thread(target=ticker.Ticker().tick)
    thread.start()
    thread.join()
    row = Task.get(Task.name == 'each minute')
    assert behind(row) == ('', '', '', f'slot {row.slot}', None) and row.origin == ''


@pytest.mark.parametrize('way', ['they run', 'they are cancelled', 'they expire'])
def test_the_last_task_of_a_batch_is_caused_by_whoever_started_it(any_mode, way):
    part = queue.task(name='part', expires=60)(lambda: None)
    last = queue.task(name='last')(lambda batch_id, failed: None)
    window.pause('part')
    with context.use(request_id='r-1', user='edda', address='::1', cause='POST /x', parent=part().id):
        batches.start([part.s(), part.s()], last)
    end_all(way)
    row = Task.get(Task.name == 'last')
    assert behind(row) == ('edda', '::1', 'r-1', 'POST /x', 1) and row.origin.startswith('test_context.py:')


def end_all(way):
    if way == 'they run':
        window.resume('part')
    elif way == 'they are cancelled':
        for row in Task.select().where(Task.name == 'part'):
            ledger.cancel(row.id)
    else:
        clock.advance(61)
        ledger.expire()
    settle()
