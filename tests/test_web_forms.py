"""Form fields arrive whole or are refused; whatever is refused stays on the page."""
import tracemalloc
from html import escape
from io import BytesIO

import pytest

from kuma_lite.web import forms, limits
from web_base import send, token

MB = 1024 * 1024


def test_a_field_is_read_as_it_was_typed(small):
    answer = send(small, content='Zürich 北京 & +=%\r\nnext\rlast')
    assert answer.json['content'] == 'Zürich 北京 & +=%\nnext\nlast'
    assert send(small, content='').json['content'] == ''


def test_a_line_is_one_line(small):
    assert send(small, content='', title='  a\r\nb\u2028c\td ').json['title'] == 'a b c d'


def test_a_missing_field_is_refused_and_never_empty(small):
    answer = send(small, title='My title', status=400)
    assert '“content” is missing' in answer.text and 'My title' in answer.text


def test_a_field_sent_twice_is_refused(small):
    answer = small.post('/form', [('csrf', token(small)), ('content', 'one'), ('content', 'two')], status=400)
    assert 'more than once' in answer.text and 'one' in answer.text and 'two' in answer.text


@pytest.mark.parametrize('text', ['x' * 150_000, 'x' * MB, '한' * (MB // 3)])
def test_a_text_of_up_to_1_mb_arrives_whole(small, text):
    assert send(small, content=text).json['content'] == text


def test_a_longer_text_is_refused_and_shown_as_far_as_there_is_room(small):
    text = 'a <b> & "c"\n' * (2 * MB // 12)
    body = b'csrf=%s&content=%s' % (token(small).encode(), text.replace('&', '%26').encode())
    answer = small.post('/form', body, status=413)
    assert 'is too long' in answer.text
    shown = f'readonly>\n{escape(text[:MB], quote=False)}</textarea>'
    assert shown in answer.text.replace('&quot;', '"')
    assert f'{len(text) - MB:,} bytes at the end are left out' in answer.text


def test_all_fields_together_have_that_room(small):
    answer = small.post('/form', b'&'.join(b'f%d=' % n + b'"' * 400_000 for n in range(5)), status=403)
    assert answer.text.count('&quot;') == MB


@pytest.mark.parametrize('path, limit', [('/form', 4096), ('/password', 64)])
def test_a_body_over_the_limit_is_refused_unread(small, path, limit):
    answer = small.post(path, b'content=' + b'x' * limit * 1024, status=413)
    assert f'too much at once: {limit:,} KB' in answer.text and len(answer.body) < 10_000


@pytest.mark.parametrize('method, path', [('POST', '/nowhere'), ('POST', '/page'), ('GET', '/boom')])
def test_where_no_form_is_taken_none_is_read(small, method, path):
    sent = BytesIO(b'a=' + b'"' * MB)
    environ = {'CONTENT_TYPE': 'application/x-www-form-urlencoded', 'CONTENT_LENGTH': str(MB + 2),
               'wsgi.input': sent}
    answer = small.request(path, method=method, environ=environ, status='*')
    assert sent.tell() == 0 and len(answer.body) < 10_000


def test_no_form_takes_much_memory(small):
    """The worst there is: signs that grow in HTML, beside one that makes Python take four bytes for each."""
    body = b'a=' + '\U0001f600'.encode() + b'"' * (limits.BODY - 10)
    tracemalloc.start()
    small.post('/form', body, status=403)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 150 * MB


@pytest.mark.parametrize('body, problem', [
    (b'content=caf%E9+text', 'not valid UTF-8'), (b'content=caf%C3%28+text', 'not valid UTF-8'),
    (b'content=%ED%A0%80+text', 'not valid UTF-8'), (b'content=a%00b+text', 'NUL')])
def test_text_that_is_none_is_refused_and_kept(small, body, problem):
    answer = small.post('/form', b'csrf=' + token(small).encode() + b'&' + body, status=400)
    assert problem in answer.text and 'text' in answer.html.find(id='typed-0')['value']


def test_an_upload_is_refused_with_a_sentence(small):
    file = ('content', 'a.txt', b'x')
    answer = small.post('/form', {'csrf': token(small)}, upload_files=[file], status=415)
    assert 'No files are taken here' in answer.text


@pytest.mark.parametrize('kind', ['multipart/form-data', 'multipart/form-data; boundary=""'])
def test_a_multipart_form_is_not_read(small, kind):
    small.request('/form', method='POST', body=b'a=b', content_type=kind, status=415)


@pytest.mark.parametrize('kind', ['multipart/mixed', 'text/plain', 'application/x-\xff', ''])
def test_a_strange_content_type_is_refused(small, kind):
    small.request('/form', method='POST', body=b'a=b', content_type=kind, status='4*')


def test_what_the_sender_calls_the_charset_does_not_matter(small):
    body = f'csrf={token(small)}&content=北京'.encode()
    kind = 'application/x-www-form-urlencoded; charset=utf-7'
    assert small.request('/form', method='POST', body=body, content_type=kind).json['content'] == '北京'


def test_a_form_of_too_many_fields_is_refused(small):
    small.post('/form', '&'.join(f'f{n}=x' for n in range(forms.FIELDS + 1)), status=400)


def test_passwords_are_not_shown_again(small):
    fields = {'csrf': token(small), 'name': 'Edda', 'password': 'hunter2', 'new_password': 'hunter3',
              'pass': 'hunter4', 'user_pwd': 'hunter5'}
    answer = small.post('/password', fields, status=400)
    assert 'Edda' in answer.text and 'hunter' not in answer.text and fields['csrf'] not in answer.text


def test_what_the_form_filled_in_by_itself_is_not_shown_as_typed(small):
    fields = {'csrf': 'x', 'next': '/docs/A', 'base': '4711', 'path': 'A/B', 'content': 'My text'}
    answer = small.post('/form', fields, status=403)
    assert [label.text for label in answer.html.find_all('label')] == ['Text']
    assert '4711' not in answer and 'A/B' not in answer


@pytest.mark.parametrize('query', ['q=%FF', 'q=%00', 'q=a&q=b', 'q=' + 'x' * 300])
def test_a_bad_field_of_the_address_is_refused(small, query):
    small.get(f'/echo?{query}', status=400)


@pytest.mark.parametrize('text', ['', '-1', '1.5', 'abc', '1e9', '١', '0x10', '1_0', '9' * 30, ' 1'])
def test_a_number_is_made_of_digits(text):
    with pytest.raises(forms.Refused):
        forms.whole(text, 'limit')
    assert forms.whole('07', 'limit') == 7
