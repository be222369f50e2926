"""Connections whose transactions can be parts of one that is rolled back in the end: what a test and its requests commit is gone then.

A savepoint stands where the last commit was. Going back to it waits for the next statement and goes in the same message, so that a page
costs here what it costs in earnest: nothing beside its statements, and one message for a commit.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import sqlalchemy
from psycopg2 import extensions

from app import driver

Undone = Callable[[], contextlib.AbstractContextManager[None]]  # the fixture ``undone``
BEGIN = "BEGIN"  # the driver's word


class Connection(driver.Connection):
    """As the application has it until ``one_transaction()``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.depth = 0  # savepoints that stand; within ``one_transaction()`` there is always one
        self.floor = 0  # down to here they stay
        self.begun = False  # the application has begun a transaction since the last of them
        self.due = ""  # goes with the next statement

    @contextlib.contextmanager
    def one_transaction(self) -> Iterator[None]:
        """Everything in here is undone at the end."""
        self.depth, self.floor, self.begun, self.due = 1, 0, False, ""
        self.send(f"BEGIN; SAVEPOINT {name(1)}")
        try:
            yield
        finally:
            self.depth = 0
            if not self.closed:
                self.take()
                self.send("ROLLBACK")

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """The same for a part of it, at whose beginning nobody is in a transaction."""
        assert not self.begun
        floor, self.floor = self.floor, self.depth
        try:
            yield
        finally:
            if self.begun or self.depth > self.floor:
                self.go_back(self.floor)
            self.floor = floor

    @property
    def in_transaction(self) -> bool:
        """Whether one has begun, as far as the application knows."""
        return self.begun if self.depth else super().in_transaction

    def commit(self) -> None:
        """Set the savepoint anew, and send the last write with it."""
        if not self.depth:
            super().commit()
        elif self.get_transaction_status() == extensions.TRANSACTION_STATUS_INERROR:
            self.rollback()
        elif self.begun:
            released = f"RELEASE SAVEPOINT {name(self.depth)}; " if self.depth > self.floor else ""
            depth = self.depth if released else self.depth + 1
            try:
                self.send(f"{self.take()}{released}SAVEPOINT {name(depth)}")
            except psycopg2.Error:
                self.rollback()
                raise
            self.depth, self.begun = depth, False

    def rollback(self) -> None:
        """Go back to the savepoint."""
        if not self.depth:
            super().rollback()
        elif self.begun:
            self.take()
            self.go_back(self.depth)

    def go_back(self, depth: int) -> None:
        """Forget what was sent since the savepoint of this number."""
        self.depth, self.begun = depth, False
        self.due = f"ROLLBACK TO SAVEPOINT {name(depth)}; "

    def send(self, text: str) -> None:
        """Now, with what is due."""
        with self.cursor() as cursor:
            extensions.cursor.execute(cursor, self.due + text)
        self.due = ""


class Sending(extensions.cursor):
    """Stands between the application's cursor and psycopg2's."""

    connection: Connection

    def execute(self, query: Any, vars: Any = None) -> None:
        connection = self.connection
        if not connection.depth or not isinstance(query, str):  # whatever else it is, the driver has begun before it
            super().execute(query, vars)
        elif query == BEGIN:
            connection.begun = True
            if connection.due:
                connection.send("")
        else:
            connection.begun = connection.begun or query.startswith(BEGIN)
            try:
                super().execute(connection.due + query.removeprefix(f"{BEGIN}; "), vars)
            except psycopg2.Error:
                if not connection.begun:
                    connection.go_back(connection.depth)
                raise
            connection.due = ""


class Cursor(driver.Cursor, Sending):
    """The application's, on such a connection."""

    connection: Connection


def connection_of(connection: sqlalchemy.Connection) -> Connection:
    """What SQLAlchemy's connection stands on."""
    found: Any = connection.connection.driver_connection
    return found


def name(depth: int) -> str:
    """Of a savepoint."""
    return f"kept_{depth}"


def teach(engine: sqlalchemy.Engine) -> None:
    """Give an engine of the application connections of this kind."""
    kind = {"connection_factory": Connection, "cursor_factory": Cursor}
    usual = engine.dialect.connect

    def connect(*arguments: Any, **options: Any) -> Any:
        return usual(*arguments, **options | kind)

    engine.dialect.connect = connect  # type: ignore[method-assign]
