"""One scenario, inline and on real workers: the two ledgers are the same, row by row.

Left out is only what must differ: times, which worker it was, and the number of an attempt's row.
"""
import logging
import re
from datetime import datetime, timezone

import pytest

from kuma_lite import clock, db, queue
from kuma_lite.queue import batches, context, ledger, schedule, window
from kuma_lite.queue.tables import Attempt, Batch, Task
from kuma_lite.watch import actions as watching
from kuma_lite.wiki import actions as wiki
from tasks_base import advance

pytestmark = pytest.mark.usefixtures('tasks')

TIMES = {'created_at', 'run_at', 'published_at', 'started_at', 'finished_at', 'expires_at'}
LEFT_OUT = {
    Task: TIMES | {'worker'},
    Attempt: TIMES | {'worker', 'id'},      # of two tasks that run side by side, either may end first
    Batch: TIMES,
}
START = datetime(2030, 1, 1, 5, 0, 5, tzinfo=timezone.utc)      # names the slots, so both begin then
TIME = re.compile('^[0-9-]+ [0-9:.,+]+ ', re.MULTILINE)      # of a line of log

log = logging.getLogger('scenario')


def test_both_modes_keep_the_same_ledger(site_in):
    tasks = scenario_tasks()
    inline, worker = recorded(site_in, 'inline', tasks), recorded(site_in, 'worker', tasks)
    assert {row['state'] for row in inline[Task]} == {'done', 'dead', 'cancelled'}
    for model in LEFT_OUT:
        for one, other in zip(inline[model], worker[model], strict=True):
            assert one == other


def scenario_tasks():
    made = {name: queue.task(name=f'scenario.{name}', **options)(function) for name, function, options in [
        ('fail', fail, {'retries': 2, 'retry_delay': 10}), ('refresh', talk, {'unique': 'page:{number}'}),
        ('talk', talk, {'subject': 'page:{number}'}), ('part', part, {'atomic': True}),
        ('in_time', talk, {'expires': 60}), ('last', talk_of_batch, {}),
        ('mother', mother, {'priority': 'urgent'})]}
    queue.periodic_task(queue.crontab(), name='scenario.slot')(tick)
    return made


def recorded(site_in, mode, tasks):
    """{model: its rows} after the scenario, without the columns that are left out."""
    clock.reset()
    clock.advance(START.timestamp() - clock.now())
    with site_in(mode, mode) as site:
        for number, step in enumerate(STEPS):
            with context.use(request_id=f'r-{number}', user='edda', address='192.0.2.7', cause=step.__name__):
                step(site, tasks)
            site.settle()       # so that the order of the calls is the same
        return {model: kept(model) for model in LEFT_OUT}


def kept(model):
    order = (Attempt.task, Attempt.claim) if model is Attempt else (model.id,)
    return [{name: TIME.sub('', value) if name == 'log' else value for name, value in row.items()
             if name not in LEFT_OUT[model]} for row in model.select().order_by(*order).dicts()]


def edit(site, tasks):
    for name in ('wanda', 'mona'):
        watching.watch(getattr(site.people, name), site.page('Tea'))
    site.settle()
    site.page('Tea', 'Hot.')


def conflict(site, tasks):
    with pytest.raises(wiki.Conflict):
        site.page('Tea', 'Cold.', base=1)


def fails(site, tasks):
    tasks['fail']()
    for _ in range(3):
        advance(60)


def unique(site, tasks):
    with db.atomic():
        assert tasks['refresh'](1).id == tasks['refresh'](1).id


def batch(site, tasks):
    batches.start([tasks['part'].s(number) for number in range(4)], tasks['last'])


def delayed(site, tasks):
    tasks['talk'].schedule([7], delay=600)
    advance(601)


def cancelled(site, tasks):
    with db.atomic():
        ledger.cancel(tasks['talk'](8).id)
    window.pause('scenario.talk')
    handle = tasks['talk'](9)
    ledger.cancel(handle.id)
    window.resume('scenario.talk')


def expired(site, tasks):
    window.pause('scenario.in_time')
    tasks['in_time'](10)
    advance(61)
    window.resume('scenario.in_time')


def slot(site, tasks):
    schedule.insert_slots()


def called(site, tasks):
    tasks['mother'](3)


STEPS = [edit, conflict, fails, unique, batch, delayed, cancelled, expired, slot, called]


def fail():
    raise RuntimeError('no luck')


def tick():
    log.warning('tick')


def talk(number):
    log.warning('about %d', number)


def part(number):
    return 6 // number


def talk_of_batch(batch_id, failed):
    log.warning('batch %d: %s', batch_id, failed)


def mother(count):
    with db.atomic():
        for number in range(count):
            queue.TASKS['scenario.talk'](number)
