"""Where the old name of somebody leads who has another one now."""
from base import password
from kuma_lite import clock, db
from kuma_lite.account import actions
from kuma_lite.accounts import actions as accounts
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings

MONTHS = 31 * 86400


def rename(site, name):
    with db.atomic():
        accounts.rename(Person.get_by_id(site.people.edda.id), name)


def test_it_leads_to_the_page_under_the_new_name(site):
    rename(site, 'Rosa & Ö')
    answer = site.app.get('/users/EDDA')
    assert (answer.status_int, answer.headers['Location']) == (302, '/users/Rosa%20%26%20%C3%96')
    assert 'Rosa &amp; Ö' in site.app.get(answer.headers['Location'])
    rename(site, 'Third')
    addresses = ['/users/edda', '/users/rosa%20&%20%C3%B6']
    targets = {site.app.get(address).headers['Location'] for address in addresses}
    assert targets == {'/users/Third'}


def test_the_name_that_was_taken_back_leads_nowhere_else(site):
    rename(site, 'Rosa')
    clock.advance(MONTHS)
    rename(site, 'edda')
    assert site.app.get('/users/edda').status_int == 200
    assert site.app.get('/users/Rosa').headers['Location'] == '/users/edda'


def test_what_was_followed_under_the_old_name_goes_on(site):
    rename(site, 'Rosa')
    site.page('Tea', 'Hot.', author='edda')
    for address in ('/recent?by=edda', '/feeds/atom/user/edda'):
        assert 'Tea' in site.app.get(address), address


def test_who_has_left_is_not_found_by_it(site):
    rename(site, 'Rosa')
    for name in (False, True):      # whether the new name stays
        with db.atomic() as transaction:
            actions.leave(Person.get_by_id(site.people.edda.id), password('edda'), name)
            assert site.app.get('/users/edda', status=404)
            transaction.rollback()
    assert site.app.get('/users/edda').status_int == 302


def test_strangers_of_a_closed_wiki_learn_nothing(site):
    rename(site, 'Rosa')
    settings.site.read = 'members'
    answers = [site.app.get(f'/users/{name}', status=401) for name in ('edda', 'otto')]
    assert answers[0].text.replace('edda', 'otto') == answers[1].text
