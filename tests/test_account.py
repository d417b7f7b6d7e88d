"""One's own account: name, address, password, sessions, tokens, and leaving."""
import re

import pytest
from account_base import ask_for_link, fill, link_in, log_in, mails, text_of

from base import password
from kuma_lite import clock
from kuma_lite.account import browsers
from kuma_lite.account.models import LIFETIME, MailedLink
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts import bans, sessions
from kuma_lite.accounts.models import ApiToken, FormerName, Person, Session
from kuma_lite.accounts.rules import Invalid
from kuma_lite.drafts import presence
from kuma_lite.drafts.models import Draft, Presence, SavedForm
from kuma_lite.watch import actions as watching
from kuma_lite.watch.models import Watch, WatchPreference

NEW = 'a quiet green lake'
DAY = 86400
FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'


def send(browser, what, **fields):
    """One of the forms, filled in."""
    form = browser.get(f'/account/{what}').forms[f'{what}-form']
    return fill(form, **{'password': password('edda'), **fields}).submit(expect_errors=True)


@pytest.fixture
def edda(site):
    return site.login('edda')


def test_the_menu_leads_to_the_page_and_from_there_to_the_rest(site, edda):
    assert 'href="/account"' in edda.get('/')
    page = edda.get('/account')
    for address in ('/account/name', '/account/address', '/account/password', '/account/leave', '/your-mail',
                    '/watches', '/users/edda'):
        assert f'href="{address}"' in page and edda.get(address).status_int == 200
    assert page.headers['Cache-Control'] == 'no-store'


@pytest.mark.parametrize('what, fields', [('name', {'name': 'Rosa'}), ('address', {'email': 'r@example.org'}),
                                          ('password', {'old': 'wrong', 'password': NEW}), ('leave', {})])
def test_nothing_changes_without_the_password_and_guessing_has_an_end(site, edda, what, fields):
    before = Person.named('edda').__data__
    wrong = fields if 'old' in fields else {**fields, 'password': 'wrong'}
    answers = [send(edda, what, **wrong) for _ in range(11)]
    assert [answer.status_int for answer in answers] == [422] * 10 + [429]
    assert 'not your password' in answers[0] and Person.named('edda').__data__ == before
    site.settle()
    assert not MailedLink.select().exists() and log_in(site.app, 'edda', password('edda')).status_int == 303


# The name

def test_a_new_name_stands_beside_what_was_written(site, edda):
    site.page('Tea', 'Hot.')
    site.app.get('/docs/Tea')
    assert 'called Rosa' in send(edda, 'name', name='Rosa').follow()
    site.settle()
    assert 'Rosa' in site.app.get('/docs/Tea$history') and 'edda' not in site.app.get('/docs/Tea$history')
    assert site.app.get('/users/Rosa')
    assert log_in(site.app, 'rosa', password('edda')).status_int == 303


def test_nobody_else_gets_the_old_name_but_its_owner_may_take_it_back(site, edda):
    send(edda, 'name', name='Rosa')
    for name in ('edda', 'Edda', 'еdda'):
        with pytest.raises(Invalid):
            accounts.create_person(name, 'x@example.org', 'reader', NEW)
    assert 'already' in send(site.login('mona'), 'name', name='edda', password=password('mona'))
    assert 'last 30 days' in send(edda, 'name', name='edda')
    clock.advance(29 * DAY)
    clock.advance(2 * DAY)
    later = site.login('edda')
    assert send(later, 'name', name='edda').status_int == 303
    assert Person.named('edda').id == site.people.edda.id


@pytest.mark.parametrize('name', ['mona', 'MONA', 'admin', 'a/b', 'edda', 'Former member 7', 'moderator'])
def test_a_name_that_may_not_be_is_a_sentence_and_stays_in_the_form(site, edda, name):
    answer = send(edda, 'name', name=name)
    assert answer.status_int == 422 and answer.forms['name-form']['name'].value == name


# The address

def test_a_new_address_counts_when_its_link_is_followed(site, edda):
    assert 'on its way to new@example.org' in send(edda, 'address', email='new@example.org').follow()
    site.settle()
    assert Person.named('edda').email == 'edda@example.org'
    assert 'new@example.org' in text_of(mails('edda@example.org')[-1])      # the old one hears of it
    assert 'A link was sent to new@example.org' in edda.get('/account')
    link, elsewhere = link_in(mails('new@example.org')[-1]), site.browser()
    elsewhere.head(link)
    form = elsewhere.get(link).forms['confirm']
    assert Person.named('edda').email == 'edda@example.org'
    assert 'Mails go to new@example.org' in form.submit().follow()
    assert Person.named('edda').email == 'new@example.org'
    site.settle()
    assert 'this is the last one' in text_of(mails('edda@example.org')[-1])
    assert form.submit(status=404) and elsewhere.get(link, status=404)


def change_password(site):
    accounts.set_password(site.people.edda, NEW)


def ban(site):
    bans.add(None, person=site.people.edda, reason='Spam')


def an_hour(site):
    clock.advance(LIFETIME + 1)


@pytest.mark.parametrize('end', [change_password, ban, an_hour])
def test_the_link_for_an_address_ends_with_what_it_was_asked_with(site, edda, end):
    send(edda, 'address', email='new@example.org')
    site.settle()
    link = link_in(mails('new@example.org')[-1])
    end(site)
    assert site.browser().get(link, status=404) and Person.named('edda').email == 'edda@example.org'


def test_one_kind_of_link_does_not_do_for_another(site, edda):
    send(edda, 'address', email='new@example.org')
    site.settle()
    link = link_in(mails('new@example.org')[-1])
    assert site.app.get(link.replace('/confirm', '/recover'), status=404)


def test_three_addresses_an_hour_may_be_mailed(site, edda):
    answers = [send(edda, 'address', email=f'new{number}@example.org').status_int for number in range(4)]
    site.settle()
    assert answers == [303] * 3 + [422] and not mails('new3@example.org')
    assert 'look like' in send(edda, 'address', email='new')


# The password

def test_a_new_password_ends_the_other_sessions(site, edda):
    other, token = site.login('edda'), sessions.create_token(site.people.edda)
    answer = send(edda, 'password', old=password('edda'), password=NEW)
    assert 'password is changed' in answer.follow()
    assert 'Log out' in edda.get('/') and 'Log out' not in other.get('/')
    assert sessions.person_for_token(token)
    assert log_in(site.app, 'edda', NEW).status_int == 303
    site.settle()
    assert 'was changed just now.' in text_of(mails('edda@example.org')[-1])


def test_a_poor_one_is_refused(site, edda):
    answer = send(edda, 'password', old=password('edda'), password='password123')
    assert 'first that others would try' in answer


# Sessions and tokens

def test_sessions_are_listed_with_their_browsers_and_can_be_ended(site, edda):
    other = site.browser()
    other.extra_environ['HTTP_USER_AGENT'] = FIREFOX
    log_in(other, 'edda', password('edda'))
    page = edda.get('/account')
    assert 'Firefox on Linux' in page and page.text.count('this one') == 1
    pattern = re.compile('/account/sessions/[0-9]+/end')
    [form] = [form for form in page.forms.values() if pattern.fullmatch(form.action)]
    assert 'was ended' in form.submit().follow()
    assert 'Log out' not in other.get('/') and form.submit(status=404)


def test_all_others_can_be_ended_at_once(site, edda):
    others = [site.login('edda') for _ in range(3)]
    mona = site.login('mona')
    assert '3 sessions were ended' in edda.get('/account').forms['end-others'].submit().follow()
    assert not any('Log out' in other.get('/') for other in others)
    assert 'Log out' in edda.get('/') and 'Log out' in mona.get('/')


def test_nobody_ends_or_revokes_what_is_not_theirs(site, edda):
    sessions.create_token(site.people.mona, 'script')
    site.login('mona')
    csrf = edda.get('/account').forms['token-form']['csrf'].value
    number = Session.get(Session.person == site.people.mona).id
    edda.post(f'/account/sessions/{number}/end', {'csrf': csrf}, status=404)
    edda.post(f'/account/tokens/{ApiToken.get().id}/revoke', {'csrf': csrf}, status=404)
    assert ApiToken.select().exists() and Session.select().where(Session.id == number).exists()


def test_a_session_says_when_it_was_used_last(site, edda):
    clock.advance(5 * 3600)
    edda.get('/account')
    assert Session.get().used_at == pytest.approx(clock.now(), abs=60)


@pytest.mark.parametrize('agent, words', [
    (FIREFOX, 'Firefox on Linux'), ('', 'A browser that does not say which'), ('curl/8', 'curl'),
    ('Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36 Edg/126.0', 'Edge on Windows'),
    ('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1', 'Safari on iPhone'),
    ('<script> Android', 'A browser on Android')])
def test_browsers_in_words(agent, words):
    assert browsers.in_words(agent) == words


def ask_for_token(browser, label, typed=None):
    """Typed is a password; that of edda if nothing is said."""
    form = browser.get('/account').forms['token-form']
    return fill(form, label=label, password=typed or password('edda')).submit(expect_errors=True)


def test_a_token_needs_the_password_and_guessing_has_an_end(site, edda):
    answers = [ask_for_token(edda, 'mine', 'wrong') for _ in range(11)]
    assert [answer.status_int for answer in answers] == [422] * 10 + [429]
    assert 'not your password' in answers[0] and answers[0].forms['token-form']['label'].value == 'mine'
    assert not ApiToken.select().exists()


def test_a_token_is_shown_once_and_can_be_revoked(site, edda):
    shown = ask_for_token(edda, 'Backup <script>')
    token = re.search('kuma_[A-Za-z0-9_-]{43}', shown.text)[0]
    assert sessions.person_for_token(token) == site.people.edda
    page = edda.get('/account')
    assert token not in page and 'Backup &lt;script&gt;' in page
    [form] = [form for form in page.forms.values() if form.action.endswith('/revoke')]
    assert 'was revoked' in form.submit().follow() and sessions.person_for_token(token) is None


@pytest.mark.parametrize('label', ['', ' ', 'x' * 61])
def test_a_token_has_a_label(site, edda, label):
    assert ask_for_token(edda, label).status_int == 422
    assert not ApiToken.select().exists()


def test_twenty_tokens_are_enough(site, edda):
    for number in range(20):
        sessions.create_token(site.people.edda, str(number))
    assert 'revoke one' in ask_for_token(edda, 'one more')


# Leaving

def leave(site, name='drop'):
    """edda, who watches and drafts, has a token and is logged in twice, leaves."""
    page = site.page('Tea', 'Hot.')
    watching.watch(site.people.edda, page)
    watching.prefer(site.people.edda, 'daily', 8, 1, True)
    presence.note(site.people.edda, 'Tea', 60)
    SavedForm.create(person=site.people.edda, form='a-form', saved_at=clock.now())
    sessions.create_token(site.people.edda)
    site.login('edda')
    browser = site.login('edda')
    return send(browser, 'leave', name=name)


@pytest.mark.parametrize('name, shown', [('drop', 'Former member 1'), ('keep', 'edda')])
def test_who_leaves_takes_everything_but_what_was_written(site, name, shown):
    Person.update(email='shared@example.org').where(Person.key == 'wanda').execute()
    answer = leave(site, name)
    assert (answer.status_int, answer.headers['Location']) == (303, '/')
    person = Person.get_by_id(site.people.edda.id)
    assert (person.name, person.active, person.email, person.password_hash) == (shown, False, '', '')
    gone = (Watch, WatchPreference, Draft, SavedForm, Presence, ApiToken, Session, MailedLink)
    for model in gone:
        assert not model.select().where(model.person == person).exists(), model
    site.settle()
    history = site.app.get('/docs/Tea$history').text
    assert shown in history and ('edda' in history) == (name == 'keep')
    assert log_in(site.browser(), 'edda', password('edda')).status_int == 403
    assert log_in(site.browser(), shown, '').status_int == 403


def test_nobody_gets_the_name_of_who_left(site):
    leave(site)
    with pytest.raises(Invalid, match='already'):
        accounts.create_person('Edda', 'x@example.org', 'reader', NEW)
    assert 'edda' not in repr(list(FormerName.select().dicts()))
    with pytest.raises(Invalid):
        accounts.create_person('Former member 99', 'x@example.org', 'reader', NEW)


def test_the_last_admin_stays(site):
    ada = site.login('ada')
    assert 'only admin' in send(ada, 'leave', name='keep', password=password('ada'))
    assert Person.named('ada').active and 'Log out' in ada.get('/')
    accounts.set_role(site.people.mona, 'admin')
    assert send(ada, 'leave', name='keep', password=password('ada')).status_int == 303


def test_a_link_that_was_mailed_before_does_not_open_the_account_again(site):
    browser = site.browser()
    ask_for_link(browser, 'edda')
    link = link_in(mails('edda@example.org')[-1])
    leave(site)
    assert browser.get(link, status=404)


def test_who_is_renamed_or_leaves_hears_of_it(site, edda):
    send(edda, 'name', name='Edith')
    site.settle()
    assert 'it was edda' in text_of(mails('edda@example.org')[-1])
    send(edda, 'leave', name='drop')
    site.settle()
    assert 'was closed' in mails('edda@example.org')[-1]['Subject']
    assert 'Edith' not in text_of(mails('edda@example.org')[-1])
