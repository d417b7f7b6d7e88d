"""`doctor --mail ADDRESS`: the conversation with the mail server, word by word, without the password."""
import base64

import pytest

import smtp
from base import settings_for
from kuma_lite import config
from kuma_lite.config import settings
from kuma_lite.mail import conversation


@pytest.fixture
def talk(tmp_path):
    """`talk(address) == (whether the server took it, the lines)`."""
    config.settings.replace(settings_for(tmp_path))

    def hold(address='ada@example.org'):
        lines = []
        return conversation.hold(address, lines.append), lines
    yield hold
    config.settings.replace(config.Settings())


def test_a_mail_is_sent_and_every_word_of_the_server_is_shown(talk):
    with smtp.Server() as server:
        took, lines = talk()
    assert took and server.recipients == ['ada@example.org'] and 'It can.' in server.mails[0].text
    assert lines[-1] == 'The server took it.' and '> rcpt TO:<ada@example.org>' in lines
    assert '< 250 Accepted' in lines and any(line.startswith('< 220 ') for line in lines)


def test_what_the_server_refuses_is_shown_in_its_words(talk):
    with smtp.Server() as server:
        server.mode = 'refuse'
        took, lines = talk()
        assert not took and '< 550 No such person here' in lines
        server.mode = 'reject'
        took, lines = talk()
        assert not took and '< 554 This looks like spam' in lines
        server.mode = 'hang'
        assert not talk()[0]


@pytest.mark.filterwarnings('ignore:Requiring AUTH')
def test_passwords_are_not_shown(talk, monkeypatch):
    monkeypatch.setenv('SSL_CERT_FILE', str(smtp.CERTIFICATE))
    with smtp.Server('starttls', password='correct horse'):
        settings.mail.user, settings.mail.password = 'kuma', 'correct horse'
        took, lines = talk()
        assert took and any(line.startswith('(TLSv1') for line in lines)
        secrets = {base64.b64encode(words.encode()).decode() for words in (
            'correct horse', 'kuma', '\0kuma\0correct horse')} | {'correct horse'}
        assert not [line for line in lines if any(secret in line for secret in secrets)]
        settings.mail.password = 'wrong'
        took, lines = talk()
        assert not took and 'Look at [mail] user and password.' in lines[-1]


def test_a_certificate_that_nobody_trusts_and_a_server_that_is_away_are_told(talk):
    with smtp.Server('tls'):
        took, lines = talk()
        assert not took and 'certificate' in lines[-1]
    took, lines = talk()
    assert not took and 'Connection refused' in lines[-1]
    assert not talk('no address')[0]
    settings.mail.host = ''
    took, lines = talk()
    assert not took and '[mail] host is empty' in lines[0]
