"""What is promised to whoever begins to watch is what comes."""
import pytest

from kuma_lite.watch import actions, topics
from kuma_lite.watch.models import WatchPreference

KINDS = [('tree', 'Drinks', 'changes the page at "Drinks" and all below it'),
         ('tag', 'hot', 'changes a page with the tag "hot"'),
         ('site', '', 'changes any page'), ('new', '', 'writes a new page')]


def begin(site, kind='site', target=''):
    """The words after the button was pressed."""
    form = site.login('wanda').get('/watches').forms[f'watch-{kind}']
    form['target'] = target
    return form.submit('watch').follow().html.select_one('.flash').text


@pytest.mark.parametrize(('kind', 'target', 'words'), KINDS)
def test_each_kind_says_what_causes_a_mail(site, kind, target, words):
    assert begin(site, kind, target) == f'You will get a mail when somebody {words}.'


def test_of_a_page_it_is_its_title(site):
    site.page('Tea')
    form = next(form for form in site.login('wanda').get('/docs/Tea').forms.values()
                if form.action.endswith('$subscribe'))
    assert form.submit('watch').follow().html.select_one('.flash').text.endswith('changes the page "Tea".')


def test_it_says_when_the_mail_comes(site):
    actions.prefer(site.people.wanda, 'daily', 7, 0, True)
    assert begin(site).endswith('changes any page, in your daily mail at 07:00.')


def test_no_mail_is_promised_to_whom_none_goes(site):
    actions.prefer(site.people.wanda, 'never', 7, 0, True)
    assert 'but get no mail about it: you have stopped all mails' in begin(site)
    assert 'you have stopped all mails' in head(site)


def test_nor_to_an_account_without_an_address(site):
    site.people.wanda.email = ''
    site.people.wanda.save()
    assert 'but get no mail about it: your account has no mail address' in begin(site)
    assert 'your account has no mail address' in head(site)
    assert WatchPreference.of(site.people.wanda).frequency == 'at once'


def head(site):
    return site.login('wanda').get('/watches').html.select_one('.page-head').text


def test_the_list_says_to_which_address_and_when(site):
    actions.start(site.people.wanda, topics.WHOLE_SITE)
    assert f'told to {site.people.wanda.email}, at once.' in ' '.join(head(site).split())
