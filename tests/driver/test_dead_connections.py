"""Connections that have died while nobody looked."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app import driver
from tests.driver.helpers import names


def end(engine, other):
    """End the one connection of the pool from outside, as a restart of PostgreSQL does."""
    with engine.connect() as connection:
        pid = connection.connection.dbapi_connection.get_backend_pid()
    with other.connect() as elsewhere:
        elsewhere.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    return pid


def test_a_connection_that_died_while_it_idled_is_replaced_and_its_plans_forgotten(engine, other, monkeypatch):
    with engine.connect() as connection:
        names(connection)
    monkeypatch.setattr(driver, "IDLE", 0.0)
    pid = end(engine, other)
    with engine.connect() as connection:
        assert names(connection) == ["rope", "axe"]
        assert connection.connection.dbapi_connection.get_backend_pid() != pid


def test_one_that_was_in_use_a_moment_ago_is_not_asked(engine, other, monkeypatch):
    monkeypatch.setattr(driver, "IDLE", 3600.0)
    end(engine, other)
    with pytest.raises(OperationalError), engine.connect() as connection:
        names(connection)
    with engine.connect() as connection:
        assert names(connection) == ["rope", "axe"]
