"""Form fields arrive whole or are refused; whatever is refused stays on the page."""
from html import escape

import pytest

from kuma_lite.web import forms, limits
from web_base import send, token

MB = 1024 * 1024


def post_bytes(app, body, status=None):
    return app.request('/form', method='POST', body=body, status=status,
                       content_type='multipart/form-data; boundary=frontier')


def multipart(app, content, status=None, extra=''):
    """Send `content` (bytes) as a browser sends a form with enctype multipart/form-data."""
    parts = [('csrf', token(app).encode()), ('content', content)]
    body = b''.join(b'--frontier\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
                    % (name.encode(), extra.encode(), value) for name, value in parts) + b'--frontier--\r\n'
    return post_bytes(app, body, status)


def test_a_field_is_read_as_it_was_typed(small):
    answer = send(small, content='Zürich 北京 & +=%\r\nnext\rlast')
    assert answer.json['content'] == 'Zürich 北京 & +=%\nnext\nlast'
    assert multipart(small, 'Zürich 北京\r\n'.encode()).json['content'] == 'Zürich 北京\n'
    assert send(small, content='').json['content'] == ''


def test_a_line_is_one_line(small):
    assert send(small, content='', title='  a\r\nb\u2028c\td ').json['title'] == 'a b c d'


def test_a_missing_field_is_refused_and_never_empty(small):
    answer = send(small, title='My title', status=400)
    assert '“content” is missing' in answer.text and 'My title' in answer.text


def test_a_field_sent_twice_is_refused(small):
    answer = small.post('/form', [('csrf', token(small)), ('content', 'one'), ('content', 'two')], status=400)
    assert 'more than once' in answer.text and 'one' in answer.text and 'two' in answer.text


@pytest.mark.parametrize('send_it', [
    lambda app, text: send(app, content=text), lambda app, text: multipart(app, text.encode())])
@pytest.mark.parametrize('text', ['x' * 150_000, 'x' * MB, '한' * (MB // 3)])
def test_a_text_of_up_to_1_mb_arrives_whole(small, send_it, text):
    assert send_it(small, text).json['content'] == text


@pytest.mark.parametrize('size', [MB + 1, 7 * MB])
def test_a_longer_text_is_refused_and_kept(small, size):
    text = 'a <b> & "c"\n' * (size // 12 + 1)
    answer = multipart(small, text.encode(), status=413)
    assert 'is too long' in answer.text
    assert f'readonly>\n{escape(text, quote=False)}</textarea>' in answer.text.replace('&quot;', '"')


def test_a_body_over_the_limit_is_refused_unread(small):
    answer = small.post('/form', b'content=' + b'x' * limits.BODY, status=413)
    assert 'too much at once: 8 MB' in answer.text and len(answer.body) < 10_000


@pytest.mark.parametrize('body, problem', [
    (b'content=caf%E9+text', 'not valid UTF-8'), (b'content=caf%C3%28+text', 'not valid UTF-8'),
    (b'content=%ED%A0%80+text', 'not valid UTF-8'), (b'content=a%00b+text', 'NUL')])
def test_text_that_is_none_is_refused_and_kept(small, body, problem):
    answer = small.post('/form', b'csrf=' + token(small).encode() + b'&' + body, status=400)
    assert problem in answer.text and 'text' in answer.html.find(id='typed-0')['value']


def test_bad_bytes_in_a_multipart_form_are_refused_and_kept(small):
    assert 'caf\ufffd' in multipart(small, b'caf\xe9', status=400).text


@pytest.mark.parametrize('body', [
    b'', b'--', b'--frontier', b'--frontier\r\n\r\n',
    b'--frontier\r\nContent-Disposition: form-data\r\n\r\nx',
    b'--frontier\r\nContent-Disposition: form-data; name="content"\r\n\r\nhalf of the te'])
def test_a_broken_multipart_form_is_refused(small, body):
    assert post_bytes(small, body, status='4*')


@pytest.mark.parametrize('kind', [
    'multipart/form-data', 'multipart/form-data; boundary=""', 'text/plain', 'application/x-\xff', ''])
def test_a_strange_content_type_is_refused(small, kind):
    small.request('/form', method='POST', body=b'a=b', content_type=kind, status='4*')


def test_what_the_sender_calls_the_charset_does_not_matter(small):
    answer = multipart(small, '北京'.encode(), extra='\r\nContent-Type: text/plain; charset=utf-7')
    assert answer.json['content'] == '北京'


def test_an_uploaded_file_is_no_text(small):
    file = ('content', 'a.txt', b'x')
    answer = small.post('/form', {'csrf': token(small)}, upload_files=[file], status=400)
    assert '“content” is missing' in answer.text


def test_a_form_of_too_many_fields_is_refused(small):
    small.post('/form', '&'.join(f'f{n}=x' for n in range(forms.FIELDS + 1)), status=400)


def test_passwords_are_not_shown_again(small):
    fields = {'csrf': token(small), 'name': 'Edda', 'password': 'hunter2', 'new_password': 'hunter3'}
    answer = small.post('/password', fields, status=400)
    assert 'Edda' in answer.text and 'hunter' not in answer.text and fields['csrf'] not in answer.text


@pytest.mark.parametrize('query', ['q=%FF', 'q=%00', 'q=a&q=b', 'q=' + 'x' * 300])
def test_a_bad_field_of_the_address_is_refused(small, query):
    small.get(f'/echo?{query}', status=400)


@pytest.mark.parametrize('text', ['', '-1', '1.5', 'abc', '1e9', '١', '0x10', '1_0', '9' * 30, ' 1'])
def test_a_number_is_made_of_digits(text):
    with pytest.raises(forms.Refused):
        forms.whole(text, 'limit')
    assert forms.whole('07', 'limit') == 7
