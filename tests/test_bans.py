"""Bans of people and of networks, with and without an end: in force from the commit on, at every door."""
import threading

import pytest

from kuma_lite import clock, db
from kuma_lite.accounts import bans, sessions
from kuma_lite.accounts.models import ApiToken, Ban, Person, Session
from kuma_lite.accounts.rules import Invalid
from kuma_lite.accounts.tasks import delete_old_bans
from kuma_lite.config import settings
from kuma_lite.mail.actions import Recipient, post
from kuma_lite.mail.models import QUEUED, REFUSED, SENT, Delivery, Message
from kuma_lite.mail.tasks import deliver
from kuma_lite.moderation import actions
from kuma_lite.moderation.models import Entry
from kuma_lite.queue import window
from kuma_lite.wiki import access
from kuma_lite.wiki import actions as wiki
from kuma_lite.wiki.models import Page, Revision
from tasks_base import advance

DAY = 86400
HERE = '192.0.2.7'      # where the browsers of the tests are


@pytest.fixture
def mona(site):
    return site.login('mona')


def ban(browser, **fields):
    form = browser.get('/moderation/bans').forms['ban-form']
    for name, value in {'reason': 'Vandalism', **fields}.items():
        form[name] = value
    return form.submit(expect_errors=True)


def bearer(site, name):
    browser = site.browser()
    browser.authorization = ('Bearer', sessions.create_token(getattr(site.people, name)))
    return browser


# Of a person

def test_a_banned_person_is_out_at_once_and_hears_why(site, mona):
    edda, program = site.login('edda'), bearer(site, 'edda')
    form = edda.get('/docs/Tea$edit').forms['edit-form']
    form['content'] = 'precious'
    answer = ban(mona, name='Edda', days='7').follow()
    assert 'edda may not write here from now on.' in answer and 'Vandalism' in answer
    refusal = form.submit(status=401)       # a form of the session that has ended
    assert Page.at('Tea') is None and 'precious' in refusal
    program.put_json('/api/v1/pages/Tea', {'content': 'x'}, status=401)
    assert not Session.select().where(Session.person == site.people.edda).exists()
    assert not ApiToken.select().exists()
    login = site.browser().get('/login').forms['login']
    login['name'], login['password'] = 'edda', 'correct horse edda'
    answer = login.submit(status=403)
    assert 'Your account is banned until' in answer and 'Vandalism.' in answer


def test_only_who_knows_the_password_hears_of_the_ban(site):
    actions.ban(site.people.mona, site.people.edda, reason='x')
    login = site.browser().get('/login').forms['login']
    login['name'], login['password'] = 'edda', 'wrong'
    assert 'banned' not in login.submit(status=403)


def test_a_session_that_began_while_the_ban_was_on_its_way_counts_for_nothing(site):
    actions.ban(site.people.mona, site.people.edda, reason='x')
    late, token = sessions.start_session(site.people.edda), sessions.create_token(site.people.edda)
    assert sessions.person_for_session(late) is None and sessions.person_for_token(token) is None


def test_who_is_banned_may_nothing(site):
    assert all(access.may(site.people.ada, action) for action in access.RULES)
    other = Person.create(name='Root', key='root', email='', role='admin', password_hash='')
    actions.ban(other, site.people.ada, reason='x')
    assert not any(access.may(site.people.ada, action) for action in access.RULES)


def test_an_edit_on_its_way_is_not_saved(site):
    """Whichever way it comes: by the one check that every save passes."""
    actions.ban(site.people.mona, site.people.edda, reason='Vandalism')
    for write in (wiki.save, wiki.merge):
        with pytest.raises(wiki.checks.Invalid, match='Vandalism'):
            write('Tea', 'Tea', 'x', site.people.edda)


def test_a_ban_that_comes_while_an_edit_is_being_checked_stops_it(site):
    edit = wiki.check('Tea', 'Tea', 'x', site.people.edda)
    actions.ban(site.people.mona, site.people.edda, reason='Vandalism')
    with pytest.raises(wiki.checks.Invalid, match='Vandalism'):
        wiki.write(edit, None)
    assert Page.at('Tea') is None


def test_it_ends_by_itself(site):
    actions.ban(site.people.mona, site.people.edda, reason='x', until=clock.now() + DAY)
    assert not access.may(site.people.edda, access.EDIT)
    clock.advance(DAY + 1)
    assert access.may(site.people.edda, access.EDIT)


def test_it_can_be_lifted(site, mona):
    ban(mona, name='edda')
    answer = mona.get('/moderation/bans')
    answer.forms[_lifting(answer)].submit().follow()
    assert access.may(site.people.edda, access.EDIT)
    assert [entry.action for entry in Entry.listed()] == ['lift', 'ban']
    assert Entry.get(Entry.action == 'ban').undone_at and not Ban.in_force().exists()


def _lifting(answer):
    return next(key for key, form in answer.forms.items() if form.action.endswith('/lift'))


def test_lifting_what_is_over_is_harmless(site, mona):
    made = actions.ban(site.people.mona, site.people.edda, reason='x')
    form = mona.get('/moderation/bans').forms[_lifting(mona.get('/moderation/bans'))]
    actions.lift(made, site.people.ada)
    assert 'ended already' in form.submit().follow()
    assert Entry.select().where(Entry.action == 'lift').count() == 1


def test_a_new_ban_takes_the_place_of_the_old_one(site):
    for days in (1, 30):
        actions.ban(site.people.mona, site.people.edda, reason='x', until=clock.now() + days * DAY)
    clock.advance(2 * DAY)
    assert Ban.in_force().count() == 1 and not access.may(site.people.edda, access.EDIT)


def test_nobody_bans_themselves_or_somebody_above(site, mona):
    assert 'You cannot ban yourself.' in ban(mona, name='mona')
    answer = ban(mona, name='ada', reason='Revenge')
    assert answer.status_int == 422 and 'only an admin can ban ada' in answer
    assert answer.forms['ban-form']['reason'].value == 'Revenge'
    assert not Ban.select().exists() and site.login('mona')
    assert ban(site.login('ada'), name='mona').status_int == 303


NO_BANS = [
    ({}, 'one of the two'), ({'name': 'edda', 'network': HERE}, 'one of the two'),
    ({'name': 'Nobody Special'}, 'Nobody here has the name'), ({'network': 'example.org'}, 'looks like'),
    ({'network': '0.0.0.0/0'}, 'too wide'), ({'network': '::/0'}, 'too wide'),
    ({'network': '127.0.0.1'}, 'the machine itself'), ({'network': '::ffff:127.0.0.1'}, 'machine itself'),
    ({'name': 'edda', 'reason': ' '}, 'say why'), ({'name': 'edda', 'reason': 'x' * 256}, '256 characters')]


def test_what_cannot_be_a_ban_is_refused_in_words(site, mona):
    for fields, words in NO_BANS:
        answer = ban(mona, **fields)
        assert answer.status_int == 422 and words in answer, words
    assert not Ban.select().exists()


def test_the_bars_of_contributors_do_without_the_banned(site, mona):
    for author in ('edda', 'mona'):
        site.page('Tea', author, author=author)
    site.app.get('/docs/Tea')
    site.settle()
    assert 'edda' in site.app.get('/docs/Tea').html.find(class_='contributors').text
    made = actions.ban(site.people.mona, site.people.edda, reason='x')
    site.settle()
    assert 'edda' not in site.app.get('/docs/Tea').html.find(class_='contributors').text
    actions.lift(made, site.people.mona)
    site.settle()
    assert 'edda' in site.app.get('/docs/Tea').html.find(class_='contributors').text


def test_mails_that_wait_for_the_banned_are_not_sent(site):
    window.pause(deliver.name)
    post('revision:1', 'News', 'Text.', [Recipient('edda@example.org'), Recipient('wanda@example.org')])
    actions.ban(site.people.mona, site.people.edda, reason='x')
    window.resume(deliver.name)
    site.settle()
    states = {delivery.address: delivery.state for delivery in Delivery.select()}
    assert states == {'edda@example.org': REFUSED, 'wanda@example.org': SENT}


def test_other_moderators_hear_of_bans_some_minutes_later_in_one_mail(site, mona):
    ban(mona, name='mallory')
    ban(mona, network='192.0.2.0/24')
    assert not Message.select().exists()        # nothing is mailed in the request
    advance(301)
    message = Message.get()
    assert '2 new bans' in message.subject and 'mona banned mallory' in message.text
    assert 'mona banned 192.0.2.0/24' in message.text and '/moderation/bans' in message.text
    assert [delivery.address for delivery in message.deliveries] == ['ada@example.org']
    ban(site.login('ada'), network='198.51.100.7')
    advance(301)
    newest = Message.select().order_by(Message.id.desc()).get()
    assert [delivery.address for delivery in newest.deliveries] == ['mona@example.org']


def test_a_ban_that_was_lifted_at_once_is_not_told(site, mona):
    ban(mona, name='mallory')
    actions.lift(Ban.get(), site.people.mona)
    advance(301)
    assert not Message.select().exists()


# Of an address

@pytest.mark.parametrize('network', [HERE, '192.0.2.0/24', '192.0.2.77/24', '::ffff:192.0.2.7'])
def test_from_a_banned_address_nobody_writes(site, mona, network):
    settings.site.edit = 'everyone'
    site.page('Tea', 'Hot.')
    site.page('Tea', 'Cold.')
    edda, stranger, program = site.login('edda'), site.browser(), bearer(site, 'edda')
    first = Revision.select().order_by(Revision.id).first().id
    forms = [browser.get(address).forms[name] for browser in (edda, stranger) for address, name in (
        ('/docs/Tea$edit', 'edit-form'), ('/docs/New$edit', 'edit-form'),
        (f'/docs/Tea$revert/{first}', 'revert-form'))]
    forms += [form for form in edda.get('/docs/Tea').forms.values() if 'subscribe' in form.action][:1]
    assert len(forms) == 7
    ban(mona, network=network)
    before = Revision.select().count()
    for form in forms:
        if 'content' in form.fields:
            form['content'] = 'precious'
        answer = form.submit(status=403)
        assert 'Nobody may write here from your network address' in answer and 'Vandalism' in answer
        assert 'content' not in form.fields or 'precious' in answer
    answer = program.put_json('/api/v1/pages/Tea', {'content': 'x', 'base_revision': 'latest'}, status=403)
    assert 'Vandalism' in answer.json['error']
    assert Revision.select().count() == before and stranger.get('/docs/Tea').status_int == 200
    assert Ban.get().network == ('192.0.2.0/24' if '/' in network else f'{HERE}/32')


def test_moderators_share_it_without_harm(site, mona):
    ban(mona, network=HERE)
    assert mona.get('/docs/Tea$edit').status_int == 200
    made = Ban.get()
    mona.get('/moderation/bans').forms[_lifting(mona.get('/moderation/bans'))].submit()
    assert made.is_in_force and not Ban.get().is_in_force


RANGES = [
    ('2001:db8::/32', '2001:db8:1::7', True), ('2001:db8::/64', '2001:db8:1::7', False),
    ('fe80::1', 'fe80::1%eth0', True), ('192.0.2.0/25', '192.0.2.128', False),
    ('192.0.2.0/25', '192.0.2.127', True), ('192.0.2.0/24', '::ffff:192.0.2.9', True),
    ('192.0.2.0/24', '', False), ('192.0.2.0/24', 'unix', False), ('192.0.2.0/24', '2001:db8::1', False)]


def test_whom_a_range_holds(site):
    for network, address, holds in RANGES:
        made = bans.add(site.people.mona, network=network, reason='x')
        found = bool(bans.of(None, address)), bool(bans.of(site.people.edda, address))
        assert found == (holds, holds), (network, address)
        bans.lift(made)


def test_a_wider_ban_holds_when_a_narrower_one_has_ended(site):
    bans.add(site.people.mona, network='192.0.0.0/16', reason='wide')
    bans.add(site.people.mona, network=HERE, reason='narrow', until=clock.now() + DAY)
    assert bans.of(None, HERE).reason == 'narrow'
    clock.advance(DAY + 1)
    assert bans.of(None, HERE).reason == 'wide'


def test_a_page_in_memory_says_the_same_to_everybody(site, mona):
    """What a visitor with a banned address was sent must not be what others get."""
    settings.site.edit = 'everyone'
    site.page('Tea', 'Hot.')
    site.app.get('/docs/Tea')
    site.settle()
    ban(mona, network=HERE)
    assert '/docs/Tea$edit' in site.app.get('/docs/Tea')


# How it is found out

def test_asking_costs_no_query_while_nothing_is_written(site, monkeypatch):
    bans.add(site.people.mona, network='192.0.2.0/24', reason='x')
    assert bans.of(None, HERE)
    asked, execute = [], db.database.execute_sql

    def counted(*args):
        asked.append((threading.get_ident(), args))
        return execute(*args)

    monkeypatch.setattr(db.database, 'execute_sql', counted)
    assert bans.of(None, HERE) and bans.of(site.people.edda, '198.51.100.1') is None
    assert threading.get_ident() not in dict(asked)


def test_a_ban_that_was_rolled_back_holds_nobody(site):
    with pytest.raises(ZeroDivisionError), db.atomic():
        bans.add(site.people.mona, site.people.edda, reason='x')
        assert bans.of(site.people.edda, '')
        raise ZeroDivisionError
    assert bans.of(site.people.edda, '') is None


def test_the_table_knows_bans_from_another_process(site):
    """Whoever wrote it: the number of its generation tells."""
    assert bans.of(site.people.edda, '') is None
    with db.atomic():
        Ban.create(person=site.people.edda, reason='x')
        bans.generations.bump(bans.NAME)
    assert bans.of(site.people.edda, '')


def test_a_ban_needs_somebody_or_something(site):
    with pytest.raises(Invalid):
        bans.add(site.people.mona, reason='x')


# Where it is offered

def test_moderators_find_the_way_from_what_somebody_wrote(site, mona):
    site.page('Tea', 'x', author='edda', address='203.0.113.9')
    number = Revision.get().id
    answer = mona.get(f'/docs/Tea$revision/{number}')
    form = answer.click('Ban the address').forms['ban-form']
    assert form['network'].value == '203.0.113.9'
    assert answer.click('^Ban edda').forms['ban-form']['name'].value == 'edda'
    assert 'Ban edda' in mona.get('/users/edda') and 'Ban mona' not in mona.get('/users/mona')
    for name in ('edda', 'wanda'):
        page = site.login(name).get(f'/docs/Tea$revision/{number}')
        assert 'Ban ' not in page and '203.0.113.9' not in page


def test_moderators_see_on_the_page_of_a_person_that_there_is_a_ban(site, mona):
    actions.ban(site.people.mona, site.people.edda, reason='Vandalism', until=clock.now() + DAY)
    answer = mona.get('/users/edda')
    assert 'edda is banned; it ends' in answer and 'Vandalism' in answer and 'Ban edda' not in answer
    assert 'Vandalism' not in site.login('wanda').get('/users/edda')
    assert not mona.get('/moderation/cleanup/edda?days=7').forms.get('cleanup-form')


def test_the_log_lifts_no_other_ban(site):
    """A ban that ended long ago is deleted, and its number is not given again."""
    old = actions.ban(site.people.mona, network='198.51.100.7', reason='Spam', until=clock.now() + DAY)
    lift = f'/moderation/bans/{old.id}/lift'
    clock.advance(90 * DAY)
    delete_old_bans.call_local()
    actions.ban(site.people.mona, site.people.mallory, reason='Spam')
    mona = site.login('mona')
    csrf = mona.get('/moderation/bans').forms['ban-form']['csrf'].value
    assert mona.post(lift, {'csrf': csrf}, status=404)
    assert bans.of_person(site.people.mallory)


@pytest.mark.parametrize('network', ['::/64', '::/127', '127.0.0.0/16', '::1'])
def test_no_range_holds_the_machine_itself(site, network):
    with pytest.raises(Invalid):
        bans.add(site.people.mona, network=network, reason='Spam')


def test_a_ban_takes_no_mails_from_somebody_with_the_same_address(site):
    Person.update(email='ADA@example.org').where(Person.name == 'mallory').execute()
    window.pause(deliver.name)
    post('news', 'News', 'It changed.', [Recipient('ada@example.org')])
    actions.ban(site.people.mona, Person.named('mallory'), reason='Spam')
    assert Delivery.get().state == QUEUED


def test_a_banned_moderator_gets_no_mails_of_moderators(site):
    actions.ban(site.people.ada, site.people.mona, reason='Left in anger')
    assert [person.name for person in Person.moderators()] == ['ada']
