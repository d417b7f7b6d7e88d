"""Watching by a button, and the two ways out: the button again, and the link in each mail."""
import pytest

from kuma_lite.config import settings
from kuma_lite.watch import actions
from kuma_lite.watch.models import Watch
from kuma_lite.wiki.actions import save
from tests import smtp

ONE_CLICK = {'List-Unsubscribe': 'One-Click'}    # what mail programs post


@pytest.fixture
def page(site):
    return save('Drinks/Tea', 'Tea', 'Tea is a drink.', site.people.edda).page


@pytest.fixture
def watch(site, page):
    actions.watch(site.people.wanda, page)
    return Watch.get()


def watchers():
    return [watch.person.name for watch in Watch.select()]


def address(watch, key=None):
    return f'/unsubscribe/{watch.id}?key={watch.secret if key is None else key}'


def button(answer):
    [form] = [form for form in answer.forms.values() if form.action.endswith('$subscribe')]
    return form


def test_the_button_starts_and_stops(site, page):
    answer = button(site.login('wanda').get('/docs/Drinks/Tea')).submit('watch')
    assert answer.status_int == 303 and watchers() == ['wanda']
    answer = answer.follow()
    assert 'You will get a mail' in answer.text and 'Stop watching' in answer.text
    button(answer).submit('watch')
    assert watchers() == []


def test_pressing_it_twice_is_like_once(site, page):
    form = button(site.login('wanda').get('/docs/Drinks/Tea'))
    form.submit('watch')
    form.submit('watch')
    assert watchers() == ['wanda']


def test_only_people_with_an_account_have_it(site, page):
    assert '$subscribe' not in site.app.get('/docs/Drinks/Tea').text
    token = site.app.get('/login').forms['login']['csrf'].value
    site.app.post('/docs/Drinks/Tea$subscribe', {'csrf': token, 'watch': 'yes'}, status=401)
    assert watchers() == []


def test_it_needs_the_token_of_the_form(site, page):
    site.login('wanda').post('/docs/Drinks/Tea$subscribe', {'watch': 'yes'}, status=403)
    assert watchers() == []


def test_it_needs_a_page(site, page):
    browser = site.login('wanda')
    token = button(browser.get('/docs/Drinks/Tea'))['csrf'].value
    for path in ('/docs/Nowhere$subscribe', '/docs/..$subscribe', '/docs/a//b$subscribe'):
        browser.post(path, {'csrf': token, 'watch': 'yes'}, status=404)


def test_an_author_does_not_watch_by_writing(site, page):
    assert watchers() == []


def test_the_link_in_a_mail_asks_first_and_then_stops(site, watch):
    settings.site.base_url = 'https://wiki.example.org'
    with smtp.Server() as server:
        save('Drinks/Tea', 'Tea', 'Other', site.people.edda, base='latest')
        site.settle()
        [mail] = server.mails
    link = mail['List-Unsubscribe'].strip('<>').removeprefix('https://wiki.example.org')
    assert f'https://wiki.example.org{link}\n' in mail.text
    question = site.app.get(link)
    assert 'Tea' in question.text and watchers() == ['wanda']
    assert 'no more of these mails' in question.forms['stop'].submit().text
    assert watchers() == []


@pytest.mark.parametrize('kind', ['application/x-www-form-urlencoded', 'multipart/form-data'])
def test_a_mail_program_can_do_it_with_one_click(site, watch, kind):
    """RFC 8058: a POST without cookie, token or page before it, in either form."""
    settings.site.base_url = 'https://wiki.example.org'
    site.app.post(address(watch), ONE_CLICK, content_type=kind,
                  headers={'Origin': 'https://mail.example.net'})
    assert watchers() == []


def test_the_mail_says_that_one_click_is_enough(site, watch):
    with smtp.Server() as server:
        save('Drinks/Tea', 'Tea', 'Other', site.people.edda, base='latest')
        site.settle()
        assert server.mails[0]['List-Unsubscribe-Post'] == 'List-Unsubscribe=One-Click'


@pytest.mark.parametrize('key', ['', 'wrong', 'ü', 'x' * 5000, '%00', '%ff', '%F0%9F'])
def test_without_the_secret_nothing_stops(site, watch, key):
    for ask in (site.app.get, site.app.post):
        answer = ask(address(watch, key), status='*')
        assert answer.status_int < 500 and 'wanda' not in answer and 'Tea' not in answer
    assert watchers() == ['wanda']


def test_the_secret_of_one_watch_opens_no_other(site, watch, page):
    actions.watch(site.people.mona, page)
    other = Watch.of(site.people.mona, page).get()
    site.app.post(f'/unsubscribe/{other.id}?key={watch.secret}')
    assert watchers() == ['wanda', 'mona']


@pytest.mark.parametrize('number', ['-1', '99999999999999999999', 'x', '1.0'])
def test_a_number_of_no_watch_is_not_found(site, number):
    site.app.get(f'/unsubscribe/{number}?key=x', status=404)


def test_a_used_link_says_what_a_wrong_one_says(site, watch):
    site.app.post(address(watch))
    links = [address(watch), address(watch, 'wrong'), '/unsubscribe/0?key=x']
    for ask in (site.app.get, site.app.post):
        answers = [ask(link).html.main for link in links]
        assert 'You do not watch this any more' in answers[0].text
        assert answers[0] == answers[1] == answers[2]


def test_a_page_that_may_not_be_read_any_more_is_not_named(site, watch):
    site.page('Drinks/Tea', title='A secret tea')
    assert 'A secret tea' in site.app.get(address(watch))
    settings.site.read = 'editors'
    for ask in (site.app.get, site.app.post):
        answer = ask(address(watch))
        assert 'secret' not in answer and 'Drinks' not in answer
    assert watchers() == []


def test_what_a_link_shows_is_kept_nowhere(site, watch):
    assert site.app.get(address(watch)).headers['Cache-Control'] == 'no-store'


def test_secrets_are_long_and_differ(site, page):
    for person in vars(site.people).values():
        actions.watch(person, page)
    found = [watch.secret for watch in Watch.select()]
    assert len(set(found)) == len(found) == 5
    assert min(map(len, found)) >= 32
