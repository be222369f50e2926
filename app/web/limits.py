"""How long a request may wait for the database. Commands and migrations, which people wait for, are not hurried."""

from typing import Any

from flask import Flask, has_request_context
from psycopg2 import OperationalError
from sqlalchemy import Connection, Dialect, Engine, event

from app.config import Config
from app.extensions import db

# PgBouncer's word for what it does not pass on to PostgreSQL.
NOT_PASSED_ON = "unsupported startup parameter"


def init_app(app: Flask, config: Config) -> None:
    """Give every connection that a request opens its limits."""
    limits = {
        "lock_timeout": config.database_lock_timeout,
        "statement_timeout": config.database_statement_timeout,
        "idle_in_transaction_session_timeout": config.database_idle_timeout,
    }
    with app.app_context():
        for engine in db.engines.values():
            limit(engine, {name: f"{seconds * 1000:.0f}" for name, seconds in limits.items()})


def limit(engine: Engine, milliseconds: dict[str, str]) -> None:
    """Set the limits when the connection is made; behind a pooler, which refuses that, in each transaction."""
    options = " ".join(f"-c {name}={value}" for name, value in milliseconds.items())
    local = "; ".join(f"SET LOCAL {name} = {value}" for name, value in milliseconds.items())
    pooled = False

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, _record: Any, arguments: list[Any], parameters: dict[str, Any]) -> Any:
        nonlocal pooled
        if pooled or not has_request_context():
            return None
        wanted = f"{parameters.get('options', '')} {options}".strip()
        try:
            return dialect.connect(*arguments, **{**parameters, "options": wanted})
        except OperationalError as error:
            if NOT_PASSED_ON not in str(error):
                raise
        pooled = True
        return None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if pooled and has_request_context():
            # A pooler would hand what outlives the transaction to others.
            connection.exec_driver_sql(local)
