""""Would I get mail for this?": each matching watch, what mutes it, and what became of the last mail."""
import pytest

from kuma_lite.accounts.models import Person
from kuma_lite.mail.models import Delivery, Message
from kuma_lite.mail.muting import MOST, refused
from kuma_lite.watch import actions, topics
from kuma_lite.watch.models import Watch
from tests import smtp


@pytest.fixture
def page(site):
    return site.page('Drinks/Tea', 'Hot.', words='cup')


def panel(site, path='Drinks/Tea', name='wanda'):
    """The words of the panel, in one line."""
    answer = site.login(name).get(f'/docs/{path}')
    return ' '.join(answer.html.find('details', class_='would-i').text.split())


def test_it_says_no_and_offers_to_watch(site, page):
    assert 'No: you do not watch it.' in panel(site)
    forms = site.login('wanda').get('/docs/Drinks/Tea').forms.values()
    [form] = [form for form in forms if form.action.endswith('$subscribe_to_tree')]
    form.submit('watch')
    assert 'Yes, at once' in panel(site) and 'the page at "Drinks/Tea" and all below it' in panel(site)


def test_each_matching_watch_is_named_and_has_its_button(site, page):
    for topic in (topics.of_page(page), topics.of_tree('Drinks'), topics.of_tag('cup'), topics.WHOLE_SITE,
                  topics.NEW_PAGES, topics.of_tag('other'), topics.of_tree('Drinks/Tea/Green')):
        actions.start(site.people.wanda, topic)
    actions.start(site.people.mona, topics.of_tree('Drinks/Tea'))
    browser = site.login('wanda')
    answer = browser.get('/docs/Drinks/Tea')
    stops = [form for form in answer.forms.values() if form.action.endswith('/stop')]
    assert len(stops) == 4
    for form in stops:
        assert form.submit().location.endswith('/docs/Drinks/Tea')
    assert 'No: you do not watch it.' in panel(site)
    assert Watch.select().where(Watch.person == site.people.wanda).count() == 3


@pytest.mark.parametrize('frequency, words', [
    ('at once', 'Yes, at once, if somebody else changes it and it is no minor edit.'),
    ('quiet', 'Yes, once nobody has changed it for half an hour'),
    ('daily', 'Yes, in your daily mail at 07:00'),
    ('weekly', 'Yes, in your weekly mail, on Sunday at 07:00'), ('never', 'No: you have stopped all mails')])
def test_it_says_when(site, page, frequency, words):
    actions.watch(site.people.wanda, page)
    actions.prefer(site.people.wanda, frequency, 7, 0, False)
    assert words in panel(site)


def test_it_says_what_mutes_it(site, page):
    actions.watch(site.people.wanda, page)
    for _ in range(MOST):
        refused('wanda@example.org', '550 No such person <here>')
    assert 'It said: 550 No such person <here>' in panel(site)
    Person.update(email='').where(Person.name == 'wanda').execute()
    assert 'No: your account has no mail address' in panel(site)


def test_it_says_what_became_of_the_last_mail(site, page):
    actions.watch(site.people.wanda, page)
    assert 'The last mail' not in panel(site)
    with smtp.Server() as server:
        site.page('Drinks/Tea', 'a')
        site.settle()
        assert 'The last mail to you about this page was sent just now' in panel(site)
        server.mode = 'refuse'
        site.page('Drinks/Tea', 'b')
        site.settle()
        assert 'was refused : 550' in panel(site)
    site.page('Other')
    assert 'The last mail' not in panel(site, 'Other')
    actions.watch(site.people.mona, page)
    assert 'The last mail' not in panel(site, name='mona')
    assert Delivery.select().join(Message).where(Message.thread == f'page:{page.id}').count() == 2


def test_strangers_do_not_see_it(site, page):
    assert site.app.get('/docs/Drinks/Tea').html.find('details', class_='would-i') is None
