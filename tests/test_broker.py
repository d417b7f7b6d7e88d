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
    os.kill(broker.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while not broker.check() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ping(broker)


def test_one_left_behind_is_replaced(broker, tmp_path):
    with redis.Redis.from_url(broker.url) as client:
        client.set('old', 1)
    second = Broker(tmp_path)
    second.start()
    with redis.Redis.from_url(second.url) as client:
        assert client.get('old') is None
    second.stop()


def test_a_long_data_path_gets_a_private_folder(tmp_path):
    deep = tmp_path / ('x' * 100)
    deep.mkdir()
    broker = Broker(deep)
    broker.start()
    assert ping(broker) and stat.S_IMODE(broker.socket.parent.stat().st_mode) == 0o700
    broker.stop()
    assert not broker.socket.parent.exists()
