"""Another process holds the write lock for long: edits are refused in a sentence, reading goes on as ever.

It lasts eight seconds, or sixty.
"""
import time

import cysqlite
import pytest
import visitors
from length import either
from noting_site import PROGRAM

from process import Process, wait_for

SECONDS = either(8, 60)
PEOPLE = 20         # more than the site has threads


@pytest.mark.parametrize('kind', ['IMMEDIATE', 'EXCLUSIVE'])
def test_a_lock_stops_nobody_who_reads_and_nothing_after_it(tmp_path, kind):
    data = tmp_path / 'data'
    people = visitors.prepare(data, PEOPLE)
    with Process(data, program=PROGRAM) as site:
        with visitors.Rush(site, people) as before:
            wait_for(lambda: len(before.acknowledged) >= PEOPLE)
            unlock = lock(data, kind)       # in the middle of edits and of their tasks
        with visitors.Rush(site, people) as during:
            wait_for(lambda: site.get('/readyz')[0] == 503)
            time.sleep(SECONDS)
        log = site.errors()
        unlock()
        with visitors.Rush(site, people) as after:
            wait_for(lambda: site.get('/readyz')[0] == 200)
            wait_for(lambda: len(after.acknowledged) >= PEOPLE)
        wait_for(lambda: visitors.at_rest(data), timeout=40)
    print(f'\nduring: {during.report()}; afterwards: {after.report()}', end='')
    visitors.judge(f'{kind.lower()} lock', data, before, during, after)
    visitors.check_log(log, SECONDS)
    assert during.refused and not during.acknowledged
    assert max(before.views + during.views) < 3, 'readers waited for those who write'


def lock(data, kind):
    """Take the lock, as a process beside the site; returns the function that lets it go."""
    other = cysqlite.Connection(str(data / 'wiki.db'))
    other.execute('PRAGMA busy_timeout = 5000')
    other.execute(f'BEGIN {kind}')
    return lambda: (other.execute('ROLLBACK'), other.close())
