"""A person whose mails are refused hears of it at the next log-in, and can have them sent again."""
import pytest

from base import password
from kuma_lite.accounts.models import Person
from kuma_lite.mail import muting
from kuma_lite.mail.actions import Recipient, post
from tests import smtp

WANDA = 'wanda@example.org'


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        server.refused = {WANDA}
        yield server


@pytest.fixture
def muted(site, server):
    for number in range(3):
        post(f'revision:{number}', f'News {number}', 'It changed.', [Recipient(WANDA)])
        site.settle()


def log_in(site, name):
    form = site.app.get('/login').forms['login']
    form['name'], form['password'] = name, password(name)
    return form.submit().follow()


def test_it_is_told_at_log_in(site, muted):
    assert f'No more mails go to {WANDA}' in log_in(site, 'wanda')


def test_nobody_else_is_told(site, muted):
    assert 'No more mails' not in log_in(site, 'edda')


def test_before_that_many_refusals_nothing_is_said(site, server):
    post('revision:1', 'News', 'It changed.', [Recipient(WANDA)])
    site.settle()
    assert 'No more mails' not in log_in(site, 'wanda')


def test_the_account_leads_to_the_words_and_to_a_button_that_ends_it(site, server, muted):
    wanda = site.login('wanda')
    shown = wanda.get('/users/wanda').click('Your account', index=1).click('Mails to you')
    assert '550 No such person here' in shown and 'News 2' in shown
    shown = shown.forms['unmute'].submit().follow()
    assert 'mails go to your address again' in shown and 'unmute' not in shown.forms
    server.refused.clear()
    post('revision:9', 'At last', 'It changed.', [Recipient(WANDA)])
    site.settle()
    assert server.recipients == [WANDA] and 'At last' in wanda.get('/your-mail')


def test_one_sees_and_ends_only_what_is_about_oneself(site, muted):
    edda = site.login('edda')
    shown = edda.get('/your-mail')
    assert 'None has been sent' in shown and 'News' not in shown
    edda.post('/your-mail', {'csrf': shown.html.find('input', {'name': 'csrf'})['value']})
    assert muting.muted(WANDA) is not None
    assert '/your-mail' not in edda.get('/users/wanda')


def test_who_has_no_address_is_told_so(site):
    Person.update(email='').where(Person.name == 'edda').execute()
    assert 'has no mail address' in site.login('edda').get('/your-mail')


def test_who_signs_up_with_the_address_of_somebody_else_reads_none_of_their_mails(site):
    post('attempts:1', 'Two edits wait for a moderator', 'Secret.', [Recipient('mona@example.org')])
    site.settle()
    Person.update(email='MONA@example.org').where(Person.name == 'mallory').execute()
    assert 'Two edits wait' in site.login('mona').get('/your-mail')
    assert 'Two edits wait' not in site.login('mallory').get('/your-mail')
