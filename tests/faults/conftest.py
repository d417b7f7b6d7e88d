"""What several of the fault tests hold."""
import crew
import pytest

from kuma_lite import db


@pytest.fixture
def crews(ledger_db, redis_url):
    """Starts processes of workers, see crew.py; the test has a connection to their database."""
    db.database.create_tables([crew.Effect])
    crews = crew.Crews(ledger_db / 'wiki.db', redis_url)
    yield crews
    crews.end()
