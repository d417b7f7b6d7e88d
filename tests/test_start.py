"""`python3 kuma_lite.py serve`, once: the rest of what a process of its own can show stands in `faults/`."""
import json

from process import Process


def test_it_starts_answers_and_stops(tmp_path):
    with Process(tmp_path / 'data') as site:
        assert site.get('/healthz') == (200, 'alive\n')
        status, text = site.get('/readyz')
        assert (status, set(json.loads(text).values())) == (200, {'ok'})
        assert site.get('/')[0] == 200
        status, took = site.stop()
    assert status == 0 and took < 15      # who is killed takes 25
    assert site.valkey_pid() is None
