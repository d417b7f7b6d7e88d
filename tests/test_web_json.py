"""JSON that was sent is an object of good values, or a 4xx; never a 500."""
import pytest

from web_base import attacks

BEARER = {'Authorization': 'Bearer edda-token'}
OWN = [
    ('n_own', ''), ('n_own', '{'), ('n_own', '{"text": NaN}'), ('n_own', '\ufeff{}'),
    ('n_own', '[' * 100_000),
    ('n_own', '{"a":' * 100_000), ('n_own', '{"text": ' + '9' * 5000 + '}'), ('y_own', '{"text": "x"}'),
]


def cases():
    return [(case['name'], _text(case)) for case in attacks('json-parsing.json')]


def _text(case):
    part, count = case.get('repeat', ('', 0))
    return case.get('input', part * count)


def put(app, text, **options):
    return app.put('/api/v1/json', text.encode('utf-8', 'surrogatepass'), headers=BEARER,
                   content_type='application/json', expect_errors=True, **options)


@pytest.mark.parametrize('name, text', [*OWN, *cases()], ids=lambda value: value[:30])
def test_json_is_understood_or_refused(small, name, text):
    status = put(small, text).status_int
    assert status in {'y': (200, 400, 422), 'n': (400,), 'i': (200, 400, 422)}[name[0]]


@pytest.mark.parametrize('text, status', [
    ('{"text": 5}', 422), ('{"text": null}', 422), ('{"text": ["a"]}', 422), ('[]', 400), ('"text"', 400),
    (r'{"text": "a\u0000b"}', 400), (r'{"text": "\ud800"}', 400),
    ('{"text": "' + 'x' * 1024 ** 2 + 'x"}', 413)])
def test_a_value_that_is_no_text_is_refused_in_a_sentence(small, text, status):
    answer = put(small, text)
    assert answer.status_int == status and answer.json['error'].endswith('.')


@pytest.mark.parametrize('text', ['{"text": "a", "text": "b"}', '{"text": "a", "other": {"a": 1, "a": 1}}'])
def test_a_name_that_comes_twice_is_refused(small, text):
    assert 'more than once' in put(small, text).json['error']


def test_another_kind_of_data_is_refused(small):
    small.put('/api/v1/json', b'a=b', headers=BEARER, content_type='text/plain', status=415)
