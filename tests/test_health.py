"""/healthz answers while the process lives; /readyz names each part on which its work depends."""
from kuma_lite import app
from kuma_lite.dashboard import health
from kuma_lite.queue.engine import engine
from process import wait_for


def test_alive(site):
    assert site.app.get('/healthz').text == 'alive\n'


def test_ready_names_every_part(site):
    assert site.app.get('/readyz').json == dict.fromkeys(['database', 'redis', 'relay', 'workers'], 'ok')


def test_a_redis_that_is_away_is_named_by_the_relay(workers, monkeypatch):
    def refuse(*args):
        raise ConnectionError('gone')
    monkeypatch.setattr(engine.storage, 'enqueue', refuse)
    monkeypatch.setattr(engine.storage, 'queue_size', refuse)
    workers.ring()
    assert wait_for(workers.problems) == {'redis': 'the relay cannot publish'}
    monkeypatch.undo()
    wait_for(lambda: not workers.problems())


def test_a_thread_that_died_is_known_and_the_log_names_it(site, caplog):
    app.make_app(lambda: {'workers': 'not running: worker 2'})
    assert site.app.get('/readyz', status=503).json['workers'] == 'not running'
    assert 'worker 2' in caplog.text
    health.configure(dict)


def test_a_real_site_reports_its_threads(workers):
    assert workers.problems() == {}
    workers.consumer.stop_flag.set()
    workers.relay.stop()
    assert set(workers.problems()) >= {'relay'}
