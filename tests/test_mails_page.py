"""/mails: what became of each mail, in the server's words, and trying again; for admins."""
import pytest

from kuma_lite.mail import muting
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.mail.tasks import give_up_stranded
from kuma_lite.queue.tables import Task
from kuma_lite.watch import actions as watching
from kuma_lite.watch.models import Watch
from oracle import shapes, violations
from tests import smtp

HOSTILE = '"><script>alert(1)</script></pre></main><img src=//evil.example onerror=alert(1)>{{7*7}}'


@pytest.fixture
def ada(site):
    return site.login('ada')


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


def post_to(*addresses, key='revision:1', subject='News'):
    post(key, subject, 'It changed.', [Recipient(address, 'You asked for it.') for address in addresses])


def listed(answer):
    """[(subject, state, address)] of the rows."""
    rows = [[' '.join(cell.text.split()) for cell in row.select('td')]
            for row in answer.html.select('tbody tr')]
    return [(row[0].split()[0], row[1], row[2]) for row in rows]


def test_the_list_says_to_whom_about_what_and_how_it_went(site, ada, server):
    server.refused = {'gone@example.org'}
    post_to('wanda@example.org', 'gone@example.org')
    post_to('wanda@example.org', key='revision:2', subject='Later')
    site.settle()
    listing = ada.get('/mails')
    assert listed(listing) == [('Later', 'sent', 'wanda@example.org'),
                               ('News', 'refused', 'gone@example.org'),
                               ('News', 'sent', 'wanda@example.org')]
    assert '550 No such person here' in listing and '250 Accepted' not in listing
    assert listing.html.select('tbody time')
    tabs = [' '.join(tab.text.split()) for tab in listing.html.select('.tabs a')]
    assert tabs == ['all 3', 'queued 0', 'sent 2', 'refused 1', 'gave up 0']


def test_filters_narrow_the_list_and_each_other(site, ada, server):
    server.refused = {'gone@example.org'}
    post_to('wanda@example.org', 'gone@example.org')
    site.settle()
    refused = ada.get('/mails').click('refused')
    assert listed(refused) == [('News', 'refused', 'gone@example.org')]
    form = refused.forms[[*refused.forms][-1]]
    form['to'] = 'WANDA'
    assert listed(form.submit()) == [] and 'There is no such mail' in form.submit()
    assert listed(ada.get('/mails?to=Wanda')) == [('News', 'sent', 'wanda@example.org')]
    assert listed(ada.get('/mails?to=%25')) == listed(ada.get('/mails?to=_')) == []
    assert 'A state is one of' in ada.get('/mails?state=lost', status=422)


def test_a_long_list_comes_in_parts(site, ada):
    post_to(*(f'reader{number}@example.org' for number in range(55)))
    site.settle()
    first = ada.get('/mails?state=sent')
    second = first.click('Older')
    assert (len(listed(first)), len(listed(second))) == (50, 5)
    assert len(listed(second.click('Newest'))) == 50
    assert 'no further mails' in ada.get('/mails?after=1')


def test_one_mail_tells_everything_and_is_sent_again(site, ada, server):
    server.refused = {'wanda@example.org'}
    post_to('wanda@example.org')
    site.settle()
    shown = ada.get('/mails').click('News')
    for words in ('550 No such person here', 'wanda@example.org', 'It changed.', 'You asked for it.'):
        assert words in shown, words
    server.refused.clear()
    answer = shown.forms['retry'].submit()
    site.settle()
    answer = answer.follow()
    assert 'It is sent again' in answer
    assert '250 Accepted' in ada.get(answer.request.path) and 'retry' not in answer.forms
    assert server.recipients == ['wanda@example.org']


def test_pressing_it_twice_sends_once(site, ada, server):
    server.refused = {'wanda@example.org'}
    post_to('wanda@example.org')
    site.settle()
    form = ada.get(f'/mails/{Delivery.get().id}').forms['retry']
    server.refused.clear()
    form.submit()
    site.settle()
    assert 'sent meanwhile' in form.submit().follow()
    site.settle()
    assert len(server.mails) == 1


def test_what_waits_or_is_sent_has_no_button(site, ada, server):
    server.mode = 'later'
    post_to('wanda@example.org')
    site.settle()
    assert 'retry' not in ada.get(f'/mails/{Delivery.get().id}').forms


def test_one_that_was_given_up_leads_to_its_task_and_out_again(site, ada, server):
    server.mode = 'later'
    post_to('wanda@example.org')
    site.settle()
    Task.update(state='dead', error='its worker died each time').execute()
    give_up_stranded.func()
    shown = ada.get('/mails?state=gave_up').click('News')
    assert 'its worker died each time' in shown and 'mail.deliver' in shown.click('its tasks')
    server.mode = 'accept'
    shown.forms['retry'].submit()
    site.settle()
    assert Delivery.get().state == 'sent' and server.recipients == ['wanda@example.org']


def test_a_muted_address_is_named_and_another_try_unmutes_it(site, ada, server):
    server.refused = {'wanda@example.org'}
    for number in range(4):
        post_to('wanda@example.org', key=f'revision:{number}')
        site.settle()
    shown = ada.get('/mails').click('News', index=0)
    assert 'no more goes there' in shown
    server.refused.clear()
    shown.forms['retry'].submit()
    site.settle()
    assert muting.muted('wanda@example.org') is None and len(server.mails) == 1


def test_the_source_is_what_is_sent(site, ada, server):
    post_to('wanda@example.org')
    site.settle()
    source = ada.get('/mails').click('News').click('as it is sent')
    assert source.content_type == 'text/plain' and 'X-Content-Type-Options' in source.headers
    assert source.body.replace(b'\r\n', b'\n').strip() == server.mails[0].data.replace(b'\r\n', b'\n').strip()


def test_the_source_of_one_that_cannot_be_sent_says_why(site, ada):
    post_to('no address')
    site.settle()
    assert 'is not an address' in ada.get(f'/mails/{Delivery.get().id}.eml')


def test_without_a_server_it_says_where_the_mails_are(site, ada):
    watching.watch(site.people.wanda, site.page('Tea', 'Hot.'))
    site.page('Tea', 'Cold, and a line so long that quoted-printable breaks it: ' + 'word ' * 30)
    site.settle()
    listing = ada.get('/mails')
    assert 'There is no SMTP server' in listing and 'wanda@example.org' in listing
    mail = listing.click('Tea')
    assert 'became the file outbox/' in mail and 'Cold, and a line so long' in mail
    assert f'?key={Watch.get().secret}' in mail


def test_an_empty_one_says_why_there_might_be_one(ada):
    assert 'No mail has been written yet' in ada.get('/mails')


def test_the_old_address_and_the_menu_lead_there(ada):
    assert ada.get('/outbox').follow().request.path == '/mails'
    assert ada.get('/').click('^Mails$').request.path == '/mails'


def test_one_that_is_not_there(ada):
    assert 'no mail with this number' in ada.get('/mails/99', status=404)
    ada.get(f'/mails/{"9" * 18}', status=404)


def test_hostile_words_stay_words(site, ada):
    usual = set().union(*(shapes(answer.text) for answer in answers(ada, 'plain')))
    for answer in answers(ada, HOSTILE):
        assert violations(answer.text, page=True) == [] and shapes(answer.text) <= usual
        assert '<script>alert' not in answer and '{{7*7}}' in answer


def answers(ada, words):
    """The pages about a mail that holds these words wherever it can."""
    message = Message.create(key=words, subject=words, text=words, html=words, thread=words)
    row = Delivery.create(message=message, address=words, footer=words, state='refused', last_words=words)
    return [ada.get(f'/mails/{row.id}'), ada.get('/mails'), ada.get('/mails', {'to': words})]
