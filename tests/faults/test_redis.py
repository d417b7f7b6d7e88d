"""Redis forgets, dies, hangs or is full: no task is lost, no request waits, and all is soon as before.

It hangs for five seconds, or forty, and is away for half of that. No edit is unknown: one that gets no
answer fails the test at once.
"""
import contextlib
import os
import signal
import statistics
import time

import pytest
from harness import Served, judge, milliseconds, p95, wait_until_done
from length import either

from kuma_lite.queue.broker import Broker
from process import wait_for

pytestmark = pytest.mark.alone

SECONDS = either(5, 40)
REQUESTS = 20           # of each kind in each phase, at least
ROUNDS = 2
PATIENCE = 15           # seconds for one phase, besides those for which it has to last
AS_BEFORE = 4           # seconds after which everything that had to wait is done


@pytest.fixture
def site(tmp_path):
    with Served(tmp_path / 'data') as site:
        yield site


@contextlib.contextmanager
def hanging(site):
    """It accepts connections and answers nobody."""
    os.kill(site.valkey_pid(), signal.SIGSTOP)
    yield
    os.kill(site.valkey_pid(), signal.SIGCONT)


@contextlib.contextmanager
def full(site):
    with site.redis() as client:
        client.config_set('maxmemory', 1)
        yield
        client.config_set('maxmemory', '64mb')


def test_while_it_hangs_nobody_waits(site):
    run(site, hanging, SECONDS)


def test_while_it_is_full_nobody_waits(site):
    run(site, full)


def test_while_another_servers_redis_is_down_nobody_waits(tmp_path):
    (tmp_path / 'elsewhere').mkdir()
    broker = Broker(tmp_path / 'elsewhere')
    broker.start()

    @contextlib.contextmanager
    def down(site):
        os.kill(broker.pid, signal.SIGKILL)
        yield
        broker.start()
    with Served(tmp_path / 'data', KUMA_REDIS_URL=broker.url) as site:
        run(site, down, SECONDS / 2)
    broker.stop()


def test_flushed_again_and_again(site):
    @contextlib.contextmanager
    def flushed(site):
        with site.redis() as client:
            site.between = client.flushall
            yield
            site.between = None
    run(site, flushed)


def test_killed_again_and_again(site):
    def kill():
        pid = site.valkey_pid()     # None in the moment before it is started again
        if pid:
            os.kill(pid, signal.SIGKILL)

    @contextlib.contextmanager
    def killed(site):
        site.between = kill
        yield
        site.between = None
    run(site, killed)


def test_a_full_one_is_told_once_and_steadily(site):
    with full(site):
        site.edit()
        wait_for(lambda: not site.is_ready())
        for _ in range(10):
            site.edit()
            assert not site.is_ready()
            time.sleep(0.1)
    wait_for(site.is_ready)
    assert site.errors().count('The relay cannot publish') == 1


def run(site, fault, seconds=0):
    """Edits and views with and without the fault in turns, then the verdict."""
    calm, faulty, waits = ([], []), ([], []), []
    wait_until_done(site)
    requests(site, ([], []))        # the first ones are slower anyway
    for number in range(ROUNDS):
        requests(site, calm)
        wait_until_done(site)
        with fault(site):
            requests(site, faulty, seconds if number == ROUNDS - 1 else 0)
        waits.append(wait_until_done(site))
    wait_for(site.is_ready)
    report(calm, faulty, waits)
    assert judge(site, f'redis {fault.__name__}') == 0
    compare(calm, faulty)
    assert max(waits) < AS_BEFORE


def requests(site, found, seconds=0):
    """Add the times of edits and views to two lists, for so many seconds at least."""
    edits, views = found
    until, count = time.monotonic() + seconds, 0
    while count < REQUESTS or time.monotonic() < until:
        edits.append(site.edit())
        views.append(site.view())
        count += 1
        assert time.monotonic() < until + PATIENCE, f'{count} edits and views took {PATIENCE} s'
        if getattr(site, 'between', None) and count % 4 == 0:
            site.between()
        if count > REQUESTS:
            time.sleep(0.02)


def report(calm, faulty, waits):
    for name, without, during in zip(('edit', 'view'), calm, faulty, strict=True):
        print(f'\n{name}: without {milliseconds(without)}, with {milliseconds(during)}, '
              f'ratio {statistics.median(during) / statistics.median(without):.2f}', end='')
    print(f'; all done {max(waits):.1f} s afterwards')


def compare(calm, faulty):
    """No slower, as far as a busy machine can tell: a request that asked Redis would wait for two seconds."""
    for without, during in zip(calm, faulty, strict=True):
        assert statistics.median(during) < 1.5 * statistics.median(without) + 0.005
        assert p95(during) < 3 * p95(without) + 0.05
