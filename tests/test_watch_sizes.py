"""Mails about very much stay small enough for mail servers, and can be sent at all."""
import pytest

from kuma_lite import clock, db
from kuma_lite.watch import actions, tasks, topics
from kuma_lite.watch.models import News, Pending
from kuma_lite.wiki.models import Page
from tests import smtp

HOUR, DAY = 3600, 24 * 3600


@pytest.fixture
def server(site):
    with smtp.Server() as server:
        yield server


def look(site, seconds):
    """Turn the clock on, and do what the scheduler does then."""
    clock.advance(seconds)
    tasks.look_for_due_mails()
    site.settle()


def test_a_digest_of_a_whole_import_can_be_sent(site, server):
    """Mail servers refuse what has some megabytes, and after three such refusals nothing more is sent."""
    actions.start(site.people.wanda, topics.WHOLE_SITE)
    actions.prefer(site.people.wanda, 'daily', 8, 1, True)
    site.page('Tea', 'Tea ' * 10)
    site.settle()
    news = News.get()
    pages = [{**Page.get().__data__, 'id': 1000 + number, 'key': f'p{number}', 'path': f'P{number}',
              'name': None} for number in range(900)]
    with db.atomic():
        Page.insert_many(pages).execute()
        for page in pages:
            added = News.create(**{**news.__data__, 'id': None, 'key': f'n{page["id"]}', 'page': page['id']})
            Pending.create(person=site.people.wanda, news=added, page=page['id'], at=news.at, due_at=news.at)
    look(site, DAY)
    [mail] = server.mails
    assert mail['Subject'].endswith('901 pages have changed')
    assert 'And 601 more' in mail.text and 'And 601 more' in mail.html
    assert len(mail.text) < 300_000 and len(mail.html) < 700_000 and not Pending.select().exists()


def test_thousands_of_edits_of_one_page_fit_into_a_mail(site, server):
    tea = site.page('Tea', 'One')
    actions.watch(site.people.wanda, tea)
    actions.prefer(site.people.wanda, 'quiet', 8, 1, True)
    site.page('Tea', 'Two', comment='c' * 255)
    site.settle()
    news = News.get()
    rows = [{**news.__data__, 'id': None, 'key': f'n{number}'} for number in range(1000)]
    with db.atomic():
        for row in rows:
            Pending.create(person=site.people.wanda, news=News.create(**row), page=tea.id, at=news.at,
                           due_at=news.at)
    look(site, HOUR)
    [mail] = server.mails
    assert 'was changed 1001 times' in mail.text and '(971 times before these)' in mail.text
    assert '1,001 changes' in mail.html
    assert len(mail.text) < 20_000 and len(mail.html) < 40_000
