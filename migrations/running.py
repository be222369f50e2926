"""A migration that does not get in the way: one at a time, never long in a queue for a lock, and again if it had to give way.

A statement such as ALTER TABLE that waits for its lock makes everybody who comes after it wait, too. So it waits a short time
(``MIGRATION_LOCK_TIMEOUT``), lets the others pass, and tries again for as long as ``MIGRATION_PATIENCE`` says. How only
one migration runs at a time, and why that way: ``docs/decisions/0006-one-migration-at-a-time.md``.
"""

import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.util import CommandError
from psycopg2 import errorcodes
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

log = logging.getLogger("migrations")

# Two may find no table and both make it: the slower one is told so in one of these words.
MADE_BY_ANOTHER = {errorcodes.UNIQUE_VIOLATION, errorcodes.DUPLICATE_TABLE, errorcodes.DUPLICATE_OBJECT}
GAVE_WAY = {errorcodes.LOCK_NOT_AVAILABLE, errorcodes.DEADLOCK_DETECTED}
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
WHO_HOLDS_IT = (
    "SELECT pid, application_name, state, xact_start, left(query, 60) FROM pg_stat_activity "
    "WHERE datname = current_database() ORDER BY xact_start;"
)


@dataclass(frozen=True)
class Limits:
    """In seconds; 0 for a timeout means none."""

    lock_timeout: int
    statement_timeout: int
    patience: int

    def statements(self) -> tuple[str, str]:
        """SET LOCAL: ends with the transaction, so that a pooler hands nobody else a connection with our limits."""
        return (
            f"SET LOCAL lock_timeout = '{self.lock_timeout}s'",
            f"SET LOCAL statement_timeout = '{self.statement_timeout}s'",
        )


class Plan:
    """The steps of one command. A later attempt goes on where the last one stopped: ``downgrade -2`` stays two steps."""

    def __init__(self, work: Callable[..., Iterable[Any]]) -> None:
        self._work = work
        self._steps: list[Any] | None = None
        self._done = 0

    def __call__(self, heads: tuple[str, ...], migration_context: Any) -> list[Any]:
        """What is left to do; Alembic's ``fn``."""
        if self._steps is None:
            self._steps = list(self._work(heads, migration_context))
        return self._steps[self._done :]

    def applied(self, **_: Any) -> None:
        """Alembic's ``on_version_apply``."""
        self._done += 1


def engine_for(url: URL, limits: Limits) -> Engine:
    """Connections for migrations; every transaction begins with the limits.

    An autocommit block has no transaction and so none of them: what belongs there (CREATE INDEX CONCURRENTLY, small
    batches) makes nobody wait.
    """
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"connect_timeout": 5, "application_name": "scouting-outing-manager migration"},
    )

    @event.listens_for(engine, "begin")
    def limit(connection: Connection) -> None:
        if not connection.connection.autocommit:  # type: ignore[attr-defined]  # psycopg2's
            for statement in limits.statements():
                connection.exec_driver_sql(statement)

    return engine


def run(engine: Engine, limits: Limits, **configuration: Any) -> None:
    """What ``flask db`` was asked for, alone on this database if it changes the schema.

    Raises:
        CommandError: it could not be done; the message says why and what to do.
    """
    with connected(engine) as connection:
        context.configure(connection=connection, **configuration)
        options = context.get_context().opts
        if "destination_rev" not in options:  # current, check, revision: they read
            with context.begin_transaction():
                context.run_migrations()
            return
    plan = Plan(options["fn"])
    configuration |= {"fn": plan, "on_version_apply": plan.applied}
    with alone(engine, limits):
        patiently(lambda: attempt(engine, configuration), limits)


def attempt(engine: Engine, configuration: dict[str, Any]) -> None:
    """On a connection of its own: what an error left behind on the one before does not matter."""
    with connected(engine) as connection:
        context.configure(connection=connection, **configuration)
        with context.begin_transaction():
            context.run_migrations()


def patiently(work: Callable[[], None], limits: Limits) -> None:
    """Do ``work`` again, after longer and longer pauses, while others hold a lock that it needs."""
    deadline, pause = time.monotonic() + limits.patience, FIRST_PAUSE
    while True:
        try:
            return work()
        except DBAPIError as error:
            code = getattr(error.orig, "pgcode", None)
            if code == errorcodes.QUERY_CANCELED:
                raise CommandError(
                    f"A statement was stopped; it may take {limits.statement_timeout} s "
                    f"(MIGRATION_STATEMENT_TIMEOUT). Its revision was undone. Statement: {error.statement}"
                ) from None
            if code not in GAVE_WAY:
                raise
            if time.monotonic() + pause > deadline:
                raise CommandError(
                    f"Others held a lock that this revision needs for all of {limits.patience} s "
                    f"(MIGRATION_PATIENCE). Its open transaction was undone; run the command again when they are "
                    f"done. To find them: {WHO_HOLDS_IT} Statement: {error.statement}"
                ) from None
        log.warning("Others hold a lock that this revision needs. It gave way and tries again in %.0f s.", pause)
        # Not all at the same moment.
        time.sleep(pause * random.uniform(0.8, 1.2))  # nosec B311
        pause = min(2 * pause, LONGEST_PAUSE)


@contextlib.contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection, or a sentence."""
    try:
        connection = engine.connect()
    except OperationalError as error:
        raise CommandError(
            f"The database at {engine.url.render_as_string()} does not let us in: {str(error.orig).strip()} "
            "Check that it runs, and MIGRATION_DATABASE_URL, DATABASE_URL or the POSTGRES_ settings."
        ) from None
    with connection:
        yield connection


@contextlib.contextmanager
def alone(engine: Engine, limits: Limits) -> Iterator[None]:
    """Wait until nobody else migrates this database, and keep others waiting until the block ends.

    A table lock, held by an open transaction on a connection of its own. It must be LOCK TABLE: whoever waits in a
    SELECT (for a row or an advisory lock) keeps a snapshot, and CREATE INDEX CONCURRENTLY waits for all of those.
    """
    with connected(engine.execution_options(isolation_level="READ COMMITTED")) as connection:
        make_version_table(connection)
        try:
            lock(connection, wait=None)
        except OperationalError as error:
            connection.rollback()
            if getattr(error.orig, "pgcode", None) != errorcodes.LOCK_NOT_AVAILABLE:
                raise
            log.warning("Somebody else migrates this database; waiting for up to %d s.", limits.patience)
            try:
                lock(connection, wait=limits.patience)
            except OperationalError as late:
                if getattr(late.orig, "pgcode", None) != errorcodes.LOCK_NOT_AVAILABLE:
                    raise
                raise CommandError(
                    f"Somebody else has migrated this database for more than {limits.patience} s "
                    f"(MIGRATION_PATIENCE). Nothing was changed. To find out who: {WHO_HOLDS_IT}"
                ) from None
        yield
        connection.rollback()


def lock(connection: Connection, wait: int | None) -> None:
    """Take the lock: it conflicts with itself, but not with the rows that Alembic writes to the table."""
    names = ["statement_timeout", "idle_in_transaction_session_timeout"]
    if connection.dialect.server_version_info >= (17,):  # type: ignore[operator]
        names.append("transaction_timeout")
    for name in names:  # or the server would end the transaction while the migration still runs
        connection.exec_driver_sql(f"SET LOCAL {name} = 0")
    if wait is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{max(wait, 1)}s'")
    no_wait = " NOWAIT" if wait is None else ""
    connection.exec_driver_sql(f"LOCK TABLE alembic_version IN SHARE UPDATE EXCLUSIVE MODE{no_wait}")


def make_version_table(connection: Connection) -> None:
    """The same table as Alembic would make, before it is needed: an empty database has nothing else to lock."""
    there = connection.exec_driver_sql("SELECT to_regclass('alembic_version') IS NOT NULL").scalar()
    if not there:
        with made_by_another():
            connection.exec_driver_sql(
                "CREATE TABLE IF NOT EXISTS alembic_version "
                "(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
            )
            connection.commit()
    connection.rollback()


@contextlib.contextmanager
def made_by_another() -> Iterator[None]:
    """CREATE TABLE IF NOT EXISTS still fails for the slower of two at the same moment."""
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "pgcode", None) not in MADE_BY_ANOTHER:
            raise


class LimitedImpl(PostgresqlImpl):
    """``flask db upgrade --sql`` writes the same limits into each transaction."""

    __dialect__ = "postgresql"
    limits: Limits

    def emit_begin(self) -> None:
        """BEGIN, and what has to follow it."""
        super().emit_begin()
        for statement in self.limits.statements():
            self.static_output(f"{statement};\n")
