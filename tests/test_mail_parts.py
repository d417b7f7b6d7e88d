"""A mail as text and as HTML, and the thread in which mail programs show it."""
import email
import email.policy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuma_lite.config import settings
from kuma_lite.mail import wire
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.message import compose
from kuma_lite.mail.models import Delivery
from kuma_lite.mail.wire import Undeliverable, build
from tests import smtp
from tests.test_mail_headers import OWN, foreign

HEADERS = {'From': 'wiki@example.org', 'To': 'wanda@example.org', 'Subject': 'News'}
PARTS = ['text/plain', 'text/html']


def parsed(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def post_html(key='revision:1', html='<p>It <b>changed</b>.</p>', footer='', thread='', **headers):
    post(key, 'News', 'It changed.', [Recipient('wanda@example.org', footer, headers)], html=html,
         thread=thread)


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


def test_a_mail_has_both_and_programs_prefer_the_last(site, server):
    post_html(footer='To stop it: https://wiki.example.org/unsubscribe/1?key=a&b=<c>.')
    site.settle()
    [mail] = server.mails
    assert mail.parsed.get_content_type() == 'multipart/alternative'
    assert [part.get_content_type() for part in mail.parsed.iter_parts()] == PARTS
    assert mail.text.startswith('It changed.\n\n-- \nTo stop it: https://wiki')
    assert '<p>It <b>changed</b>.</p>' in mail.html and '<title>News</title>' in mail.html
    assert '<a href="https://wiki.example.org/unsubscribe/1?key=a&amp;b=">' in mail.html
    assert '&lt;c&gt;.</p>' in mail.html


def test_a_mail_without_html_is_plain(site, server):
    post_html(html='')
    site.settle()
    assert server.mails[0].parsed.get_content_type() == 'text/plain'
    assert server.mails[0].html == ''


def test_it_is_the_same_mail_each_time(site, server):
    post_html(html='<p>Grüße</p>' + '<p>a long line</p>' * 500)
    delivery = Delivery.get()
    assert compose(delivery) == compose(delivery)
    assert max(map(len, compose(delivery).split(b'\r\n'))) < 998


def test_one_click_is_in_a_mail_with_html_too(site, server):
    link = {'List-Unsubscribe': '<https://wiki.example.org/unsubscribe/1?key=x>',
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'}
    post_html(**link)
    site.settle()
    assert {name: server.mails[0][name] for name in link} == link
    assert server.mails[0]['Auto-Submitted'] == 'auto-generated'


@pytest.mark.parametrize('text', OWN + foreign())
def test_a_text_stays_where_it_was_meant_for(text):
    mail = parsed(build({**HEADERS, 'X-Kuma-Page': text}, text, f'<p>{text}</p>'))
    assert mail.keys() == ['Content-Type', 'MIME-Version', 'From', 'To', 'Subject', 'X-Kuma-Page']
    assert [part.get_content_type() for part in mail.iter_parts()] == PARTS
    assert [address.addr_spec for address in mail['To'].addresses] == ['wanda@example.org']


@given(st.text(), st.text(alphabet='=_-\r\n\t <>&"é한.Cc:bB', max_size=400))
def test_any_text_is_read_as_it_was_written(text, crafted):
    html = f'<p>{text}{crafted}</p>'
    mail = parsed(build(HEADERS, crafted + text, html))
    read = [part.get_content().replace('\r\n', '\n') for part in mail.iter_parts()]
    assert [line.rstrip('\n') for line in read] == [
        wire._well_formed(words).rstrip('\n') for words in (crafted + text, html)]


def test_a_text_that_knows_the_boundary_makes_no_further_part():
    first = build(HEADERS, 'Text', '<p>HTML</p>')
    boundary = parsed(first).get_boundary()
    forged = f'\n--{boundary}\nContent-Type: text/html\n\n<p>Mine</p>\n--{boundary}--\n'
    mail = parsed(build(HEADERS, 'Text' + forged, '<p>HTML</p>' + forged))
    assert [part.get_content_type() for part in mail.iter_parts()] == PARTS


def test_a_part_that_was_not_meant_is_found_before_it_leaves(monkeypatch):
    """If Python ever let a text end its part, the mail would not be sent."""
    monkeypatch.setattr(wire, '_alternatives', lambda bodies, charset: wire.MIMEMultipart(
        'alternative', 'x', [wire._part(*body, charset) for body in bodies]))
    with pytest.raises(Undeliverable):
        build(HEADERS, 'Text\n--x\nContent-Type: text/html\n\n<p>Mine</p>', '<p>HTML</p>')


@pytest.mark.parametrize('name', ['to', 'TO', 'content-type', 'Content-Type', 'mime-version'])
@pytest.mark.parametrize('html', ['', '<p>HTML</p>'])
def test_no_header_comes_twice_in_any_spelling(name, html):
    with pytest.raises(Undeliverable):
        build({**HEADERS, name: 'mallory@example.org'}, 'Text', html)


def test_mails_of_a_thread_answer_the_same_mail(site, server):
    for number, thread in enumerate(['tea', 'tea', 'milk', '']):
        post_html(f'revision:{number}', thread=thread)
        site.settle()       # each by itself: workers send in any order
    roots = [mail['References'] for mail in server.mails]
    assert roots == [mail['In-Reply-To'] for mail in server.mails]
    assert roots[0] == roots[1] != roots[2] and roots[3] is None
    assert len({mail['Message-ID'] for mail in server.mails} | set(roots)) == 4 + 3


def test_another_site_has_other_threads(site):
    post_html(thread='page:12')
    here = parsed(compose(Delivery.get()))['References']
    settings.site.base_url = 'https://other.example.org'
    there = parsed(compose(Delivery.get()))['References']
    assert here.endswith('@wiki.test>') and there.endswith('@other.example.org>')


@pytest.mark.parametrize('thread', ['x\r\nBcc: x@y', '=?utf-8?q?=0D=0ABcc:_x@y?=', '>' * 2000, 'ü\x00'])
def test_a_thread_is_only_a_name(site, thread):
    post_html(thread=thread)
    mail = parsed(compose(Delivery.get()))
    assert mail['Bcc'] is None and len(mail['References']) < 80


FOOTER = '''You watch:
* the tag "https://evil.example/; x: y"; to stop it: https://wiki.example.org/unsubscribe/1?key=a
To stop all of these: https://wiki.example.org/unsubscribe/1?key=a&also=2'''


def test_each_line_of_the_footer_is_one_and_its_words_are_the_link(site, server):
    post_html(footer=FOOTER)
    site.settle()
    [end] = re.findall('<hr>(.*)</body>', server.mails[0].html, re.DOTALL)
    lines = [re.sub('<[^>]*>', '', line).strip() for line in end.split('<br>')]
    assert lines == ['You watch:', '• the tag &quot;https://evil.example/; x: y&quot;; to stop it',
                     'To stop all of these']
    assert re.findall('<a href="([^"]*)">([^<]*)</a>', end) == [
        ('https://wiki.example.org/unsubscribe/1?key=a', 'to stop it'),
        ('https://wiki.example.org/unsubscribe/1?key=a&amp;also=2', 'To stop all of these')]


def test_without_a_footer_there_is_no_empty_signature(site, server):
    post_html()
    site.settle()
    assert server.mails[0].text == 'It changed.\n' and '<hr>' not in server.mails[0].html
