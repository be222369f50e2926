"""psycopg2 with three habits of psycopg 3: statements that are prepared, transactions that begin late, and a connection
that is asked whether it still lives only after it has idled.

PostgreSQL spends as long planning a small statement as running it, and each round trip costs both sides. So a statement that is built
once and marked here (``read`` or ``prepared``) is planned once for each connection, and sent by name from then on. A
transaction begins with the first statement that is not a ``read``, in the same message; before it each statement sees what is
committed at its moment, as every statement does under READ COMMITTED. A write that is the ``LAST`` of its transaction goes with the
COMMIT, or with whatever comes before that after all. See ``docs/decisions/0009-prepared-statements.md``.
"""

import re
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import psycopg2
from psycopg2 import errors, extensions
from sqlalchemy import Engine, Executable, event, exc

Statement = TypeVar("Statement", bound=Executable)

MARK = "sent"  # an execution option
READ, PREPARED, LAST = "read", "prepared", "last"
THEN = ";\n"  # between statements that go together; what they give is what the last one gives
MOST_PLANS = 200  # for each connection; PostgreSQL keeps every one of them in memory
IDLE = 5.0  # seconds after which a connection is asked whether it still lives
AUTOCOMMIT: Any = extensions.connection.autocommit  # psycopg2's own, under the property of the same name
PARAMETER = re.compile(r"%\((\w+)\)s|%%")
# The table has changed under the plan; the name is unknown, or another's, since a pooler handed us somebody else's connection.
OF_THE_PLAN = (errors.FeatureNotSupported, errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement)


def read(statement: Statement) -> Statement:
    """A statement that only reads and locks nothing: planned once, and sent without a transaction if none has begun."""
    return statement.execution_options(**{MARK: READ})


def prepared(statement: Statement) -> Statement:
    """A statement that writes or locks: planned once."""
    return statement.execution_options(**{MARK: PREPARED})


class Connection(extensions.connection):
    """Begins a transaction by itself, with the first statement that needs one.

    To psycopg2 it is in autocommit mode all the time. Whoever asks for autocommit, or for an isolation level, gets
    psycopg2 as it always is.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.begins_late = True
        self.prepares = True
        self.plans: dict[tuple[Any, ...], str] = {}
        self.plans_made = 0
        # No name means anything on another connection: a hidden pooler must never run one statement for another.
        self.names = f"plan_{secrets.token_hex(8)}"
        self.answered_at = time.monotonic()
        self.held = ""  # a write that goes with whatever is sent next
        AUTOCOMMIT.__set__(self, True)

    @property
    def autocommit(self) -> bool:
        """Whether every statement is a transaction of its own because somebody asked for that."""
        return not self.begins_late and AUTOCOMMIT.__get__(self)

    @autocommit.setter
    def autocommit(self, wanted: bool) -> None:
        """Ask for it, or give it up."""
        self.begins_late = not wanted
        AUTOCOMMIT.__set__(self, True)

    def set_isolation_level(self, level: int | None) -> None:
        """From now on psycopg2 begins the transactions, with this level."""
        self.rollback()
        self.begins_late = False
        super().set_isolation_level(level)

    @property
    def in_transaction(self) -> bool:
        """Whether one has begun, sound or not."""
        return self.get_transaction_status() in (
            extensions.TRANSACTION_STATUS_INTRANS,
            extensions.TRANSACTION_STATUS_INERROR,
        )

    def commit(self) -> None:
        """End the transaction, if one has begun, and its last write with it."""
        try:
            self._end(self.take(), "COMMIT", super().commit)
        except psycopg2.Error:
            # As after any commit that fails, the transaction is over.
            if not self.closed:
                self.rollback()
            raise

    def rollback(self) -> None:
        """Take the transaction back, if one has begun."""
        self.take()
        self._end("", "ROLLBACK", super().rollback)

    def take(self) -> str:
        """What is held back; from now on whoever asks has to send it."""
        held, self.held = self.held, ""
        return held

    def _end(self, held: str, word: str, usual: Any) -> None:
        # What is held is sent even where the connection seems dead: then the driver says so, and nobody takes it for saved.
        if held or (self.begins_late and self.in_transaction):
            with self.cursor() as cursor:
                extensions.cursor.execute(cursor, held + word)
            self.answered_at = time.monotonic()
        else:
            usual()


class Cursor(extensions.cursor):
    """Sends marked statements by name. What is not marked goes as it is, in a transaction."""

    connection: Connection
    mark: str | None = None
    comment = ""  # of a marked statement, which is found by its text (telemetry/comments.py)
    parameters: frozenset[str] = frozenset()

    def execute(self, query: Any, vars: Any = None) -> None:
        """As psycopg2 has it."""
        connection = self.connection
        if connection.held:
            super().execute(connection.take())
        begins = connection.begins_late and self.mark != READ and not connection.in_transaction
        begin = "BEGIN; " if begins else ""
        if self.mark and connection.prepares:
            within = connection.in_transaction
            try:
                if self._by_name(begin, query, vars):
                    return
            except OF_THE_PLAN as error:
                self._give_up(error, in_vain=within)
        if not isinstance(query, str):  # psycopg2.sql
            self.begin()
            begin = ""
        super().execute(begin + query + self.comment if begin or self.comment else query, vars)
        connection.answered_at = time.monotonic()

    def begin(self) -> None:
        """Begin a transaction if there is none, and send what is held back in it."""
        if self.connection.held:
            super().execute(self.connection.take())
        if self.connection.begins_late and not self.connection.in_transaction:
            super().execute("BEGIN")

    def executemany(self, query: Any, vars_list: Any) -> None:
        """As psycopg2 has it, in a transaction."""
        self.begin()
        super().executemany(query, vars_list)

    def callproc(self, *args: Any) -> Any:
        """As psycopg2 has it, in a transaction."""
        self.begin()
        return super().callproc(*args)

    def copy_expert(self, *args: Any, **kwargs: Any) -> None:
        """As psycopg2 has it, in a transaction."""
        self.begin()
        super().copy_expert(*args, **kwargs)

    def copy_from(self, *args: Any, **kwargs: Any) -> None:
        """As psycopg2 has it, in a transaction."""
        self.begin()
        super().copy_from(*args, **kwargs)

    def copy_to(self, *args: Any, **kwargs: Any) -> None:
        """As psycopg2 has it, in a transaction."""
        self.begin()
        super().copy_to(*args, **kwargs)

    def _by_name(self, begin: str, query: str, values: Mapping[str, Any]) -> bool:
        """Execute the plan, which is made the first time; False when there are too many already."""
        connection = self.connection
        text = begin
        made: dict[tuple[Any, ...], str] = {}
        for statement in query.split(THEN):
            # What never changes becomes a part of the plan: only so does PostgreSQL see that a partial index serves it.
            template, given, fixed = translated(statement, self.parameters)
            key = (statement, *[values[name] for name in fixed])
            name = connection.plans.get(key)
            if name is None:
                if len(connection.plans) + len(made) >= MOST_PLANS:
                    return False
                # A name is never used twice: what failed half-way may have left it behind.
                connection.plans_made += 1
                name = made[key] = f"{connection.names}_{connection.plans_made}"
                plan = self.mogrify(template, values).decode().replace("%", "%%")
                text += f"PREPARE {name} AS {plan}; "
            text += f"EXECUTE {name}{given}; "
        text = text.removesuffix("; ") + self.comment
        if self.mark == LAST and connection.in_transaction and not made:
            connection.held = f"{self.mogrify(text, values).decode()}; "
            return True
        super().execute(text, values)
        connection.plans |= made
        connection.answered_at = time.monotonic()
        return True

    def _give_up(self, error: psycopg2.Error, *, in_vain: bool) -> None:
        """Forget every plan, so that the statement can be sent as it is.

        Raises:
            OperationalError: ``in_vain``, the transaction had done something before and is lost; the next one will not be.
        """
        connection = self.connection
        connection.plans.clear()
        if not isinstance(error, errors.FeatureNotSupported):
            connection.prepares = False
        if in_vain:
            raise psycopg2.OperationalError(f"the plan of a statement no longer holds: {error}") from error
        if connection.begins_late:
            connection.rollback()


@lru_cache(maxsize=1000)
def translated(query: str, parameters: frozenset[str]) -> tuple[str, str, tuple[str, ...]]:
    """SQL with ``$1`` for each of the ``parameters``, how EXECUTE gives them, and the names that stay as they were."""
    given: dict[str, int] = {}
    fixed: dict[str, None] = {}

    def put(found: "re.Match[str]") -> str:
        name = found[1]
        if name is None:
            return found[0]
        if name not in parameters:
            fixed[name] = None
            return found[0]
        return f"${given.setdefault(name, len(given) + 1)}"

    template = PARAMETER.sub(put, query)
    return template, f" ({', '.join(f'%({name})s' for name in given)})" if given else "", tuple(fixed)


@lru_cache(maxsize=1000)
def parameters_of(compiled: Any) -> frozenset[str]:
    """What a statement asks for at each execution; everything else in it is written down in the code."""
    return frozenset(compiled.bind_names[bind] for bind in compiled.binds.values() if bind.required)


def teach(engine: Engine, *, prepares: bool | None = None) -> None:
    """Give the connections of ``engine`` these habits.

    Behind a pooler in transaction mode the next statement may reach another of PostgreSQL's processes, which does not know the
    name. ``prepares`` None finds out: there the process that answers is not the one that libpq greeted.
    """

    @event.listens_for(engine, "do_connect")
    def make(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        options |= {"connection_factory": Connection, "cursor_factory": Cursor}

    @event.listens_for(engine, "connect")
    def decide(connection: Connection, _record: Any) -> None:
        connection.prepares = is_direct(connection) if prepares is None else prepares

    @event.listens_for(engine, "checkout")
    def look(connection: Connection, _record: Any, _proxy: Any) -> None:
        if time.monotonic() - connection.answered_at > IDLE and not lives(connection):
            raise exc.DisconnectionError

    @event.listens_for(engine, "before_cursor_execute")
    def mark(_connection: Any, cursor: Cursor, _statement: Any, _values: Any, context: Any, many: bool) -> None:
        kind = context.execution_options.get(MARK) if context is not None and not many else None
        if kind:
            cursor.mark, cursor.parameters = kind, parameters_of(context.compiled)


def is_direct(connection: Connection) -> bool:
    """Whether PostgreSQL itself is at the other end."""
    with connection.cursor() as cursor:
        extensions.cursor.execute(cursor, "SELECT pg_backend_pid()")
        return bool(cursor.fetchone() == (connection.get_backend_pid(),))


def lives(connection: Connection) -> bool:
    """Whether the other end still answers."""
    try:
        with connection.cursor() as cursor:
            extensions.cursor.execute(cursor, "SELECT 1")
    except psycopg2.Error:
        return False
    connection.answered_at = time.monotonic()
    return True
