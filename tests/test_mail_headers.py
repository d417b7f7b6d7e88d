"""What people type stays text: no title, name or address becomes a header or a recipient."""
import email
import email.policy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery
from kuma_lite.mail.wire import Undeliverable, build, one_line
from tests import smtp

ATTACKS = Path(__file__).parents[1].parent / 'shared/attacks/crlf-header-injection.json'
OWN = ['=?utf-8?q?=0D=0ABcc:_x@y?=', 'Title\r\nBcc: x@y', 'Title\nBcc: x@y', 'Title\rBcc: x@y',
       'a\r\n\r\nBody', '\u560a\u560dBcc: x@y', 'a\u2028Bcc: x@y', 'a\x85Bcc: x@y', 'a\x00b', '\ud800',
       '=?utf-8?b?DQpCY2M6IHhAeQ==?=', 'ü' * 300, 'x' * 3000, 'word ' * 500, ' ', '', 'Bcc: x@y',
       'Grüße, 세계 🌍', '=?utf-8?q?Gr=C3=BC=C3=9Fe?=']


def foreign():
    lists = json.loads(ATTACKS.read_text()) if ATTACKS.exists() else {}
    return [value for name, values in lists.items() if name != '_note' for value in values]


def headers_of(data):
    """[(name, value)] as the strictest and the most generous of Python's readers see them."""
    plain = email.message_from_bytes(data).keys()
    assert plain == email.message_from_bytes(data, policy=email.policy.default).keys()
    return plain


def mail_about(text):
    return build({'From': 'wiki@example.org', 'To': 'wanda@example.org', 'Subject': f'[wiki] {text} by bob',
                  'X-Kuma-Page': text}, f'Somebody changed {text}.')


@pytest.mark.parametrize('text', OWN + foreign())
def test_a_text_stays_in_the_header_it_was_meant_for(text):
    data = mail_about(text)
    assert headers_of(data) == ['Content-Type', 'MIME-Version', 'Content-Transfer-Encoding',
                                'From', 'To', 'Subject', 'X-Kuma-Page']
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert ' '.join(read['Subject'].split()) == one_line(f'[wiki] {text} by bob')
    assert [address.addr_spec for address in read['To'].addresses] == ['wanda@example.org']


def test_mails_about_such_texts_have_one_recipient_each(site):
    with smtp.Server() as server:
        texts = [text for text in OWN + foreign() if text != '\ud800']    # which no database takes
        for number, text in enumerate(texts):
            post_about(text, key=f'revision:{number}')
        site.settle()
        assert server.tries == ['wanda@example.org'] * len(texts)
        assert {tuple(mail.parsed.keys()) for mail in server.mails} == {(
            'Content-Type', 'MIME-Version', 'Content-Transfer-Encoding', 'X-Kuma-Editor', 'X-Kuma-Page',
            'From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted')}


def post_about(text, key='revision:1'):
    post(key, text, text, [Recipient('wanda@example.org', text)],
         {'X-Kuma-Editor': text, 'X-Kuma-Page': text})


@given(st.text(), st.text(alphabet='=?utf-8qbBQ_0DA\r\n\t :;,<>@"\\é한', max_size=400))
def test_any_text_makes_a_mail_that_reads_as_it_was_meant(text, crafted):
    data = mail_about(text + crafted)
    assert max(map(len, data.split(b'\r\n'))) < 998
    read = email.message_from_bytes(data)
    assert read.get_content_charset() == 'utf-8'
    assert len(headers_of(data)) == 7


@pytest.mark.parametrize('name', ['Bcc: x@y\r\nX-Page', 'X-Page\n', 'X Page', 'X-Päge', '', 'X-Page:'])
def test_a_header_with_an_unusable_name_is_refused(name):
    with pytest.raises(Undeliverable):
        build({'To': 'wanda@example.org', name: 'value'}, '')


def test_what_python_gets_wrong_is_found_before_it_leaves(monkeypatch):
    """If an encoder ever let a line break through, the mail would not be sent."""
    monkeypatch.setattr('kuma_lite.mail.wire._encoded', lambda name, value: value + '\nBcc: x@y')
    with pytest.raises((Undeliverable, ValueError, email.errors.MessageError)):
        mail_about('A title')


def test_nobody_can_take_the_place_of_our_own_headers(site):
    with smtp.Server() as server:
        post('revision:1', 'News', '', [Recipient('wanda@example.org', '', {'To': 'mallory@example.org'})])
        site.settle()
        assert server.mails[0].recipients == [server.mails[0]['To']] == ['wanda@example.org']


def test_a_sender_that_is_not_an_address_is_named(site):
    settings.mail.sender = 'the wiki\r\nBcc: x@y'
    with smtp.Server() as server:
        post_about('News')
        site.settle()
        assert server.tries == []
    assert 'the wiki' in Delivery.get().last_words


@pytest.mark.parametrize('base_url, host', [
    ('https://wiki.example.org/', 'wiki.example.org'), ('', '[127.0.0.1]'),
    ('http://[::1]:8000', '[IPv6:::1]'), ('https://wüki.example', 'xn--wki-hoa.example')])
def test_the_message_id_names_the_site(site, base_url, host):
    settings.site.base_url = base_url
    with smtp.Server() as server:
        post_about('News')
        site.settle()
        assert server.mails[0]['Message-ID'].strip('<>').partition('@')[2] == host
        assert server.mails[0]['Auto-Submitted'] == 'auto-generated'
