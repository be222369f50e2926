"""Statements by name, transactions that begin late, and connections that have died while nobody looked."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg2 import extensions, sql
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from app import driver
from app.driver import prepared, read
from app.reading import send
from tests.database import fresh_database

THINGS = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))
NAMES = read(
    select(THINGS.c.name).where(THINGS.c.id > bindparam("above"), THINGS.c.name != "50% off").order_by(THINGS.c.id)
)
LOCKED = prepared(select(THINGS.c.name).where(THINGS.c.id == bindparam("id")).with_for_update())
PLANS = "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements ORDER BY name"


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


def names(connection, above=0):
    return list(connection.scalars(NAMES, {"above": above}))


def status(connection):
    return connection.connection.dbapi_connection.get_transaction_status()


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


def alter(other):
    """As a migration would, while others are connected."""
    with other.begin() as elsewhere:
        elsewhere.execute(text("ALTER TABLE things ALTER name TYPE varchar(80)"))


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


TOGETHER = driver.THEN.join(
    ("SELECT 1 FROM things WHERE id = %(id)s FOR UPDATE", "SELECT count(*) FROM things WHERE name <> '50%%'")
)
BOTH_AT_ONCE = "SELECT (SELECT count(*) FROM things) FROM things WHERE id = %(id)s FOR UPDATE"


def seen(connection, query):
    """What it gives for the first thing, sent as readings are."""
    return send(connection, query, {"id": 1}, driver.PREPARED, frozenset({"id"})).fetchall()


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
