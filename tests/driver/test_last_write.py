"""The last write of a transaction: it goes with the commit, and nobody sees it before or takes it for saved too early."""

import pytest
from psycopg2 import extensions
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app import driver
from app.reading import send
from tests.driver.helpers import LOCKED, THINGS, TOGETHER, names, seen, status

ADDING = "INSERT INTO things (id, name) VALUES (%(id)s, %(name)s)"
LAST_QUERY = "SELECT query FROM pg_stat_activity WHERE pid = :pid"


def add_last(connection, id, name="50% off"):
    send(connection, ADDING, {"id": id, "name": name}, driver.LAST, frozenset({"id", "name"}))


@pytest.fixture
def planned(engine):
    """The engine, whose one connection knows the plan of ``ADDING``."""
    with engine.begin() as connection:
        add_last(connection, 3, "tarp")
    return engine


def test_the_last_write_goes_with_the_commit(planned, other):
    with planned.begin() as connection, other.connect() as elsewhere:
        assert seen(connection, TOGETHER) == [(3,)]
        pid = connection.connection.dbapi_connection.get_backend_pid()
        add_last(connection, 4)
        assert "FOR UPDATE" in elsewhere.scalar(text(LAST_QUERY), {"pid": pid}), "nothing is sent yet"
        elsewhere.rollback()
        connection.commit()
        ended = elsewhere.scalar(text(LAST_QUERY), {"pid": pid})
        assert ended.startswith("EXECUTE")
        assert ended.endswith("; COMMIT")
        assert elsewhere.scalar(text("SELECT name FROM things WHERE id = 4")) == "50% off"


@pytest.mark.parametrize("look", ["read", "write", "copy"])
def test_what_comes_after_it_all_the_same_finds_it_written(planned, look):
    with planned.begin() as connection:
        connection.execute(LOCKED, {"id": 1})
        add_last(connection, 4)
        if look == "read":
            assert names(connection) == ["rope", "axe", "tarp"], "the name is what NAMES leaves out"
            assert connection.scalar(select(func.count()).select_from(THINGS)) == 4
        elif look == "write":
            assert connection.execute(text("UPDATE things SET name = 'cord' WHERE id = 4")).rowcount == 1
        else:
            connection.connection.cursor().executemany("UPDATE things SET name = %s WHERE id = %s", [("cord", 4)])
    with planned.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(THINGS)) == 4


def test_it_is_taken_back_with_its_transaction(planned):
    with planned.connect() as connection:
        with connection.begin() as transaction:
            connection.execute(LOCKED, {"id": 1})
            add_last(connection, 4)
            transaction.rollback()
        connection.execute(text("UPDATE things SET name = 'rope' WHERE id = 1"))
        connection.commit()
        assert names(connection) == ["rope", "axe", "tarp"]


def test_what_is_wrong_with_it_is_the_commits_error_and_nothing_is_kept(planned):
    with planned.connect() as connection:
        connection.execute(text("UPDATE things SET name = 'cord' WHERE id = 1"))
        add_last(connection, 1)
        with pytest.raises(IntegrityError):
            connection.commit()
        assert status(connection) == extensions.TRANSACTION_STATUS_IDLE
        connection.rollback()
        assert names(connection) == ["rope", "axe", "tarp"]


def test_nobody_takes_it_for_saved_when_the_connection_is_gone(planned, other):
    with planned.connect() as connection, other.connect() as elsewhere:
        connection.execute(LOCKED, {"id": 1})
        add_last(connection, 4)
        pid = connection.connection.dbapi_connection.get_backend_pid()
        elsewhere.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(OperationalError):
            connection.commit()
    with planned.connect() as connection:
        assert names(connection) == ["rope", "axe", "tarp"]
