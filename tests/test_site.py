"""What admins choose about the site on the web: that it counts at once and everywhere, what beats it, what is
refused, and how it is taken back."""
import re

import pytest
from logos import keep, take_back

from base import settings_for
from kuma_lite import app, chosen, db, queue
from kuma_lite.config import load, settings
from kuma_lite.findings import Visit
from kuma_lite.moderation.models import Entry
from kuma_lite.site import actions, checkup
from kuma_lite.site.models import Setting


def choose(browser, **fields):
    """Fill in the form of /site and send it."""
    form = browser.get('/site').forms['site-form']
    for name, value in fields.items():
        form[name] = value
    return form.submit(expect_errors=True)


def title(answer):
    return re.search('<title>(.*?)</title>', answer.text)[1]


def field(answer, name):
    """The tag of a field of the form."""
    return re.search(f'<input id="{name}"[^>]*>', answer.text)[0]


def test_a_name_counts_at_once_for_everybody(site):
    site.page('Home', 'Hello.')
    keep(site, '/')
    assert title(site.app.get('/')) == 'Home · Kuma Lite'
    assert title(choose(site.login('ada'), name='The tea house').follow()) == 'This site · The tea house'
    assert title(site.app.get('/')) == 'Home · The tea house'


def test_another_home_page_even_one_that_is_not_written_yet(site):
    site.page('Home', 'The old one.')
    site.page('Start', 'The new one.')
    assert 'The old one.' in site.app.get('/')
    ada = site.login('ada')
    choose(ada, home='start')
    assert 'The new one.' in site.app.get('/')
    assert 'There is no such page yet' in choose(ada, home='Not there').follow()
    assert 'Welcome to' in site.app.get('/')


def test_it_is_known_to_another_process_and_after_a_restart(site):
    choose(site.login('ada'), name='Elsewhere')
    app.configure(settings_for(settings.server.data))       # as a process does that begins now
    assert settings.site.name == 'Kuma Lite'
    chosen.refresh()
    assert settings.site.name == 'Elsewhere'


def test_tasks_know_it_too(site, tasks):
    found = []
    say = queue.task(name='say')(lambda: found.append(settings.site.name))
    with db.atomic():
        Setting.create(key='name', value='Tea', person=site.people.ada)     # as another process does
        say()
    site.settle()
    assert found == ['Tea']


def test_what_is_empty_or_the_same_follows_config_ini(site):
    ada = site.login('ada')
    choose(ada, name='Tea')
    choose(ada, name='')
    assert (settings.site.name, Setting.newest('name')) == ('Tea', None)
    ada.get('/')
    assert settings.site.name == 'Kuma Lite'
    before = actions.state()
    choose(ada, name='Kuma Lite', home='Home')
    assert actions.state() == before


@pytest.fixture
def forced(site):
    """The environment says how the site is called, and what is chosen on the web says something else."""
    with db.atomic():
        Setting.create(key='name', value='Web', person=site.people.ada)
    environ = {'KUMA_SITE_NAME': 'Environment'}
    app.configure(load(environ=environ, flags={('server', 'data'): settings.server.data,
                                               ('site', 'base_url'): 'http://wiki.test'}))
    return site


def test_the_environment_beats_it_and_the_page_says_so(forced):
    ada = forced.login('ada')
    page = ada.get('/site')
    assert title(page) == 'This site · Environment'
    assert 'KUMA_SITE_NAME says so' in page
    assert 'readonly' in field(page, 'name') and 'readonly' not in field(page, 'home')
    answer = choose(ada, name='Other')
    assert answer.status_int == 422 and 'KUMA_SITE_NAME says what' in answer
    assert choose(ada, home='Start').status_int == 303
    assert (settings.site.name, Setting.newest('name')) == ('Environment', 'Web')


def test_a_flag_is_named_as_well(tmp_path):
    found = load(environ={}, flags={('site', 'name'): 'Flag'})
    assert found.forced == {('site', 'name'): '--name'}


def test_the_doctor_says_what_does_not_count_and_what_leads_nowhere(forced):
    choose(forced.login('ada'), sidebar='Nowhere')
    found = [finding.what for finding in checkup.look(Visit(None, running=True))]
    assert any('KUMA_SITE_NAME says “Environment”' in what for what in found)
    assert any('[site] sidebar is “Nowhere”' in what for what in found)
    assert len(found) == 2      # a wiki without its home page is a new one


def test_what_cannot_be_is_refused_and_stays_in_the_form(site):
    ada = site.login('ada')
    for name, value, words in [('name', 'x' * 61, '60 fit'), ('name', 'a\u202eb', 'nobody sees'),
                               ('home', 'a?b', 'not the path'), ('sidebar', '../x', 'not the path'),
                               ('help', 'a$b', 'not the path')]:
        answer = choose(ada, **{name: value})
        assert answer.status_int == 422 and words in answer
        assert answer.forms['site-form'][name].value == value
    assert actions.state() == 0


def test_of_two_admins_at_once_none_undoes_what_the_other_did_unseen(site):
    ada = site.login('ada')
    old = ada.get('/site').forms['site-form']
    choose(ada, name='Tea')
    old['home'] = 'Start'
    answer = old.submit(expect_errors=True)
    assert answer.status_int == 409 and 'Another admin' in answer
    assert answer.forms['site-form']['home'].value == 'Start'
    assert settings.site.name == 'Tea'


def test_it_is_in_the_log_and_can_be_taken_back_there(site):
    ada = site.login('ada')
    choose(ada, name='Tea')
    choose(ada, name='Coffee')
    entry, first = Entry.listed()
    assert (entry.person.name, entry.title) == ('ada', 'the name of this site')
    assert entry.reason == '“Tea” → “Coffee”'
    assert entry.way_back and not first.way_back
    take_back(ada)
    assert title(site.app.get('/')) == 'Welcome · Tea'
    assert Entry.get_by_id(entry.id).undone_at
    assert Entry.listed().first().reason == '“Coffee” → “Tea”'


def test_what_was_changed_since_is_not_taken_back(site):
    ada = site.login('ada')
    choose(ada, name='Tea')
    number = actions.state()
    choose(ada, name='Coffee')
    csrf = {'csrf': ada.get('/site').forms['site-form']['csrf'].value}
    assert 'has changed the name' in ada.post(f'/site/choices/{number}/undo', csrf, status=409)
    assert settings.site.name == 'Coffee'


def test_moderators_read_who_did_it_without_a_button_that_is_not_for_them(site):
    choose(site.login('ada'), sidebar='Hidden/Away')
    log = site.login('mona').get('/moderation/log')
    assert 'the sidebar' in log and 'Take it back' not in log
    assert 'Hidden' not in log      # a page that she may not read, perhaps
    assert 'Hidden/Away' in site.login('ada').get('/moderation/log')


def test_who_makes_the_first_account_is_led_to_it(site):
    welcome = site.login('ada').get('/').text.partition('<main')[2]
    assert 'href="/site"' in welcome and 'href="/help/syntax"' in welcome
    assert 'href="/site"' not in site.login('edda').get('/')
