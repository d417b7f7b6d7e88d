"""/outbox: the mails of a site without a mail server, readable by its admins."""
from kuma_lite.watch import actions as watching
from kuma_lite.watch.models import Watch


def mailed(site):
    page = site.page('Tea', 'Hot.')
    watching.watch(site.people.wanda, page)
    site.page('Tea', 'Cold, and a line so long that quoted-printable breaks it: ' + 'word ' * 30)
    site.settle()
    return site.login('ada').get('/outbox')


def test_the_list_says_to_whom_about_what_and_when(site):
    listing = mailed(site)
    assert 'wanda@example.org' in listing and 'Page &quot;Tea&quot; changed by edda' in listing
    assert 'datetime=' in listing


def test_a_mail_is_readable_and_its_source_is_there(site):
    mail = mailed(site).click('Page')
    assert '+Cold, and a line so long' in mail and f'?key={Watch.get().secret}' in mail
    source = mail.click('as it would be sent')
    assert source.content_type == 'text/plain' and 'List-Unsubscribe' in source


def test_an_empty_one_says_why(site):
    assert 'No mail is waiting' in site.login('ada').get('/outbox')
