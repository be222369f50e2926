"""One look at everything, in bounded time: every question to the database has its own limit."""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.config import Config
from app.doctor import backups, beside, database, members, queue, schema, settings
from app.doctor.finding import Finding

CONNECT = 5  # seconds for each address of the server
# For each transaction anew: a pooler refuses options at connecting, and would hand what outlives a transaction to others.
LIMITS = "SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '2s'"


def examine(
    config: Config | None,
    env: Mapping[str, str],
    *,
    mark: str | None = None,
    hours: float = 26,
    migrations: Path = schema.MIGRATIONS,
) -> Iterator[Finding]:
    """Everything that is wrong and worth a note; without a ``config`` the database is left out."""
    if config is not None:
        yield from settings.notes(config, env)
        yield from _of_database(config, migrations)
        yield from beside.metrics(config)
    yield from backups.check(mark, hours)


def _of_database(config: Config, migrations: Path) -> Iterator[Finding]:
    engine = create_engine(
        config.database_url,
        poolclass=NullPool,
        connect_args={"connect_timeout": CONNECT, "application_name": "scouting-outing-manager doctor"},
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(LIMITS))
    try:
        with engine.connect() as connection:
            # With the models of every room, which ``python -m app.doctor`` has not seen yet.
            importlib.import_module("app.house")
            yield from _of_connection(connection, config, migrations)
    except OperationalError as error:
        yield Finding(
            "database",
            f"The database {config.database_url.set(query={})} cannot be reached ({_first_line(error)})."
            " Is it running, and are DATABASE_URL or POSTGRES_SERVER and its companions right?",
        )


def _of_connection(connection: Connection, config: Config, migrations: Path) -> Iterator[Finding]:
    yield from database.server(connection)
    yield from database.clock(connection)
    connection.rollback()
    yield from beside.replica(connection, config)
    connection.rollback()
    found = list(schema.check(connection, migrations))
    yield from found
    connection.rollback()
    if any(finding.subject == "revisions" and finding.wrong for finding in found):
        return  # the questions that follow are for the tables of this release
    for part in (
        database.time_zones(connection),
        database.published_passwords(connection, config),
        database.health_notes(connection, config),
        database.trail(connection, config),
        queue.check(connection, config),
        members.check(connection),
    ):
        try:
            yield from part
        except OperationalError:
            raise
        except SQLAlchemyError as error:
            yield Finding("database", f"A table could not be read ({_first_line(error)}).")
        connection.rollback()


def _first_line(error: SQLAlchemyError) -> str:
    reason = getattr(error, "orig", None) or error
    return (str(reason).strip().splitlines() or ["no reason given"])[0].rstrip(".")
