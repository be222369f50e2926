"""An engine that was taught, over things in a database of their own, and one that was not."""

import pytest
from sqlalchemy import create_engine, insert

from app import driver
from tests.database import fresh_database
from tests.driver.helpers import THINGS


@pytest.fixture(scope="module")
def url():
    with fresh_database() as url:
        yield url


@pytest.fixture
def engine(url):
    engine = create_engine(url, pool_size=1, max_overflow=0)
    driver.teach(engine)
    THINGS.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(THINGS), [{"id": 1, "name": "rope"}, {"id": 2, "name": "axe"}])
    yield engine
    THINGS.metadata.drop_all(engine)
    engine.dispose()


@pytest.fixture
def other(url):
    """Somebody else, with psycopg2 as it always is."""
    engine = create_engine(url)
    yield engine
    engine.dispose()
