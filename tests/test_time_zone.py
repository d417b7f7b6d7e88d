"""Each person reads times in a time zone of their own; strangers, and machines, do not notice."""
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from account_base import fill

from kuma_lite import clock, text
from kuma_lite.accounts.models import Person
from kuma_lite.config import settings
from kuma_lite.stats.filters import Filter
from kuma_lite.watch import actions as watching
from kuma_lite.watch.models import Pending
from kuma_lite.wiki.models import Revision


@pytest.fixture
def edda(site):
    return site.login('edda')


def choose(browser, zone):
    return fill(browser.get('/account/time-zone').forms['zone-form'], zone=zone).submit(expect_errors=True)


def titles(page):
    """[(what programs read, what people read), …] of the times on a page."""
    return re.findall('<time datetime="([^"]+)" title="([^"]+)"', page.text)


def test_it_is_that_of_the_site_until_one_is_chosen(edda):
    assert 'UTC, that of the site' in edda.get('/account')
    answer = choose(edda, 'asia/seoul ').follow()
    assert 'Times are in Asia/Seoul from now on' in answer and 'that of the site' not in answer
    form = edda.get('/account/time-zone').forms['zone-form']
    assert form['zone'].value == 'Asia/Seoul' and 'KST' in edda.get('/account/time-zone')
    choose(edda, '')
    assert 'UTC, that of the site' in edda.get('/account')


def test_every_date_that_a_person_sees_is_in_it(site, edda):
    site.page('Tea', 'Hot.')
    site.page('Tea', 'Hotter.')
    choose(edda, 'Asia/Seoul')
    for address in ('/docs/Tea', '/docs/Tea$history', '/docs/Tea$revision/1', '/recent', '/users/edda',
                    '/account', '/dashboards/revisions'):
        found = titles(edda.get(address))
        assert found and all(title.endswith(' KST') for _, title in found), address
        assert all(machine.endswith('Z') for machine, _ in found), address


def test_it_is_the_same_moment(site, edda):
    site.page('Tea', 'Hot.')
    choose(edda, 'America/St_Johns')
    [(machine, title), *_] = titles(edda.get('/docs/Tea$history'))
    at = Revision.get().created_at
    assert machine == text.iso(at) and title == text.exact(at, 'America/St_Johns')


def test_others_see_their_own_and_strangers_that_of_the_site(site, edda):
    settings.site.timezone = 'Europe/Berlin'
    site.page('Tea', 'Hot.')
    choose(edda, 'Asia/Seoul')
    ends = {}
    for name, browser in (('edda', edda), ('stranger', site.browser()), ('wanda', site.login('wanda')),
                          ('again', site.browser()), ('edda again', edda)):
        ends[name] = {title.split()[-1] for _, title in titles(browser.get('/docs/Tea'))}
    assert ends['edda'] == ends['edda again'] == {'KST'}
    assert ends['stranger'] == ends['wanda'] == ends['again'] <= {'CET', 'CEST'}


def test_days_begin_at_midnight_there(site, edda):
    moment = datetime(2030, 3, 4, 20, tzinfo=ZoneInfo('UTC')).timestamp()      # the next day in Seoul
    clock.advance(moment - clock.now())
    site.page('Tea', 'Hot.')
    later = site.login('edda')
    assert 'Today, 4 March 2030' in later.get('/recent')
    choose(later, 'Asia/Seoul')
    assert 'Today, 5 March 2030' in later.get('/recent') and 'Today, 4 March' in site.app.get('/recent')
    person, ids = Person.named('edda'), [Revision.get().id]
    assert Filter(since='2030-03-05').ids(person=person) == ids
    assert Filter(since='2030-03-05').ids() == Filter(until='2030-03-04').ids(person=person) == []


def test_a_daily_mail_comes_at_the_hour_there(site, edda):
    watching.prefer(site.people.edda, 'daily', 8, 1, True)
    watching.watch(site.people.edda, site.page('Tea', 'Hot.'))
    site.page('Tea', 'Hotter.', author='mona')
    site.settle()
    assert hour(Pending.get().due_at, 'UTC') == 8
    choose(edda, 'Asia/Seoul')          # what waits already, too
    assert hour(Pending.get().due_at, 'Asia/Seoul') == 8
    site.page('Coffee', 'Hot.')
    watching.watch(site.people.edda, site.page('Coffee', 'Hot.'))
    site.page('Coffee', 'Hotter.', author='mona')
    site.settle()
    assert [hour(row.due_at, 'Asia/Seoul') for row in Pending.select()] == [8, 8]
    assert 'Times are in Asia/Seoul.' in edda.get('/watches')


def hour(moment, zone):
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).hour


def test_what_is_no_time_zone_is_a_sentence_and_stays_in_the_form(edda):
    for zone in ('Mars/Olympus', '../../etc/passwd', '/etc/localtime', 'UTC+1', 'ü' * 60):
        answer = choose(edda, zone)
        assert answer.status_int == 422 and 'is no time zone' in answer.html.find(class_='error').text
        assert answer.forms['zone-form']['zone'].value == zone and Person.named('edda').timezone == ''


def test_zones_are_offered_while_one_types(edda):
    offered = re.findall('<option value="([^"]+)"', edda.get('/account/time-zone').text)
    assert {'UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'} < set(offered)
    assert set(offered) < set(text.zones().values())
    assert not re.search('Etc|posix|US/', ' '.join(offered))


def test_a_zone_that_this_machine_does_not_know_any_more_is_that_of_the_site(site):
    Person.update(timezone='Europe/Atlantis').where(Person.key == 'edda').execute()
    assert 'UTC' in site.login('edda').get('/account') and Person.named('edda').zone == 'UTC'
