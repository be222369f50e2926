"""Statements by name: planned once, planned again when a table was altered, and sent as they are when a name is gone."""

import pytest
from psycopg2 import extensions
from sqlalchemy import create_engine, event, func, insert, select, text
from sqlalchemy.exc import OperationalError

from app import driver
from app.driver import read
from tests.driver.helpers import LOCKED, PLANS, THINGS, alter, names, status


def test_a_marked_statement_is_planned_once_and_listeners_see_its_sql(engine):
    seen = []
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: seen.append(statement))
    with engine.connect() as connection:
        assert (names(connection), names(connection, 1)) == (["rope", "axe"], ["axe"])
        assert len(seen) == 2
        assert all(statement.startswith("SELECT things.name") for statement in seen)
        ((made, used),) = connection.execute(text(PLANS)).all()
        assert "PREPARE" in made
        assert "$1" in made
        assert "50% off" in made, "what never changes is a part of the plan"
        assert used == 2


def test_what_is_not_marked_is_not_prepared(engine):
    with engine.connect() as connection:
        connection.execute(select(THINGS).where(THINGS.c.id == 1))
        assert connection.execute(text(PLANS)).all() == []


def test_a_table_that_is_altered_meanwhile_breaks_no_read(engine, other):
    with engine.connect() as connection:
        names(connection)
        alter(other)
        assert names(connection) == ["rope", "axe"]
        assert names(connection) == ["rope", "axe"]
        assert len(connection.execute(text(PLANS)).all()) == 2, "the old plan, and the new one"


def test_nor_the_statement_that_begins_a_transaction(engine, other):
    with engine.connect() as connection:
        connection.scalar(LOCKED, {"id": 1})
        connection.commit()
        alter(other)
        assert connection.scalar(LOCKED, {"id": 1}) == "rope"
        assert status(connection) == extensions.TRANSACTION_STATUS_INTRANS


def test_a_transaction_that_had_begun_is_lost_and_the_next_one_is_not(engine, other):
    with engine.connect() as connection:
        names(connection)
        alter(other)
        connection.execute(insert(THINGS), {"id": 3, "name": "tarp"})
        with pytest.raises(OperationalError, match="no longer holds"):
            names(connection)
        connection.rollback()
        connection.execute(insert(THINGS), {"id": 3, "name": "tarp"})
        assert names(connection) == ["rope", "axe", "tarp"]


def test_a_name_that_is_gone_ends_the_preparing(engine):
    """As when a pooler, of which nobody had known, hands out another of PostgreSQL's connections."""
    with engine.connect() as connection:
        names(connection)
        connection.execute(text("DEALLOCATE ALL"))
        connection.commit()
        assert names(connection) == ["rope", "axe"]
        assert connection.execute(text(PLANS)).all() == []
        assert not connection.connection.dbapi_connection.prepares


def test_a_connection_keeps_so_many_plans_and_no_more(engine, monkeypatch):
    monkeypatch.setattr(driver, "MOST_PLANS", 2)
    with engine.connect() as connection:
        for length in range(-2, 2):
            statement = read(select(THINGS.c.id).where(func.length(THINGS.c.name) > length))
            assert connection.scalars(statement).all()
        assert len(connection.execute(text(PLANS)).all()) == 2


def test_a_setting_turns_it_off(url, engine):
    plain = create_engine(url)
    driver.teach(plain, prepares=False)
    with plain.connect() as connection:
        assert names(connection) == ["rope", "axe"]
        assert connection.execute(text(PLANS)).all() == []
    plain.dispose()
