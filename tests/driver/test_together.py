"""Statements that go together: one message, and each sees its own moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg2 import extensions
from sqlalchemy import text

from app import driver
from tests.driver.helpers import PLANS, TOGETHER, alter, seen, status

BOTH_AT_ONCE = "SELECT (SELECT count(*) FROM things) FROM things WHERE id = %(id)s FOR UPDATE"


@pytest.mark.parametrize("prepares", [True, False], ids=["by name", "as it is"])
def test_statements_that_go_together_are_one_message_and_each_sees_its_own_moment(engine, other, prepares):
    def look(query, started):
        with engine.begin() as connection:
            connection.connection.dbapi_connection.prepares = prepares
            started.set()
            return seen(connection, query)

    def look_while_somebody_adds(query):
        """What a look says that has to wait for the row, while its holder adds a thing."""
        started = threading.Event()
        with ThreadPoolExecutor(1) as pool, other.connect() as elsewhere:
            elsewhere.execute(text("SELECT 1 FROM things WHERE id = 1 FOR UPDATE"))
            waiting = pool.submit(look, query, started)
            started.wait(30)
            deadline = time.monotonic() + 300
            while not elsewhere.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                assert time.monotonic() < deadline
            elsewhere.execute(text("INSERT INTO things SELECT max(id) + 1, 'tarp' FROM things"))
            elsewhere.commit()
            return waiting.result(30)

    assert look_while_somebody_adds(TOGETHER) == [(3,)]
    assert look_while_somebody_adds(BOTH_AT_ONCE) == [(3,)], (
        "the control: it sees three of four, those of before the wait"
    )
    with engine.begin() as connection:
        assert seen(connection, TOGETHER) == [(4,)]
        assert status(connection) == extensions.TRANSACTION_STATUS_INTRANS
        made = [query for query, _ in connection.execute(text(PLANS)).all()]
    assert len(made) == (3 if prepares else 0)


def test_what_goes_together_survives_a_table_that_is_altered(engine, other):
    query = driver.THEN.join(
        ("SELECT * FROM things WHERE id = %(id)s FOR UPDATE", "SELECT name FROM things ORDER BY id")
    )
    for _ in range(2):
        with engine.begin() as connection:
            assert seen(connection, query) == [("rope",), ("axe",)]
        alter(other)
