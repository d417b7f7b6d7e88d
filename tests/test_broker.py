"""Our own Valkey: private, quick to start, replaced when left behind, started again when it dies."""
import os
import signal
import stat
import time

import pytest
import redis

from kuma_lite.queue.broker import Broker


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


def ping(broker):
    with redis.Redis.from_url(broker.url) as client:
        return client.ping()


def test_it_answers_on_a_socket_for_this_user_alone(broker):
    assert ping(broker)
    assert stat.S_IMODE(os.stat(broker.socket).st_mode) == 0o700
    with redis.Redis.from_url(broker.url) as client:
        assert client.config_get('port') == {'port': '0'}


def test_it_is_started_again_when_it_dies(broker):
    died = broker.pid
    os.kill(died, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while broker.pid == died and time.monotonic() < deadline:
        broker.check()
        time.sleep(0.01)
    assert ping(broker)


def test_one_left_behind_is_replaced(broker, tmp_path):
    with redis.Redis.from_url(broker.url) as client:
        client.set('old', 1)
    broker.lock.release()       # as the system does when the process is killed
    second = Broker(tmp_path)
    second.start()
    with redis.Redis.from_url(second.url) as client:
        assert client.get('old') is None
    second.stop()


def test_a_second_process_uses_the_one_that_is_there_and_takes_over(broker, tmp_path):
    second = Broker(tmp_path)
    second.start()
    second.check()
    assert ping(second) and not second.lock.held
    broker.stop()
    second.check()
    assert ping(second) and second.lock.held
    second.stop()


def test_who_only_uses_it_does_not_stop_it(broker, tmp_path):
    second = Broker(tmp_path)
    second.start()
    second.stop()
    assert ping(broker)


def test_a_long_data_path_is_reached_by_a_private_link(tmp_path):
    deep = tmp_path / ('x' * 100)
    deep.mkdir()
    first, second = Broker(deep), Broker(deep)
    first.start()
    second.start()
    assert ping(first) and ping(second) and first.socket != second.socket
    assert stat.S_IMODE(first.socket.parents[1].stat().st_mode) == 0o700
    second.stop()
    first.stop()
    assert not first.socket.parents[1].exists()
