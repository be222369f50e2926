"""Transactions that begin late: with the first statement that needs one, however it is sent."""

import pytest
from psycopg2 import extensions, sql
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from tests.driver.helpers import LOCKED, THINGS, names, status


def test_a_read_needs_no_transaction_and_the_first_write_begins_one(engine, other):
    with engine.connect() as connection:
        names(connection)
        assert status(connection) == extensions.TRANSACTION_STATUS_IDLE
        connection.execute(insert(THINGS), {"id": 3, "name": "tarp"})
        assert status(connection) == extensions.TRANSACTION_STATUS_INTRANS
        assert names(connection) == ["rope", "axe", "tarp"]
        with other.connect() as elsewhere:
            assert elsewhere.scalar(select(func.count()).select_from(THINGS)) == 2
        connection.rollback()
        assert names(connection) == ["rope", "axe"]
        connection.execute(insert(THINGS), [{"id": 4, "name": "pan"}, {"id": 5, "name": "pot"}])
        connection.commit()
    with other.connect() as elsewhere:
        assert elsewhere.scalar(select(func.count()).select_from(THINGS)) == 4


def test_a_lock_is_held_until_the_commit(engine, other):
    with engine.connect() as connection, other.connect() as elsewhere:
        assert connection.scalar(LOCKED, {"id": 1}) == "rope"
        with pytest.raises(OperationalError, match="could not obtain lock"):
            elsewhere.execute(text("SELECT 1 FROM things WHERE id = 1 FOR UPDATE NOWAIT"))
        elsewhere.rollback()
        connection.commit()
        elsewhere.execute(text("SELECT 1 FROM things WHERE id = 1 FOR UPDATE NOWAIT"))


def test_an_error_ends_the_transaction_and_not_the_connection(engine):
    with engine.connect() as connection:
        connection.execute(insert(THINGS), {"id": 3, "name": "tarp"})
        with pytest.raises(ProgrammingError):
            connection.execute(text("SELECT nothing FROM nowhere"))
        connection.rollback()
        assert names(connection) == ["rope", "axe"]


@pytest.mark.parametrize("begin", ["executemany", "copy_expert", "SQL object"])
def test_no_other_way_to_send_a_statement_escapes_the_transaction(engine, begin):
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        with raw.cursor() as cursor:
            if begin == "executemany":
                cursor.executemany("INSERT INTO things VALUES (%s, %s)", [(3, "tarp"), (4, "pan")])
            elif begin == "copy_expert":
                with open("/dev/null", "w") as nowhere:  # noqa: PTH123
                    cursor.copy_expert("COPY things TO STDOUT", nowhere)
            else:
                cursor.execute(sql.SQL("INSERT INTO things VALUES (3, 'tarp')"))
        assert status(connection) == extensions.TRANSACTION_STATUS_INTRANS
        raw.rollback()
        assert names(connection) == ["rope", "axe"]


def test_autocommit_and_isolation_levels_are_psycopg2s_own(engine, other):
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(insert(THINGS), {"id": 3, "name": "tarp"})
        connection.rollback()
        assert names(connection) == ["rope", "axe", "tarp"]
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        before = names(connection)
        with other.begin() as elsewhere:
            elsewhere.execute(text("DELETE FROM things WHERE id = 3"))
        assert names(connection) == before, "this read, too, belongs to the transaction"
    with engine.connect() as connection:
        assert names(connection) == ["rope", "axe"]
        connection.execute(text("DELETE FROM things"))
        connection.rollback()
        assert names(connection) == ["rope", "axe"]
