"""Statements: queries whose SQL is built once give what the query would give."""
import threading

import pytest

from kuma_lite import db
from kuma_lite.statements import Statement, slot
from kuma_lite.wiki.models import Page, Revision

NEWEST = Statement(lambda: Revision.listed().limit(1).where(
    Revision.page == slot('page'), Revision.id >= slot('least')))


def test_the_rows_are_those_of_the_query_with_what_it_joins(site):
    page = site.page('Tea', 'Hot.')
    site.page('Tea', 'Cold.', author='ada')
    found, wanted = NEWEST.first(page=page.id, least=0), Revision.listed(page).first()
    assert found == wanted and found.__data__ == wanted.__data__
    assert (found.author, found.growth, found.author.name) == (wanted.author, 1, 'ada')


def test_nothing_is_kept_from_one_use_to_the_next(site):
    first, second = site.page('Tea'), site.page('Coffee')
    assert [NEWEST.first(page=page.id, least=1).page_id for page in (first, second)] == [first.id, second.id]
    assert NEWEST.all(page=first.id, least=10 ** 6) == [] and NEWEST.first(page=0, least=0) is None


def test_a_value_is_only_a_value(site):
    by_key = Statement(lambda: Page.select().where(Page.key == slot('key')))
    site.page('Tea')
    assert by_key.first(key="tea' OR '1'='1") is None and by_key.first(key='?') is None
    assert by_key.first(key='tea').path == 'Tea'


def test_a_value_that_is_not_given_is_an_error(site):
    with pytest.raises(KeyError):
        NEWEST.first(page=1)


def test_it_serves_the_database_that_is_open_on_every_thread(site_in):
    titles = []

    def ask():
        with db.connection():
            titles.extend(page.title for page in Statement(lambda: Page.select()).all())
            titles.extend(found.title for found in [NEWEST.first(page=1, least=1)])

    for number in range(2):
        with site_in('inline', f'data{number}') as site:
            site.page('Tea', title=f'Tea {number}')
            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()
    assert titles == ['Tea 0'] * 2 + ['Tea 1'] * 2
